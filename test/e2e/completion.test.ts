import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { HUB_BIN } from './support/paths.ts';
import { createTempHome } from './support/temp-home.ts';

const home = createTempHome();
afterAll(() => home.remove());

const bin = home.file('bin');
mkdirSync(bin);
writeFileSync(join(bin, 'mcp-hub'), `#!/bin/sh\nexec '${process.execPath}' '${HUB_BIN}' "$@"\n`, { mode: 0o755 });
const config = join(home.dir, 'config', 'mcp-hub');
mkdirSync(config, { recursive: true });
writeFileSync(
  join(config, 'config.json'),
  JSON.stringify({ mcpServers: { github: { command: 'gh' }, 'my server': { command: 'x' } } }),
);
writeFileSync(join(home.file('work'), 'settings.json'), '{}');
const env = { ...home.env, PATH: `${bin}:${process.env['PATH']}` };

const run = (program: string, args: readonly string[]): string => {
  const { stdout, stderr, status } = spawnSync(program, args, {
    env,
    cwd: home.file('work'),
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
};

const isThere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

/** Words that were typed, the last one at the cursor, and what is then proposed. */
const CASES: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['doc'], ['doctor']],
  [['config', 'va'], ['validate']],
  [['list', '--ch'], ['--check']],
  [['get', 'gi'], ['github']],
  [['--config', 'sett'], ['settings.json']],
];

describe.skipIf(!isThere('bash'))('bash (skipped where it is not installed)', () => {
  const complete = (words: readonly string[]): string[] => {
    const script = `
      source <(mcp-hub completion bash)
      COMP_WORDS=(mcp-hub "$@"); COMP_CWORD=$#
      _mcp_hub
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--norc', '-c', script, 'bash', ...words])
      .trimEnd()
      .split('\n');
  };

  test.each(CASES)('completes %j', (words, expected) => {
    expect(complete(words)).toEqual(expected);
  });

  test('quotes a name with a space', () => {
    expect(complete(['get', 'my'])).toEqual(['my\\ server']);
  });

  test('completes the value of an option behind its equals sign, which bash takes for a word', () => {
    expect(complete(['serve', '--log-level', '=', 'w'])).toEqual(['warning']);
  });
});

describe.skipIf(!isThere('zsh'))('zsh (skipped where it is not installed)', () => {
  /** Types the words and Tab in a terminal of its own, and waits for what is to appear there. */
  const complete = (words: readonly string[], expected: string): string => {
    const script = `
      zmodload zsh/zpty
      TERM=dumb zpty shell zsh -f -i
      zpty -w shell 'PS1=; autoload -U compinit; compinit -u -D; source <(mcp-hub completion zsh); print REA''DY'
      zpty -r shell output '*READY*'
      zpty -w -n shell $'${['mcp-hub', ...words].join(' ')}\\t'
      zpty -r shell output '*${expected}*'
      print -r -- $output`;
    return run('zsh', ['-f', '-c', script]);
  };

  test.each(CASES)('completes %j', (words, [expected = '']) => {
    expect(complete(words, expected)).toContain(expected);
  });
});

describe.skipIf(!isThere('fish'))('fish (skipped where it is not installed)', () => {
  const complete = (words: readonly string[]): string[] => {
    const line = ['mcp-hub', ...words].join(' ');
    const script = `mcp-hub completion fish | source; complete -C ${JSON.stringify(line)}`;
    return run('fish', ['--no-config', '-c', script])
      .trimEnd()
      .split('\n')
      .map((proposed) => proposed.split('\t')[0] ?? '');
  };

  test.each(CASES)('completes %j', (words, expected) => {
    expect(complete(words)).toEqual(expected);
  });
});
