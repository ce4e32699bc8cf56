import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findViolations, type SourceFile } from './rules.ts';
import { FOLDERS, OTHER_TEST_FOLDERS } from './table.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

const readSources = (): SourceFile[] =>
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(SRC, path), 'utf8') }));

const violationsOf = (path: string, text: string): string[] => findViolations([{ path, text }]);

describe('the sources', () => {
  test('every file keeps to the table of folders and packages', () => {
    const sources = readSources();
    expect(sources.length).toBeGreaterThan(0);
    expect(findViolations(sources)).toEqual([]);
  });

  test('every folder of src/ is in the table', () => {
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => FOLDERS[name] === undefined)).toEqual([]);
  });

  test('every test folder is named after a folder of src/ or is one of the few others', () => {
    const names = readdirSync(new URL('../', import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(names.filter((name) => !OTHER_TEST_FOLDERS.includes(name) && FOLDERS[name] === undefined)).toEqual([]);
  });
});

describe('the table', () => {
  test('imports go down only, so no two folders can import each other', () => {
    for (const [folder, { level, imports }] of Object.entries(FOLDERS)) {
      for (const other of Object.keys(imports)) {
        expect(FOLDERS[other]?.level, `${folder} imports ${other}`).toBeLessThan(level);
      }
    }
  });
});

describe('the checker', () => {
  test('an import of a higher folder is found', () => {
    expect(violationsOf('router/globs.ts', "import { main } from '../cli/main.ts';\n")).toEqual([
      'router/globs.ts must not import cli/',
    ]);
  });

  test.each([
    ['over several lines', "import {\n  a,\n  b,\n} from '../cli/main.ts';\n"],
    ['for its effect', "import '../cli/main.ts';\n"],
    ['by import()', "const lazy = async () => await import('../cli/main.ts');\n"],
    ['as a type', "import type { A } from '../cli/main.ts';\n"],
    ['as a type in place', "type A = typeof import('../cli/main.ts');\n"],
    ['and passed on', "export { a } from '../cli/main.ts';\n"],
    ['and passed on as a whole', "export * from '../cli/main.ts';\n"],
    ['after another import', "import { a } from '../utils/a.ts';\nimport { b } from '../cli/main.ts';\n"],
  ])('a module is seen that is imported %s', (_how, text) => {
    expect(violationsOf('router/globs.ts', text)).toEqual(['router/globs.ts must not import cli/']);
  });

  test('an import in a comment is none', () => {
    const text = "/**\n * import { a } from '../cli/main.ts';\n */\n// import('../cli/main.ts')\nexport const a = 1;\n";
    expect(violationsOf('router/globs.ts', text)).toEqual([]);
  });

  test('types of the configuration are allowed where its code is not', () => {
    expect(violationsOf('store/log.ts', "import type { LogConfig } from '../config/hub-config.ts';\n")).toEqual([]);
    expect(violationsOf('store/log.ts', "import { load } from '../config/load.ts';\n")).toEqual([
      'store/log.ts must not import config/ but for its types',
    ]);
  });

  test('a package is imported at its home only', () => {
    expect(violationsOf('store/database.ts', "import Database from 'better-sqlite3';\n")).toEqual([]);
    expect(violationsOf('relay/relay.ts', "import Database from 'better-sqlite3';\n")).toEqual([
      'relay/relay.ts must not import better-sqlite3, which belongs to store/',
    ]);
    expect(violationsOf('upstream/http.ts', "import { x } from '@modelcontextprotocol/client/stdio';\n")).toEqual([]);
    expect(
      violationsOf('upstream/http.ts', "import { x } from '@modelcontextprotocol/sdk/client/index.js';\n"),
    ).toEqual(['upstream/http.ts must not import @modelcontextprotocol/sdk: the package has no home in the table']);
  });

  test('a pure folder imports no module of Node that does input or output', () => {
    expect(violationsOf('protocol/framing.ts', "import { readFileSync } from 'node:fs';\n")).toEqual([
      'protocol/framing.ts must not import node:fs: protocol/ does no input or output',
    ]);
  });

  test('a file outside of the known folders is found', () => {
    expect(violationsOf('index.ts', '')).toEqual(['index.ts must lie in a folder of the table']);
    expect(violationsOf('helpers/a.ts', '')).toEqual(['helpers/a.ts: the folder helpers/ is not in the table']);
    expect(violationsOf('cli/pane.tsx', '')).toEqual(['cli/pane.tsx: components belong to monitor/']);
  });

  test('a default export is found', () => {
    expect(violationsOf('utils/a.ts', 'export default 1;\n')).toEqual(['utils/a.ts must not have a default export']);
  });

  test('an import() that computes its module is found', () => {
    expect(violationsOf('cli/main.ts', 'await import(name);\n')).toEqual([
      'cli/main.ts: import() must name what it imports',
    ]);
  });
});
