import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentationPages, readPage } from './support/documentation.ts';
import { relativeLinks, shownCommands } from './support/markdown.ts';
import { ROOT } from './support/paths.ts';
import { runCommand, runNode } from './support/run-command.ts';
import { createTempHome } from './support/temp-home.ts';

const exampleFolders = readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join('examples', name, 'README.md'));
const PAGES = documentationPages();
const read = readPage;

/** What a page may tell a reader to type that is no command of the hub, and what covers it. */
const OTHER_COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/^npm (start|test)$/, 'the scripts of package.json are tested with the scripts'],
  [/^npm install$/, 'the tests run after it'],
  [/^npm run build$/, 'these tests run what it builds'],
  [/^npm run (soak|kill-test) /, 'the tests of faults run what they run, for a shorter time'],
  [/^npm install -g \.$/, 'the test of the package installs it'],
  [/^claude mcp add --transport http hub /, 'a program of others'],
  [/^codex mcp add hub --url /, 'a program of others'],
  [/^npx @modelcontextprotocol\/inspector --cli /, 'its own test runs it at the hub'],
  [/^git clone /, 'a program of others'],
];

const commandsOf = (page: string) => shownCommands(read(page)).map((command) => ({ page, ...command }));
const all = PAGES.flatMap(commandsOf);
const ofTheHub = all.filter(({ words }) => words[0] === 'mcp-hub');

describe('the commands that the pages show', () => {
  test('are commands of the hub, or known ones of others', () => {
    const unknown = all.filter(
      ({ words, line }) => words[0] !== 'mcp-hub' && !OTHER_COMMANDS.some(([known]) => known.test(line)),
    );
    expect(unknown.map(({ page, line }) => `${page}: ${line}`)).toEqual([]);
    expect(ofTheHub.length).toBeGreaterThan(10);
  });

  test('name verbs and options that exist', async () => {
    const home = createTempHome();
    const verbs = [...new Set(ofTheHub.map(({ words }) => verbOf(words).join(' ')))];
    const helps = new Map<string, string>();
    for (const verb of verbs) {
      const { code, stdout, stderr } = await runCommand([...verb.split(' '), '--help'], { home });
      expect(code, `${verb}: ${stderr}`).toBe(0);
      helps.set(verb, stdout);
    }
    for (const { page, line, words } of ofTheHub) {
      const own = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined);
      for (const option of own.filter((word) => /^--?[a-z]/.test(word) && word !== '--')) {
        expect(helps.get(verbOf(words).join(' ')), `${page}: ${line}`).toMatch(
          new RegExp(`(^|[\\s,])${option}\\b`, 'm'),
        );
      }
    }
    home.remove();
  }, 60_000);

  test('are never the name of the package of another author', () => {
    for (const page of PAGES) {
      expect(read(page)).not.toMatch(/npx (-y |--yes )?mcp-hub|npm (i|install|add) (-g )?mcp-hub|npm exec/);
    }
  });
});

const verbOf = (words: readonly string[]): string[] =>
  words.slice(1, PARENTS.includes(words[1] ?? '') && /^[a-z]/.test(words[2] ?? '') ? 3 : 2);

/** Verbs with verbs below them. */
const PARENTS: readonly string[] = ['config', 'logs', 'cache', 'secret'];

describe('the pages', () => {
  test('link to files that exist', () => {
    const broken = PAGES.flatMap((page) =>
      relativeLinks(read(page))
        .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('the examples', () => {
  const stories = exampleFolders.map((page) => dirname(page)).filter((dir) => existsSync(join(ROOT, dir, 'verify.ts')));

  test.each(stories)(
    '%s is as its README says',
    async (dir) => {
      const home = createTempHome();
      const { code, stdout, stderr } = await runNode([join(dir, 'verify.ts')], { home, cwd: ROOT });
      expect(code, stderr).toBe(0);
      expect(stdout).toContain(relative('.', dir));
      home.remove();
    },
    30_000,
  );
});
