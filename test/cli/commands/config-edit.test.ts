import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { editorCommand } from '../../../src/cli/editor.ts';
import { type CliHome, createCliHome } from '../support/cli-home.ts';

let home: CliHome;
beforeEach(() => {
  home = createCliHome();
});
afterEach(() => home.remove());

/** An editor that runs a program on the file's text: `text` in, `text` out. Each run writes a line to `edits`. */
const editor = (body: string): { readonly env: { readonly VISUAL: string } } => {
  const file = home.file('editor.mjs');
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
     const file = process.argv.at(-1);
     const edits = ${JSON.stringify(home.file('edits'))};
     appendFileSync(edits, 'edit\\n');
     const run = readFileSync(edits, 'utf8').split('\\n').length - 1;
     let text = readFileSync(file, 'utf8');
     ${body}
     writeFileSync(file, text);`,
  );
  return { env: { VISUAL: `'${process.execPath}' "${file}"` } };
};

const SOUND = '{\n  // mine\n  "mcpServers": { "a": { "command": "a" } }\n}\n';
const addB = 'text = text.replace(\'"a": {\', \'"b": { "command": "b" }, "a": {\');';
const filesBeside = (): string[] => readdirSync(dirname(home.configFile)).toSorted();

describe('an edit', () => {
  test('is stored when it can be used, with its comments and the mode of the file', async () => {
    home.writeConfig(SOUND);
    chmodSync(home.configFile, 0o640);
    const { code, stdout, stderr } = await home.run(['config', 'edit'], editor(addB));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ {2}wrote .*config\.json\n {2}next {2}mcp-hub config validate\n$/);
    expect(readFileSync(home.configFile, 'utf8')).toBe(SOUND.replace('"a": {', '"b": { "command": "b" }, "a": {'));
    expect(statSync(home.configFile).mode & 0o777).toBe(0o640);
    expect(filesBeside()).toEqual(['config.json', 'config.json.bak']);
  });

  test('of a file that is not there yet begins with a skeleton', async () => {
    const { code } = await home.run(
      ['config', 'edit'],
      editor(`text = text.replace('"mcpServers": {', '"mcpServers": { "b": { "command": "b" }');`),
    );
    expect(code).toBe(0);
    expect(home.readConfig()).toMatchObject({ mcpServers: { b: { command: 'b' } } });
  });

  test('that changes nothing writes nothing', async () => {
    expect((await home.run(['config', 'edit'], editor(''))).stdout).toBe('nothing was changed\n');
    expect(existsSync(home.configFile)).toBe(false);
    home.writeConfig(SOUND);
    expect((await home.run(['config', 'edit'], editor(''))).stdout).toBe('nothing was changed\n');
    expect(filesBeside()).toEqual(['config.json']);
  });

  test('through a link keeps the link', async () => {
    const real = home.file('real.json');
    writeFileSync(real, SOUND);
    mkdirSync(dirname(home.configFile), { recursive: true });
    symlinkSync(real, home.configFile);
    expect((await home.run(['config', 'edit'], editor(addB))).code).toBe(0);
    expect(lstatSync(home.configFile).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('"b"');
  });

  test('of a broken file can mend it', async () => {
    home.writeConfig('{ "mcpServers": ');
    expect((await home.run(['config', 'edit'], editor(`text = ${JSON.stringify(SOUND)};`))).code).toBe(0);
    expect(readFileSync(home.configFile, 'utf8')).toBe(SOUND);
  });

  test('with an entry that cannot be served is stored, and says so', async () => {
    home.writeConfig(SOUND);
    const { code, stderr } = await home.run(
      ['config', 'edit'],
      editor('text = text.replace(\'"a": {\', \'"c": {}, "a": {\');'),
    );
    expect(code).toBe(3);
    expect(stderr).toMatch(/^skipped: .*config\.json:3:\d+: server "c" is left out/);
  });
});

describe('a broken edit', () => {
  const breakIt = "text = text.replace('}', '');";

  test('is never stored: without a person it is kept beside the file', async () => {
    home.writeConfig(SOUND);
    const { code, stdout, stderr } = await home.run(['config', 'edit'], editor(breakIt));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^error: .*config\.json:\d+:\d+: /);
    expect(stderr).toMatch(
      /error: nothing was changed: the edit cannot be used, and is kept in .*config\.edit-\w+\.json\n {2}hint: /,
    );
    expect(readFileSync(home.configFile, 'utf8')).toBe(SOUND);
    const kept = filesBeside().find((name) => name.includes('.edit-')) ?? '';
    expect(readFileSync(join(dirname(home.configFile), kept), 'utf8')).toBe(SOUND.replace('}', ''));
  });

  test('is edited again when the person says so', async () => {
    home.writeConfig(SOUND);
    const body = `if (run === 1) { ${breakIt} } else text = ${JSON.stringify(SOUND)}.replace('mine', 'ours');`;
    const { code, stderr } = await home.run(['config', 'edit'], { ...editor(body), isInteractive: true, input: '\n' });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('This cannot be used. Edit it again? [Y/n] ');
    expect(readFileSync(home.configFile, 'utf8')).toContain('ours');
  });

  test('is given up when the person says no', async () => {
    home.writeConfig(SOUND);
    const { code } = await home.run(['config', 'edit'], { ...editor(breakIt), isInteractive: true, input: 'n\n' });
    expect(code).toBe(3);
    expect(readFileSync(home.configFile, 'utf8')).toBe(SOUND);
  });
});

test('nothing is overwritten that someone else has written meanwhile', async () => {
  home.writeConfig(SOUND);
  const body = `${addB} writeFileSync(${JSON.stringify(home.configFile)}, '{}');`;
  const { code, stderr } = await home.run(['config', 'edit'], editor(body));
  expect(code).toBe(3);
  expect(stderr).toContain('was written by someone else meanwhile');
  expect(readFileSync(home.configFile, 'utf8')).toBe('{}');
});

test('an editor that fails changes nothing', async () => {
  home.writeConfig(SOUND);
  const { code, stderr } = await home.run(['config', 'edit'], editor('process.exit(7);'));
  expect(code).toBe(1);
  expect(stderr).toContain('nothing was changed: the editor ended with exit code 7');
  expect(filesBeside()).toEqual(['config.json']);
});

describe('the editor', () => {
  test('is VISUAL before EDITOR, split into words without a shell', () => {
    expect(editorCommand({ VISUAL: 'code --wait', EDITOR: 'vi' }, false)).toEqual(['code', '--wait']);
    expect(editorCommand({ VISUAL: ' ', EDITOR: '"/My Programs/ed" \'a b\' $(x)' }, true)).toEqual([
      '/My Programs/ed',
      'a b',
      '$(x)',
    ]);
  });

  test('that is not there, or is not named, is said', async () => {
    const missing = await home.run(['config', 'edit'], { env: { EDITOR: '/no/such/editor' } });
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the editor "/no/such/editor" is not found'),
    });
    const none = await home.run(['config', 'edit'], { env: { PATH: '' }, isInteractive: true });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('no editor is named') });
    const nobody = await home.run(['config', 'edit'], { env: { VISUAL: '', EDITOR: '' } });
    expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no terminal to edit in') });
  });
});
