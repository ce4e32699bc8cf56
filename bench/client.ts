import type { Writable } from 'node:stream';
import { type Answer, readAnswers } from './answers.ts';
import { type Command, type Program, startProgram } from './program.ts';

/** A request that is sent many times; what stands before and after its id was made before. */
export interface PreparedRequest {
  /** What follows the id, up to the line feed. */
  readonly tail: Buffer;
}

/** The one client of the bench: it frames by hand and reads no more of an answer than its id. */
export interface RawClient {
  readonly pid: number;
  /** Sends a request; `onAnswer` is called in the turn in which the end of its answer was read. */
  send(request: PreparedRequest, onAnswer: (answer: Answer) => void): void;
  /** The result of a request. Rejects with the error of the answer, or when the program has ended. */
  ask(method: string, params?: object): Promise<Record<string, unknown>>;
  notify(method: string): void;
  /** Ends the program as clients do: its input is closed, and what has not ended after `patienceMs` is killed. */
  close(patienceMs?: number): Promise<void>;
  /** Rejects when the program ends before it was told to. */
  readonly failed: Promise<never>;
}

/** Makes a request that can be sent many times. */
export const prepare = (method: string, params?: object): PreparedRequest => ({
  tail: Buffer.from(`,"method":"${method}"${params ? `,"params":${JSON.stringify(params)}` : ''}}\n`),
});

/** What remains of a client when the way to the program is left out. */
export interface Wire {
  readonly program: Program;
  /** Sends a line in two parts. */
  write(...parts: readonly Buffer[]): void;
  close(patienceMs: number): Promise<void>;
}

const PATIENCE_MS = 5000;

/**
 * Makes a client of a way to a program.
 * @returns it, and what takes the answers.
 */
export const createClient = ({ program, write, close }: Wire) => {
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  const send: RawClient['send'] = ({ tail }, onAnswer) => {
    lastId += 1;
    waiting.set(lastId, onAnswer);
    write(Buffer.from(`{"jsonrpc":"2.0","id":${lastId}`, 'latin1'), tail);
  };
  const client: RawClient = {
    pid: program.pid,
    failed: program.failed,
    send,
    ask: (method, params) =>
      Promise.race([
        program.failed,
        new Promise<Record<string, unknown>>((resolve, reject) => {
          send(prepare(method, params), (answer) => {
            const { result, error } = answer.json();
            if (result === undefined) reject(new Error(`${method}: ${JSON.stringify(error)}`));
            else resolve(result as Record<string, unknown>);
          });
        }),
      ]),
    notify: (method) => write(Buffer.from(`{"jsonrpc":"2.0","method":"${method}"}\n`)),
    close: (patienceMs = PATIENCE_MS) => close(patienceMs),
  };
  const onAnswer = (id: number, answer: Answer): void => {
    const take = waiting.get(id);
    waiting.delete(id);
    take?.(answer);
  };
  return { client, onAnswer };
};

/** Starts a program and speaks to it on its standard input and output. */
export const startClient = (command: Command): RawClient => {
  const program = startProgram(command);
  const { write } = createWriter(program.stdin);
  const { client, onAnswer } = createClient({ program, write, close: program.close });
  readAnswers(program.stdout, onAnswer);
  return client;
};

const JOIN_LIMIT_BYTES = 64 * 1024;

/** Writes all that is sent in one turn at once. */
const createWriter = (stdin: Writable) => {
  let parts: Buffer[] = [];
  let bytes = 0;
  const flush = (): void => {
    const batch = parts;
    const isSmall = bytes <= JOIN_LIMIT_BYTES;
    parts = [];
    bytes = 0;
    if (!stdin.writable) return;
    if (isSmall) {
      stdin.write(Buffer.concat(batch));
      return;
    }
    stdin.cork();
    for (const part of batch) stdin.write(part);
    stdin.uncork();
  };
  return {
    write(...more: readonly Buffer[]): void {
      if (parts.length === 0) queueMicrotask(flush);
      for (const part of more) {
        parts.push(part);
        bytes += part.length;
      }
    },
  };
};
