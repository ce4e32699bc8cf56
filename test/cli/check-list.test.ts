import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askCheckList, canAsk } from '../../src/cli/check-list.ts';
import type { CliContext } from '../../src/cli/context.ts';

/** A terminal: what is typed goes in, and what is drawn comes out. */
const terminal = () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  let drawn = '';
  let onDrawn = (): void => {};
  const context: CliContext = {
    env: {},
    cwd: '/',
    stdin,
    isTerminal: true,
    width: 80,
    out: (text) => {
      drawn += text;
      onDrawn();
    },
    err: () => {},
    interruption: () => new AbortController().signal,
  };
  const shows = (text: string): Promise<void> =>
    new Promise((resolve) => {
      onDrawn = () => drawn.includes(text) && resolve();
      onDrawn();
    });
  return { context, type: (keys: string) => stdin.write(keys), shows, screen: () => drawn };
};

const ITEMS = [
  { value: 'a', label: 'github', hint: 'Cursor: npx gh', isChosen: true },
  { value: 'b', label: 'files\u001b[2J', isChosen: false },
];

test('a check-list begins with what is usual, and gives what was ticked', async () => {
  const { context, type, shows, screen } = terminal();
  const chosen = askCheckList(context, 'Which?', ITEMS);
  await shows('github');
  type('\u001b[B');
  type(' ');
  type('\r');
  await expect(chosen).resolves.toEqual(['a', 'b']);
  expect(screen()).toContain('Cursor: npx gh');
});

test('what servers are called steers no terminal', async () => {
  const { context, type, shows, screen } = terminal();
  const chosen = askCheckList(context, 'Which?', ITEMS);
  await shows('files');
  type('\r');
  await chosen;
  expect(screen()).toContain('files\\u001b[2J');
});

test('Ctrl-C leaves it with nothing chosen', async () => {
  const { context, type, shows } = terminal();
  const chosen = askCheckList(context, 'Which?', ITEMS);
  await shows('github');
  type('\u0003');
  await expect(chosen).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('nobody is asked where nobody can answer or see', () => {
  const { context } = terminal();
  expect(canAsk(context)).toBe(true);
  expect(canAsk({ ...context, isTerminal: false })).toBe(false);
  expect(canAsk({ ...context, stdin: new PassThrough() })).toBe(false);
});
