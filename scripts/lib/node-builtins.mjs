import { createRequire, isBuiltin } from 'node:module';

const NAMESPACE = 'node-builtin';
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const load = createRequire(import.meta.url);

/** Modules whose default import loads them when the first member is used. commander imports one that it rarely needs. */
const LAZY_DEFAULTS = new Set(['node:child_process']);

/**
 * For esbuild: takes Node's own modules by `process.getBuiltinModule` in place of `import`. An import reads every member of
 * such a module to make its exports, and many are getters that load a part of Node: with `node:http` comes all of fetch,
 * tens of milliseconds. This way only the members are read that a file names.
 */
export const nodeBuiltins = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ kind, path, importer }) => {
      if (kind !== 'import-statement' || !isBuiltin(path)) return undefined;
      const name = path.startsWith('node:') ? path : `node:${path}`;
      // One module for each importing file, so that none is shared by chunks and becomes a chunk of its own.
      return { path: `${name} for ${importer}`, namespace: NAMESPACE, pluginData: name, sideEffects: false };
    });
    build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ pluginData: name }) => ({ contents: wrapperOf(name) }));
  },
};

/** Whether a path is of the modules that are made here. */
export const isBuiltinWrapper = (input) => input.startsWith(`${NAMESPACE}:`);

/** The calls are marked as pure, so that the bundle keeps those of members that are used. */
const wrapperOf = (name) => {
  const members = Object.keys(load(name)).filter((member) => IDENTIFIER.test(member) && member !== 'default');
  return [
    `const load = () => process.getBuiltinModule(${JSON.stringify(name)});`,
    LAZY_DEFAULTS.has(name)
      ? 'export default /* @__PURE__ */ new Proxy({}, { get: (_, member) => load()[member] });'
      : 'export default /* @__PURE__ */ load();',
    ...members.map((member) => `const ${asExport(member)}`),
  ].join('\n');
};

/** Every member gets a name that no keyword can clash with. */
const asExport = (member) =>
  `export_${member} = /* @__PURE__ */ (() => load().${member})();\nexport { export_${member} as ${member} };`;
