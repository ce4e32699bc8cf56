/**
 * Runs a verb with everything in place that it needs: `node scripts/run.mjs [--node 22|24|26] VERB [argument...]`.
 *
 * Any Node from 18 up can run this file. What it starts runs on a Node that fits (package.json, `engines`): the machine's own,
 * or one that is fetched into .tools/ once. Dependencies are installed and dist/ is built when they are missing or
 * stale. Everything it does on the way is said on stderr.
 */
import { spawn } from 'node:child_process';
import { isStale } from './lib/build-inputs.mjs';
import { capture } from './lib/capture.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureNode, environmentFor } from './lib/node-runtime.mjs';
import { ROOT } from './lib/paths.mjs';
import { Explained, runMain, withProgress } from './lib/progress.mjs';

/** `argv`: what Node runs. `major`: the Node that it has to be; default: any that fits. `isBuilt`: dist/ has to be there. */
const VERBS = {
  demo: { argv: ['bin/mcp-hub.js', 'demo'], isBuilt: true },
  hub: { argv: ['bin/mcp-hub.js'], isBuilt: true },
  build: { argv: ['scripts/build.mjs'] },
  check: { argv: ['scripts/check.mjs'], major: 24 },
  vitest: { argv: ['node_modules/vitest/vitest.mjs', 'run'], major: 24 },
  conformance: { argv: ['scripts/conformance.ts'], major: 24, isBuilt: true },
  bench: { argv: ['bench/main.ts'], major: 24 },
  soak: { argv: ['test/soak/main.ts'], major: 24, isBuilt: true },
  'kill-test': { argv: ['test/soak/main.ts', 'kill'], major: 24, isBuilt: true },
  biome: { argv: ['node_modules/@biomejs/biome/bin/biome'] },
  lint: { argv: ['scripts/check.mjs', '--static'] },
  types: { argv: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'] },
  screens: { argv: ['scripts/record-screens.ts'], isBuilt: true },
  schema: { argv: ['scripts/generate-schema.ts'] },
  pictures: { argv: ['scripts/pictures.mjs'], major: 24 },
};

const main = async () => {
  const { major, verb, args } = parse(process.argv.slice(2));
  const { argv, isBuilt = false, major: usualMajor } = verb;
  const node = await ensureNode(major ?? usualMajor);
  await ensureDependencies(node);
  if (isBuilt && isStale()) await withProgress('building', () => build(node));
  return run(node, [...argv, ...args]);
};

const parse = (argv) => {
  const hasMajor = argv[0] === '--node';
  const [name, ...args] = hasMajor ? argv.slice(2) : argv;
  const verb = Object.hasOwn(VERBS, name ?? '') ? VERBS[name] : undefined;
  if (verb === undefined || (hasMajor && !/^\d+$/.test(argv[1]))) {
    throw new Explained(`usage: node scripts/run.mjs [--node 22|24|26] ${Object.keys(VERBS).join('|')} [argument...]`);
  }
  return { major: hasMajor ? Number(argv[1]) : undefined, verb, args };
};

const build = async (node) => {
  const { code, output } = await capture(node, ['scripts/build.mjs', '--if-stale'], { cwd: ROOT });
  if (code !== 0) throw new Explained(output.trim().replace(/^mcp-hub: /, ''));
};

/** Runs Node to its end; the code is the one that a shell would show. Signals that reach only this process are handed on. */
const run = (node, argv) =>
  new Promise((resolve, reject) => {
    const child = spawn(node, argv, { cwd: ROOT, env: environmentFor(node), stdio: 'inherit' });
    const handOn = (signal) => child.kill(signal);
    // Ctrl-C in a terminal reaches the child by itself, and a second SIGINT would mean more than the first.
    const onInterrupt = process.stdin.isTTY ? () => {} : handOn;
    process.on('SIGINT', onInterrupt).on('SIGTERM', handOn).on('SIGHUP', handOn);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', onInterrupt).off('SIGTERM', handOn).off('SIGHUP', handOn);
      resolve(code ?? SIGNAL_CODES[signal] ?? 1);
    });
  });

const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGKILL: 137, SIGTERM: 143 };

await runMain(main);
