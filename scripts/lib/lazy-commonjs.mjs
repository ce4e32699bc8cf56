import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const NAMESPACE = 'lazy-commonjs';
/** Packages that are evaluated when the first member of their default import is used: most configurations have no glob. */
const LAZY_DEFAULTS = new Set(['micromatch']);

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * For esbuild: makes `await import('package')` of a CommonJS package give in a bundle what it gives under Node, which is
 * `module.exports` as the default and the named exports that Node recognises. By itself a split bundle has the default only.
 */
export const lazyCommonJs = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ kind, path, resolveDir, importer, pluginData }) => {
      const isLazyDefault = kind === 'import-statement' && LAZY_DEFAULTS.has(path);
      if ((kind !== 'dynamic-import' && !isLazyDefault) || pluginData === NAMESPACE) return undefined;
      const { path: file, external } = await build.resolve(path, { kind, resolveDir, importer, pluginData: NAMESPACE });
      if (file === '' || external || !isCommonJs(file)) return undefined;
      // A path of its own, since one file may import a package in both ways.
      return { path: isLazyDefault ? `${file}?lazy` : file, namespace: NAMESPACE, pluginData: { file, isLazyDefault } };
    });
    build.onLoad({ filter: /./, namespace: NAMESPACE }, async ({ pluginData: { file, isLazyDefault } }) => ({
      contents: isLazyDefault ? lazyWrapperOf(file) : wrapperOf(file, await exportNames(file)),
      resolveDir: dirname(file),
    }));
  },
};

/** Whether a path is of the wrappers that are made here. */
export const isWrapper = (input) => input.startsWith(`${NAMESPACE}:`);

const wrapperOf = (path, names) => {
  // An ES module that is not declared as one, which only bundlers can read: it needs no help.
  if (names === undefined) return `export * from ${JSON.stringify(path)};`;
  return [
    `const commonjs = require(${JSON.stringify(path)});`,
    'export default commonjs;',
    ...names.map((name) => `const export_${name} = commonjs.${name};\nexport { export_${name} as ${name} };`),
  ].join('\n');
};

const lazyWrapperOf = (file) =>
  `export default new Proxy({}, { get: (_, member) => require(${JSON.stringify(file)})[member] });`;

const exportNames = async (path) => {
  try {
    const module = await import(pathToFileURL(path).href);
    return Object.keys(module).filter((name) => name !== 'default' && IDENTIFIER.test(name));
  } catch {
    return undefined;
  }
};

/** As Node decides: by the ending, and for `.js` by the nearest package.json. */
const isCommonJs = (file) => {
  if (extname(file) !== '.js') return extname(file) === '.cjs';
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = readManifest(folder);
    if (manifest !== undefined) return manifest.type !== 'module';
  }
  return true;
};

const readManifest = (folder) => {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
};
