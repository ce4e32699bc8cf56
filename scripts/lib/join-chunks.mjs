import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Joins an entry of a split bundle with all chunks that a part of the program needs, so that it starts from one file. A
 * chunk that others import too keeps its name, and passes on what the joined file has: each module stays one module.
 * @param esbuild the bundler
 * @param options.outdir where the bundle lies, flat
 * @param options.metafile of the split bundle
 * @param options.into name of the entry
 * @param options.modules source files of the dynamic imports that the part needs, as the metafile names them
 * @returns the names of the files that were joined into it
 */
export const joinChunks = async (esbuild, { outdir, metafile, into, modules, buildOptions }) => {
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const roots = [...outputs].filter(([, { entryPoint }]) => modules.includes(entryPoint)).map(([name]) => name);
  const members = closure([into, ...roots], outputs);
  const isWanted = (name) => [...outputs].some(([other, { imports }]) => !members.has(other) && has(imports, name));
  const shared = [...members].filter((name) => name !== into && (roots.includes(name) || isWanted(name)));
  await esbuild.build({
    ...buildOptions,
    stdin: { contents: entryOf(into, shared, outputs), resolveDir: outdir },
    outfile: join(outdir, into),
    allowOverwrite: true,
    plugins: [{ name: 'join-chunks', setup: (build) => leaveOut(build, (name) => !members.has(name)) }],
  });
  for (const name of members) {
    if (name === into) continue;
    if (shared.includes(name)) writeFileSync(join(outdir, name), passOn(into, name, outputs));
    else rmSync(join(outdir, name));
  }
  return [...members];
};

/** The files that some files need to be evaluated, themselves included. */
const closure = (names, outputs) => {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name) || !outputs.has(name)) return;
    found.add(name);
    for (const { path, kind } of outputs.get(name).imports) if (kind === 'import-statement') visit(basename(path));
  };
  for (const name of names) visit(name);
  return found;
};

const has = (imports, name) => imports.some(({ path }) => basename(path) === name);

const entryOf = (into, shared, outputs) =>
  [
    `export * from './${into}';`,
    ...shared.map(
      (name) => `export { ${namesOf(name, outputs, (own, joined) => `${own} as ${joined}`)} } from './${name}';`,
    ),
  ].join('\n');

const passOn = (into, name, outputs) =>
  `export { ${namesOf(name, outputs, (own, joined) => `${joined} as ${own}`)} } from './${into}';\n`;

/** The exports of a file, under names that no other file's have. */
const namesOf = (name, outputs, write) => {
  const mark = name.replace(/\.js$/, '').replaceAll(/\W/g, '_');
  return outputs
    .get(name)
    .exports.map((own) => write(own, `${mark}_${own}`))
    .join(', ');
};

/**
 * Leaves the imports of files as they are that are not joined, and all dynamic ones: for one within the joined file the
 * bundler would wrap every module in a function, which Node compiles anew in each start, as its cache leaves out functions
 * that are called once.
 */
const leaveOut = (build, isOutside) => {
  build.onResolve({ filter: /^\.\// }, ({ path, kind }) =>
    kind === 'dynamic-import' || isOutside(basename(path)) ? { path, external: true } : undefined,
  );
};
