import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** How a program is started. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** A request that is sent many times; what stands before and after its id was made before. */
export interface PreparedRequest {
  /** What follows the id, up to the line feed. */
  readonly tail: Buffer;
}

export interface Answer {
  /** The length of the line. */
  readonly bytes: number;
  /** Its first characters, enough to tell an error from a result. */
  readonly head: string;
  /** The whole message; parsed only here. */
  json(): Record<string, unknown>;
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

const EDGE_BYTES = 256;
const ID_KEY = '"id":';

/** Everything that was started and has not ended; nothing of it outlives the bench. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Makes a request that can be sent many times. */
export const prepare = (method: string, params?: object): PreparedRequest => ({
  tail: Buffer.from(`,"method":"${method}"${params ? `,"params":${JSON.stringify(params)}` : ''}}\n`),
});

/** Starts a program and speaks to it on its standard input and output. */
export const startClient = ({ argv: [file, ...args], env, cwd }: Command): RawClient => {
  const child = spawn(file, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  const waiting = new Map<number, (answer: Answer) => void>();
  const writer = createWriter(child.stdin);
  const ended = endOf(child);
  let lastId = 0;
  let isClosing = false;

  readAnswers(child.stdout, (pieces, bytes) => {
    const id = idOf(pieces);
    const onAnswer = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || onAnswer === undefined) return;
    waiting.delete(id);
    onAnswer({
      bytes,
      head: edge(pieces, 'head').toString('latin1'),
      json: () => JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>,
    });
  });
  const failed = ended.then((words) => {
    if (isClosing) return new Promise<never>(() => {});
    throw new Error(`${args[0] ?? file} has ended: ${words}`);
  });
  failed.catch(() => {});

  const send: RawClient['send'] = ({ tail }, onAnswer) => {
    lastId += 1;
    waiting.set(lastId, onAnswer);
    writer.write(Buffer.from(`{"jsonrpc":"2.0","id":${lastId}`, 'latin1'), tail);
  };
  return {
    pid: child.pid ?? 0,
    failed,
    send,
    ask: (method, params) =>
      Promise.race([
        failed,
        new Promise<Record<string, unknown>>((resolve, reject) => {
          send(prepare(method, params), (answer) => {
            const { result, error } = answer.json();
            if (result === undefined) reject(new Error(`${method}: ${JSON.stringify(error)}`));
            else resolve(result as Record<string, unknown>);
          });
        }),
      ]),
    notify: (method) => writer.write(Buffer.from(`{"jsonrpc":"2.0","method":"${method}"}\n`)),
    async close(patienceMs = 5000) {
      isClosing = true;
      child.stdin.end();
      const kill = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(kill);
    },
  };
};

/** Resolves, when the program is gone, with how it ended and its last words. */
const endOf = (child: ChildProcess): Promise<string> => {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  child.stdin?.on('error', () => {});
  return new Promise((resolve) => {
    child.on('error', (error) => {
      running.delete(child);
      resolve(error.message);
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve(`${signal ?? `code ${code}`}${said === '' ? '' : `; it said: ${said.trim()}`}`);
    });
  });
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

/** Calls back with each line in the pieces that it came in, which are not joined. */
const readAnswers = (stdout: Readable, onLine: (pieces: readonly Buffer[], bytes: number) => void): void => {
  let held: Buffer[] = [];
  let heldBytes = 0;
  stdout.on('data', (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      held.push(chunk.subarray(start, end));
      heldBytes += end - start;
      start = end + 1;
      const pieces = held;
      const bytes = heldBytes;
      held = [];
      heldBytes = 0;
      onLine(pieces, bytes);
    }
    if (start === chunk.length) return;
    held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
  });
};

/** A program writes the id first or last. */
const idOf = (pieces: readonly Buffer[]): number | undefined => {
  const head = edge(pieces, 'head').toString('latin1');
  const inHead = readNumber(head, head.indexOf(ID_KEY));
  if (inHead !== undefined) return inHead;
  const tail = edge(pieces, 'tail').toString('latin1');
  return readNumber(tail, tail.lastIndexOf(ID_KEY));
};

const readNumber = (text: string, index: number): number | undefined => {
  const id = index === -1 ? Number.NaN : Number.parseInt(text.slice(index + ID_KEY.length), 10);
  return Number.isNaN(id) ? undefined : id;
};

const edge = (pieces: readonly Buffer[], side: 'head' | 'tail'): Buffer => {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) {
    return side === 'head' ? only.subarray(0, EDGE_BYTES) : only.subarray(-EDGE_BYTES);
  }
  const taken: Buffer[] = [];
  let missing = EDGE_BYTES;
  for (const piece of side === 'head' ? pieces : pieces.toReversed()) {
    const part = side === 'head' ? piece.subarray(0, missing) : piece.subarray(Math.max(0, piece.length - missing));
    taken.push(part);
    missing -= part.length;
    if (missing <= 0) break;
  }
  return Buffer.concat(side === 'head' ? taken : taken.toReversed());
};
