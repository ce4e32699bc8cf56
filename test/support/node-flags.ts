/**
 * Flags for a Node that runs the sources in several threads. Node strips types with WebAssembly, which each thread loads
 * anew; V8 replaces code that is used often by better code, frees the old, and can do so for a thread that is just ending:
 * the whole process dies of SIGSEGV (in `WasmEngine::FreeDeadCode`). Code that is never replaced is not freed. What is
 * shipped holds JavaScript and needs none of this.
 */
export const SOURCE_FLAGS: readonly string[] = [
  '--no-wasm-dynamic-tiering',
  '--no-wasm-tier-up',
  `--wasm-wrapper-tiering-budget=${2 ** 31 - 1}`,
];
