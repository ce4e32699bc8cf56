import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { HubError } from '../../errors/hub-error.ts';
import { createLineSplitter } from '../../protocol/framing.ts';
import { isJsonObject, type JsonObject } from '../../protocol/json.ts';
import { printable } from '../../utils/printable.ts';

/** A small MCP client on the pipes of a hub, which is a process of its own. */
export interface DemoClient {
  /**
   * Sends a request and gives its result; `onProgress` is called for each report of progress.
   * @throws HubError INTERNAL when the hub answers with an error, not in time, or ends
   */
  request(method: string, params: JsonObject, onProgress?: () => void): Promise<JsonObject>;
  notify(method: string): void;
  /** Resolves when a notification of this method has come, and rejects after a second. */
  notified(method: string): Promise<void>;
  /** Closes the hub's input and waits for its end. */
  close(): Promise<void>;
  /** Settles when the hub has ended by itself. */
  readonly ended: Promise<void>;
}

export interface DemoHubOptions {
  readonly bin: string;
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
}

interface Pending {
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (error: HubError) => void;
  readonly onProgress: (() => void) | undefined;
}

const ANSWER_LIMIT_MS = 30_000;
const NOTICE_LIMIT_MS = 1000;
const CLOSE_LIMIT_MS = 15_000;
const MAX_LINE_BYTES = 10 * 1024 * 1024;
const STDERR_TAIL_CHARACTERS = 2000;

/** Starts `mcp-hub serve` with the demo's configuration and connects to it. */
export const startDemoHub = ({ bin, configFile, env }: DemoHubOptions): DemoClient => {
  const child = spawn(process.execPath, [bin, 'serve', '--config', configFile], { env, stdio: 'pipe' });
  const pending = new Map<number, Pending>();
  const notices = new Map<string, number>();
  let stderr = '';
  let lastId = 0;

  const fail = (why: string): void => {
    for (const { reject } of pending.values()) reject(failure(why, stderr));
    pending.clear();
  };
  const ended = once(child, 'close').then(() => undefined);
  child.on('error', (error) => fail(`the hub cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => fail(`the hub ended (${signal ?? `exit code ${code}`})`));
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = `${stderr}${text}`.slice(-STDERR_TAIL_CHARACTERS);
  });
  const splitter = createLineSplitter({
    maxLineBytes: MAX_LINE_BYTES,
    onLine: (line) => receive(JSON.parse(line.toString()), pending, notices, (why) => failure(why, stderr)),
    onOverflow: () => fail('the hub sent a line that is too long'),
  });
  child.stdout.on('data', (chunk: Buffer) => splitter.push(chunk));

  const send = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

  return {
    ended,
    request: (method, params, onProgress) => {
      const id = ++lastId;
      const meta = onProgress === undefined ? {} : { _meta: { progressToken: id } };
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          pending.delete(id);
          reject(failure(`${method} was not answered within ${ANSWER_LIMIT_MS / 1000} s`, stderr));
        }, ANSWER_LIMIT_MS);
        const settled =
          <T>(settle: (value: T) => void) =>
          (value: T): void => {
            clearTimeout(timer);
            settle(value);
          };
        pending.set(id, { resolve: settled(resolve), reject: settled(reject), onProgress });
        send({ id, method, params: { ...params, ...meta } });
      });
    },
    notify: (method) => send({ method }),
    notified: (method) => untilNoticed(method, notices),
    close: () => close(child, ended),
  };
};

const failure = (why: string, stderr: string): HubError => {
  const said = printable(stderr.trim(), { keepLineBreaks: true });
  return new HubError('INTERNAL', `the demo failed: ${why}`, said === '' ? {} : { hint: `the hub said:\n${said}` });
};

const receive = (
  message: unknown,
  pending: Map<number, Pending>,
  notices: Map<string, number>,
  toFailure: (why: string) => HubError,
): void => {
  if (!isJsonObject(message)) return;
  const { id, method, params, result, error } = message;
  if (typeof method === 'string') {
    notices.set(method, (notices.get(method) ?? 0) + 1);
    const token = isJsonObject(params) ? params['progressToken'] : undefined;
    if (method === 'notifications/progress') pending.get(Number(token))?.onProgress?.();
    return;
  }
  const request = pending.get(Number(id));
  pending.delete(Number(id));
  if (isJsonObject(result)) request?.resolve(result);
  else
    request?.reject(toFailure(isJsonObject(error) ? printable(String(error['message'])) : 'an answer without result'));
};

const untilNoticed = async (method: string, notices: Map<string, number>): Promise<void> => {
  for (let waited = 0; !notices.has(method); waited += 5) {
    if (waited > NOTICE_LIMIT_MS) throw new HubError('INTERNAL', `the demo failed: ${method} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const close = async (child: ChildProcessWithoutNullStreams, ended: Promise<void>): Promise<void> => {
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_LIMIT_MS);
  await ended;
  clearTimeout(timer);
};
