/**
 * Builds dist/, which is what is shipped: `node scripts/build.mjs [--if-stale] [--clean]`.
 *
 * One bundle with lazy chunks: dist/main.js is the program, dist/log-worker.js the thread that writes the log, and every
 * chunk lies flat beside them, so that `new URL('./log-worker.js', import.meta.url)` is right in each. The demo's upstreams
 * are bundled into dist/examples/, so that an installed package can run the demo. better-sqlite3 and the
 * keychain stay outside: they are native.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { hashInputs, isStale, STAMP } from './lib/build-inputs.mjs';
import { joinChunks } from './lib/join-chunks.mjs';
import { isWrapper, lazyCommonJs } from './lib/lazy-commonjs.mjs';
import { collectLicenses } from './lib/licenses.mjs';
import { withLock } from './lib/lock.mjs';
import { isBuiltinWrapper, nodeBuiltins } from './lib/node-builtins.mjs';
import { DIST, ROOT, TOOLS } from './lib/paths.mjs';
import { Explained, runMain } from './lib/progress.mjs';

const MAIN = { main: 'src/cli/main.ts' };

/** A bundle of its own: the thread shares nothing with the program, and should load nothing of it. */
const LOG_WORKER = { 'log-worker': 'src/store/log-worker.ts' };

/** What `serve` loads in each start: it lies in one file with the entry, since each file more takes time to load. */
const NEEDED_AT_START = ['src/cli/commands/serve.ts', 'src/config/read-config.ts'];

/** How long chunks of an earlier build stay, for hubs that were started from it and have not loaded all of theirs. */
const KEEP_OLD_CHUNKS_MS = 24 * 60 * 60 * 1000;

/** Bundled CommonJS packages ask for Node's own modules by `require`, which an ES module does not have. */
const REQUIRE_BANNER =
  "const require = (id) => process.getBuiltinModule(id) ?? process.getBuiltinModule('node:module').createRequire(import.meta.url)(id);";

/** Which packages each file holds, for the test of what a start loads; not shipped. */
const PACKAGES = '.packages.json';

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  // Names stay readable in a stack trace that a person reports; whitespace and dead code go.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // Ink asks for react-devtools-core only under DEV=true.
  external: ['better-sqlite3', '@napi-rs/keyring', 'react-devtools-core'],
  logLevel: 'silent',
};

const main = () =>
  withLock('build', async () => {
    if (process.argv.includes('--if-stale') && !isStale()) return 0;
    await build({ clean: process.argv.includes('--clean') });
    return 0;
  });

const build = async ({ clean }) => {
  requireEntries();
  const esbuild = await loadEsbuild();
  const inputs = hashInputs();
  mkdirSync(TOOLS, { recursive: true });
  const outdir = mkdtempSync(join(TOOLS, 'build-'));
  try {
    const bundles = await bundleAll(esbuild, outdir);
    writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), collectLicenses(bundles.flatMap(packagesOf)));
    publish(outdir, { clean });
    writeFileSync(STAMP, inputs);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
};

const requireEntries = () => {
  for (const entry of Object.values({ ...MAIN, ...LOG_WORKER })) {
    if (!existsSync(join(ROOT, entry))) throw new Explained(`cannot build: ${entry} does not exist`);
  }
};

const loadEsbuild = async () => {
  try {
    return await import('esbuild');
  } catch (error) {
    throw new Explained(`cannot build: esbuild cannot be loaded (${error.message}); run: npm ci`, { cause: error });
  }
};

const bundleAll = async (esbuild, outdir) => {
  const examples = readdirSync(join(ROOT, 'examples'))
    .filter((name) => existsSync(join(ROOT, 'examples', name, 'server.ts')))
    .map((name) => [name, `examples/${name}/server.ts`]);
  const main = await bundle(esbuild, outdir, MAIN);
  const joined = await joinChunks(esbuild, {
    outdir,
    metafile: main.metafile,
    into: 'main.js',
    modules: NEEDED_AT_START,
    buildOptions: OPTIONS,
  });
  writeFileSync(join(outdir, PACKAGES), JSON.stringify(packagesByFile(main.metafile, joined)));
  return [
    main,
    await bundle(esbuild, outdir, LOG_WORKER),
    await bundle(esbuild, join(outdir, 'examples'), Object.fromEntries(examples)),
  ];
};

const bundle = async (esbuild, outdir, entryPoints) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  try {
    return await esbuild.build({
      ...OPTIONS,
      entryPoints,
      outdir,
      splitting: true,
      chunkNames: '[name]-[hash]',
      // The ES module of a package where it has both: UMD files hide their own imports from the bundler.
      mainFields: ['module', 'main'],
      plugins: [nodeBuiltins, lazyCommonJs],
      metafile: true,
      define: { MCP_HUB_VERSION: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
      banner: { js: REQUIRE_BANNER },
    });
  } catch (error) {
    const messages = await esbuild.formatMessages(error.errors ?? [], { kind: 'error', color: process.stderr.isTTY });
    throw new Explained(`cannot build:\n${messages.join('') || error.message}`, { cause: error });
  }
};

/** The names of the packages whose code is in each file of the program. */
const packagesByFile = ({ outputs }, joined) => {
  const files = {};
  for (const [path, output] of Object.entries(outputs)) {
    const file = joined.includes(basename(path)) ? 'main.js' : basename(path);
    const folders = packagesOf({ metafile: { outputs: { [path]: output } } });
    const names = folders.map((folder) => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length));
    files[file] = [...new Set([...(files[file] ?? []), ...names])].sort();
  }
  return files;
};

/** The folders in node_modules whose code went into a bundle. */
const packagesOf = ({ metafile }) =>
  Object.values(metafile.outputs)
    .flatMap((output) => Object.entries(output.inputs))
    .filter(([input, { bytesInOutput }]) => bytesInOutput > 0 && !isWrapper(input) && !isBuiltinWrapper(input))
    .map(([input]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter((folder) => folder !== undefined);

/**
 * Moves a finished build into dist/, file by file, the entries last: a program that starts meanwhile finds either the old
 * or the new one whole.
 */
const publish = (outdir, { clean }) => {
  const files = filesUnder(outdir).map((file) => relative(outdir, file));
  const isEntry = (file) => !/-[A-Z0-9]{8}\.js$/.test(file);
  for (const file of [...files.filter((file) => !isEntry(file)), ...files.filter(isEntry)]) {
    mkdirSync(dirname(join(DIST, file)), { recursive: true });
    renameSync(join(outdir, file), join(DIST, file));
  }
  for (const path of filesUnder(DIST)) {
    const isOld = clean || Date.now() - statSync(path).mtimeMs > KEEP_OLD_CHUNKS_MS;
    if (isOld && !files.includes(relative(DIST, path))) rmSync(path);
  }
};

const filesUnder = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)],
  );

await runMain(main);
