#!/usr/bin/env node
// JavaScript as Node 12 reads it, on purpose, and no static import: an old Node must get as far as the check of its
// version before a file is loaded that it cannot read.

const isNewEnough = (version) => {
  const [major, minor] = version.slice(1).split('.').map(Number);
  return major >= 24 || (major === 22 && minor >= 18);
};

const fail = (sentence) => {
  process.stderr.write(`error: ${sentence}\n`);
  process.exitCode = 1;
};

// By then a program that goes on running has loaded what it starts with, and answered.
const SETTLED_MS = 3000;

// Compiled code is kept, which makes every later start faster. It goes into the person's own cache folder: Node's
// default lies in the shared temporary folder, where another user could leave code for us to run.
const enableCompileCache = () => {
  try {
    const { join } = process.getBuiltinModule('path');
    const home = process.getBuiltinModule('os').homedir();
    const base = process.env.XDG_CACHE_HOME || process.env.LOCALAPPDATA || join(home, '.cache');
    const folder = process.env.NODE_COMPILE_CACHE || join(base, 'mcp-hub', 'compile-cache');
    const module = process.getBuiltinModule('module');
    module.enableCompileCache(folder);
    // Node writes it at the end of the process, which many clients bring about by killing it.
    setTimeout(() => module.flushCompileCache(), SETTLED_MS).unref();
  } catch {
    // Everything works without it, only slower.
  }
};

const run = () => {
  enableCompileCache();
  // Stands only where the program ends without having come to its end.
  process.exitCode = 1;
  import('../dist/main.js')
    .then((program) => program.main(process.argv.slice(2)))
    .then((exitCode) => {
      process.exitCode = exitCode;
    })
    .catch(explain);
};

const explain = (error) => {
  const isNotBuilt =
    error instanceof Error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    /dist[\\/]main\.js' imported/.test(error.message);
  if (isNotBuilt) fail('mcp-hub is not built: run `npm run build` in its folder');
  else if (error instanceof Error) fail(process.argv.includes('--debug') ? error.stack : error.message);
  else fail(String(error));
};

if (isNewEnough(process.version)) {
  run();
} else {
  fail(
    `mcp-hub needs Node.js 22.18 or newer of its line, or 24 and up, and this is ${process.version}: ` +
      'install one from https://nodejs.org, or switch with your version manager',
  );
}
