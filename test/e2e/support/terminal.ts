import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import xterm from '@xterm/headless';

export interface TerminalOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Default: 100 columns and 30 rows. */
  readonly columns?: number;
  readonly rows?: number;
}

/** A program on a pseudo-terminal of its own, and what a person would see of it. */
export interface Terminal {
  /** The lines of the screen, without the spaces at their ends. */
  screen(): string;
  /** Whether the program has the whole screen, as an editor has. */
  hasWholeScreen(): boolean;
  /** Whether the cursor is seen, by the last word that the program said of it. */
  hasCursor(): boolean;
  /** The cells that have a colour. */
  colors(): number;
  type(keys: string): void;
  /** Resolves when the screen shows the text. */
  shows(text: string | RegExp): Promise<void>;
  /** Resolves when the condition holds, which is looked at whenever something was written. */
  until(condition: () => boolean): Promise<void>;
  resize(columns: number, rows: number): void;
  /** The process that has the terminal. */
  pid(): number;
  /** Stops the process where it is. */
  freeze(): void;
  /** Has it go on. */
  thaw(): void;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  close(): void;
}

/** Whether this machine has what it takes: `script` of util-linux. Others have a `script` that takes other options. */
export const hasPseudoTerminals = (): boolean =>
  process.platform === 'linux' &&
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

export const openTerminal = async ({ argv, env, columns = 100, rows = 30 }: TerminalOptions): Promise<Terminal> => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-hub-tty-'));
  const facts = join(folder, 'facts');
  const start = `stty rows ${rows} cols ${columns} && (tty && echo $$) > '${facts}' && exec ${argv.map(quoted).join(' ')}`;
  const child = spawn('script', ['-qfec', start, '/dev/null'], {
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const changed = new Set<() => void>();
  let written = '';
  child.stdout.on('data', (chunk: Buffer) => {
    written = (written + chunk.toString('latin1')).slice(-20_000);
    terminal.write(chunk, () => {
      for (const look of changed) look();
    });
  });
  terminal.onData((answer) => child.stdin.write(answer));
  const ended = once(child, 'close').then(async ([code]) => {
    await new Promise<void>((resolve) => terminal.write('', resolve));
    return code as number | null;
  });
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        changed.delete(look);
        resolve();
      };
      changed.add(look);
      look();
    });
  const screen = (): string => linesOf(terminal).join('\n');
  const told = (): string[] => readFileSync(facts, 'utf8').split('\n');
  return {
    screen,
    hasWholeScreen: () => terminal.buffer.active.type === 'alternate',
    hasCursor: () => written.lastIndexOf('\u001b[?25h') >= written.lastIndexOf('\u001b[?25l'),
    colors: () => coloredCells(terminal),
    type: (keys) => void child.stdin.write(keys),
    shows: (text) => until(() => (typeof text === 'string' ? screen().includes(text) : text.test(screen()))),
    until,
    resize: (newColumns, newRows) => {
      terminal.resize(newColumns, newRows);
      spawnSync('stty', ['-F', told()[0] ?? '', 'rows', String(newRows), 'cols', String(newColumns)]);
    },
    pid: () => Number(told()[1]),
    freeze: () => void process.kill(Number(told()[1]), 'SIGSTOP'),
    thaw: () => {
      // `script` stops with what runs in it, but does not go on with it: it would take nothing that is drawn.
      child.kill('SIGCONT');
      process.kill(Number(told()[1]), 'SIGCONT');
    },
    ended,
    close: () => {
      end(child, existsSync(facts) ? Number(told()[1]) : undefined);
      terminal.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const end = (child: ChildProcess, pid: number | undefined): void => {
  if (child.exitCode !== null) return;
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
  child.kill('SIGKILL');
};

const linesOf = ({ buffer, rows }: xterm.Terminal): string[] =>
  Array.from(
    { length: rows },
    (_, row) =>
      buffer.active
        .getLine(buffer.active.baseY + row)
        ?.translateToString()
        .trimEnd() ?? '',
  );

const coloredCells = ({ buffer, rows, cols }: xterm.Terminal): number => {
  let colored = 0;
  for (let row = 0; row < rows; row += 1) {
    const line = buffer.active.getLine(buffer.active.baseY + row);
    for (let column = 0; column < cols; column += 1) {
      const cell = line?.getCell(column);
      if (cell !== undefined && (!cell.isFgDefault() || !cell.isBgDefault())) colored += 1;
    }
  }
  return colored;
};

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
