import { connect, type Socket } from 'node:net';
import { ERROR_CODES, type HubErrorCode } from '../../errors/codes.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { JsonValue } from '../../protocol/json.ts';
import { type ControlEntry, readEntries } from './entries.ts';
import type { ControlCommand, ControlRequest, ControlResponse, HubStatus } from './messages.ts';

/** A hub that runs, asked over its control socket; each question is a connection of its own. */
export interface RunningHub {
  readonly pid: number;
  status(): Promise<HubStatus>;
  /**
   * Has it do something; gives one sentence about how it went, or for `replay` the result.
   * @throws HubError what the hub says against it
   */
  ask(command: ControlCommand): Promise<JsonValue>;
}

const STATUS_MS = 2000;
/** A call may take its time. */
const ACTION_MS = 120_000;

/**
 * The hubs of a state directory that run and have started a server, by their pids: before that a hub makes nothing on disk.
 * Whatever hubs that were killed have left behind is removed.
 */
export const runningHubs = (stateDir: string): RunningHub[] =>
  readEntries(stateDir).map((entry) => ({
    pid: entry.pid,
    status: async () => (await request(entry, { method: 'status' }, STATUS_MS)) as unknown as HubStatus,
    ask: (command) => request(entry, command, command.method === 'status' ? STATUS_MS : ACTION_MS),
  }));

/** What all hubs that answer say of themselves. */
export const readStatuses = async (stateDir: string): Promise<HubStatus[]> => {
  const answers = await Promise.allSettled(runningHubs(stateDir).map((hub) => hub.status()));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
};

const request = async (entry: ControlEntry, command: ControlCommand, timeoutMs: number): Promise<JsonValue> => {
  const socket = connect(entry.address);
  try {
    const message: ControlRequest = { id: 1, token: entry.token, ...command };
    socket.write(`${JSON.stringify(message)}\n`);
    const response = await firstLine(socket, entry.pid, timeoutMs);
    if ('result' in response) return response.result;
    const { code, message: why, hint } = response.error;
    throw new HubError(isErrorCode(code) ? code : 'INTERNAL', why, { hint });
  } finally {
    socket.destroy();
  }
};

const firstLine = (socket: Socket, pid: number, timeoutMs: number): Promise<ControlResponse> => {
  const { promise, resolve, reject } = Promise.withResolvers<ControlResponse>();
  const chunks: Buffer[] = [];
  const fail = (why: string, cause?: unknown): void =>
    reject(new HubError('NOT_FOUND', `the hub ${pid} ${why}`, { cause, hint: 'run: mcp-hub status' }));
  socket.setTimeout(timeoutMs, () => fail(`has not answered within ${timeoutMs} ms`));
  socket.on('error', (error) => fail(`cannot be reached: ${error.message}`, error));
  socket.on('close', () => fail('has ended the connection without an answer'));
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (!chunk.includes(0x0a)) return;
    try {
      resolve(JSON.parse(Buffer.concat(chunks).toString()) as ControlResponse);
    } catch (error) {
      fail('has answered with something else than JSON', error);
    }
  });
  return promise;
};

const isErrorCode = (code: string): code is HubErrorCode => Object.hasOwn(ERROR_CODES, code);
