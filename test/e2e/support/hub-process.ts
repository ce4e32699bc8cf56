import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { HUB_BIN } from './paths.ts';
import { MessageLog, type Received, type WireMessage } from './received.ts';
import { createTempHome, type TempHome } from './temp-home.ts';
import type { UpstreamEntry } from './upstreams.ts';

/** A configuration as a user writes it. */
export interface HubConfigFile {
  readonly mcpServers: Readonly<Record<string, UpstreamEntry>>;
  readonly hub?: Readonly<Record<string, unknown>>;
}

export interface HubOptions {
  /** What stands in the configuration file; or, for tests of the file itself, its text. */
  readonly config: HubConfigFile | string;
  /** Added to the environment of the hub. */
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments after `serve`. */
  readonly args?: readonly string[];
  /** Where it lives; default: a new home, which `stop` removes. */
  readonly home?: TempHome;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real hub, and a raw client on its pipes. */
export interface HubProcess extends AsyncDisposable {
  readonly pid: number;
  readonly home: TempHome;
  readonly configFile: string;
  /** Everything that came out of it so far. */
  readonly messages: readonly Received[];
  /** Settles when the process has ended and its output is read. */
  readonly exited: Promise<Exit>;
  /** Sends a request under a new id, or the one given, and gives its answer. */
  request(method: string, params?: object, options?: RequestOptions): Promise<Received>;
  notify(method: string, params?: object): void;
  sendRaw(bytes: string | Uint8Array): void;
  /** The first message that fits and was given to nobody before. */
  nextMessage(fits: (message: WireMessage) => boolean, timeoutMs?: number): Promise<Received>;
  /** The answer to the request of this id. */
  answerTo(id: string | number, timeoutMs?: number): Promise<Received>;
  /** Reads nothing of its output until `readOn`, as a client that is stuck. */
  stopReading(): void;
  readOn(): void;
  /** Closes the other end of its output, as a client that has gone. */
  closeOutput(): void;
  stderr(): string;
  /** What was wrong with its output as a whole so far. */
  problems(): readonly string[];
  endInput(): void;
  kill(signal: NodeJS.Signals): void;
  /** Ends the hub as a client does, and checks all that it has written. */
  stop(): Promise<Exit>;
}

export interface RequestOptions {
  readonly id?: string | number;
  /** Default 15 000. */
  readonly timeoutMs?: number;
}

const EXIT_LIMIT_MS = 20_000;

/** Starts `mcp-hub serve` with a configuration of its own. */
export const startHub = async (options: HubOptions): Promise<HubProcess> => {
  const home = options.home ?? createTempHome();
  const configFile = home.file('mcp-hub.config.json');
  writeFileSync(configFile, typeof options.config === 'string' ? options.config : JSON.stringify(options.config));
  const child = spawn(process.execPath, [HUB_BIN, 'serve', '--config', configFile, ...(options.args ?? [])], {
    cwd: home.file('work'),
    env: { ...home.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  return attach(child, home, configFile, options.home === undefined);
};

/** Starts an upstream by itself, so that what it says can be compared with what the hub makes of it. */
export const startDirectly = async (entry: UpstreamEntry): Promise<HubProcess> => {
  const home = createTempHome();
  const child = spawn(entry.command ?? '', entry.args ?? [], {
    cwd: home.file('work'),
    env: { ...home.env, ...entry.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  return attach(child, home, '', true);
};

const attach = (
  child: ChildProcessWithoutNullStreams,
  home: TempHome,
  configFile: string,
  ownsHome: boolean,
): HubProcess => {
  const log = new MessageLog();
  let stderr = '';
  let lastId = 0;
  let stopped: Promise<Exit> | undefined;
  child.stdout.on('data', (chunk: Buffer) => log.push(chunk));
  child.stdout.on('end', () => log.end());
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.on('error', () => {});
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }) as Exit);

  const sendRaw = (bytes: string | Uint8Array): void => void child.stdin.write(bytes);
  const sendMessage = (message: object): void => sendRaw(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const answerTo = (id: string | number, timeoutMs = 15_000): Promise<Received> =>
    log
      .next(
        `the answer to ${JSON.stringify(id)}`,
        (message) => message.id === id && message.method === undefined,
        timeoutMs,
      )
      .catch((error: Error) => {
        throw new Error(`${error.message}; stderr of the hub:\n${stderr}`, { cause: error });
      });

  const endWithinLimit = async (): Promise<Exit> => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_LIMIT_MS);
    const exit = await exited;
    clearTimeout(timer);
    if (ownsHome) home.remove();
    const problems = log.problems();
    if (exit.signal === 'SIGKILL') problems.push(`the hub did not end within ${EXIT_LIMIT_MS} ms`);
    if (problems.length > 0) throw new Error(`${problems.join('\n')}\nstderr of the hub:\n${stderr}`);
    return exit;
  };

  const hub: HubProcess = {
    pid: child.pid ?? 0,
    home,
    configFile,
    messages: log.all,
    exited,
    sendRaw,
    answerTo,
    request: (method, params, { id = ++lastId, timeoutMs } = {}) => {
      sendMessage({ id, method, ...(params === undefined ? {} : { params }) });
      return answerTo(id, timeoutMs);
    },
    notify: (method, params) => sendMessage({ method, ...(params === undefined ? {} : { params }) }),
    nextMessage: (fits, timeoutMs = 15_000) => log.next('a message', fits, timeoutMs),
    stopReading: () => void child.stdout.pause(),
    readOn: () => void child.stdout.resume(),
    closeOutput: () => void child.stdout.destroy(),
    stderr: () => stderr,
    problems: () => log.problems(),
    endInput: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    stop: () => (stopped ??= endWithinLimit()),
    [Symbol.asyncDispose]: async () => void (await hub.stop()),
  };
  return hub;
};
