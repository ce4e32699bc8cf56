import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { WireMessage } from '../../../e2e/support/received.ts';

type Headers = Record<string, string | string[]>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The JSON-RPC message in the body: the only one, or the last event of a stream. */
  readonly message: WireMessage;
  /** All messages, in their order. */
  readonly messages: readonly WireMessage[];
}

export interface SentEvent {
  readonly id?: string;
  readonly message?: WireMessage;
}

/** A response that is being read. */
export interface OpenStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly events: readonly SentEvent[];
  /** The first event that fits, now or when it comes. */
  next(fits: (event: SentEvent) => boolean, timeoutMs?: number): Promise<SentEvent>;
  /** Resolves when the other side has ended the stream. */
  ended(timeoutMs?: number): Promise<void>;
  /** Breaks the connection. */
  drop(): void;
}

export interface SendOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array | object;
  /** Breaks the connection when it is aborted. */
  readonly signal?: AbortSignal;
}

/** A client that sends what it is told, and nothing by itself but what HTTP needs. */
export interface RawClient {
  /** Sends a request and reads the whole answer. */
  send(options: SendOptions): Promise<Answer>;
  /** Sends a request and gives its response when the head has come. */
  open(options: SendOptions): Promise<OpenStream>;
  /** Breaks all connections. */
  close(): void;
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** The headers of a POST with a token. */
export const postHeaders = (token?: string): Record<string, string> => ({
  ...JSON_HEADERS,
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
});

export const createRawClient = (url: string): RawClient => {
  const agent = new Agent({ keepAlive: false });
  const start = ({
    method = 'POST',
    path = '/mcp',
    headers = {},
    body,
    signal,
  }: SendOptions): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const bytes =
        body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      const outgoing = request(
        { agent, hostname: hostname.replace(/[[\]]/g, ''), port, method, path, headers, ...(signal && { signal }) },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end(bytes);
    });
  return {
    async send(options) {
      const response = await start(options);
      const chunks: Buffer[] = [];
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const messages = messagesIn(text, response.headers['content-type']);
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
        messages,
        get message() {
          const last = messages.at(-1);
          if (last === undefined) throw new Error(`no message in ${response.statusCode} ${text.slice(0, 300)}`);
          return last;
        },
      };
    },
    open: async (options) => follow(await start(options)),
    close: () => agent.destroy(),
  };
};

const messagesIn = (text: string, type = ''): WireMessage[] => {
  if (text === '') return [];
  if (type.startsWith('application/json')) return [JSON.parse(text) as WireMessage];
  return text.split('\n\n').flatMap((block) => parseEvent(block)?.message ?? []);
};

const parseEvent = (block: string): SentEvent | undefined => {
  const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
  if (lines.length === 0) return undefined;
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const id = field('id');
  const data = field('data');
  return {
    ...(id !== undefined && { id }),
    ...(data !== undefined && data !== '' && { message: JSON.parse(data) as WireMessage }),
  };
};

const follow = (response: IncomingMessage): OpenStream => {
  const events: SentEvent[] = [];
  let rest = '';
  let waiting: (() => void)[] = [];
  let isEnded = false;
  const wake = (): void => {
    const listeners = waiting;
    waiting = [];
    for (const listener of listeners) listener();
  };
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    events.push(...blocks.flatMap((block) => parseEvent(block) ?? []));
    wake();
  });
  response.on('error', () => {});
  response.on('close', () => {
    isEnded = true;
    wake();
  });
  const until = async <T>(what: string, probe: () => T | undefined, timeoutMs: number): Promise<T> => {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const value = probe();
      if (value !== undefined) return value;
      if (isEnded) throw new Error(`the stream ended before ${what}`);
      if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, deadline - Date.now()));
        waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  };
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    next: (fits, timeoutMs = 10_000) => until('the event', () => events.find(fits), timeoutMs),
    ended: async (timeoutMs = 10_000) => {
      await until('the end', () => isEnded || undefined, timeoutMs);
    },
    drop: () => void response.destroy(),
  };
};
