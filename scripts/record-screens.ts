/**
 * Writes docs/sixty-seconds.md from what a terminal shows: each command of the story is typed into tmux, in an empty home
 * with the file of one client. `npm run screens`; tmux has to be installed.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FIXTURE, pageOf, type Scene, STORY, sameEverywhere, WIDTH } from './sixty-seconds/story.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOCKET = `mcp-hub-screens-${process.pid}`;
const HEIGHT = 60;
const POLL_MS = 100;
const MAX_POLLS = 300;

const main = async (): Promise<void> => {
  const home = mkdtempSync(join(tmpdir(), 'mcp-hub-screens-'));
  try {
    openTerminal(home);
    const screens: string[][] = [];
    for (const scene of STORY) screens.push(await play(scene));
    writeFileSync(join(ROOT, 'docs', 'sixty-seconds.md'), pageOf(screens));
  } finally {
    tmux('kill-server');
    rmSync(home, { recursive: true, force: true });
  }
};

const openTerminal = (home: string): void => {
  const folder = join(home, '.config', 'Claude');
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(ROOT, 'test', 'fixtures', 'clients', FIXTURE), join(folder, 'claude_desktop_config.json'));
  mkdirSync(join(home, 'bin'));
  symlinkSync(join(ROOT, 'bin', 'mcp-hub.js'), join(home, 'bin', 'mcp-hub'));
  const path = [join(home, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  const shell = ['env', '-i', 'TERM=tmux-256color', `HOME=${home}`, `PATH=${path}`, 'PS1=$ ', 'sh'];
  tmux('-f', '/dev/null', 'new-session', '-d', '-c', home, '-x', String(WIDTH), '-y', String(HEIGHT), ...shell);
};

/** The screens of one command: the question where it asks one, and the end. */
const play = async ({ command, asks }: Scene): Promise<string[]> => {
  tmux('send-keys', `clear; ${command}`, 'Enter');
  const asked = asks === true ? [await screenThat((lines) => lines.at(-1) === '└')] : [];
  if (asks === true) tmux('send-keys', 'Enter');
  const end = await screenThat((lines) => lines.length > 1 && lines.at(-1) === '$');
  return [...asked, end.replace(/\n\$\s*$/, '')];
};

const screenThat = async (isReady: (lines: readonly string[]) => boolean): Promise<string> => {
  let before = '';
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    await pause(POLL_MS);
    const screen = tmux('capture-pane', '-p').trimEnd();
    if (isReady(screen.split('\n').map((line) => line.trimEnd())) && screen === before) return sameEverywhere(screen);
    before = screen;
  }
  throw new Error(`the terminal stays at:\n${before}`);
};

const tmux = (...args: string[]): string => execFileSync('tmux', ['-L', SOCKET, ...args], { encoding: 'utf8' });

await main();
