import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';
import { parseMessage } from '../../src/protocol/parse.ts';
import type { CloseCause, SendOptions, Transport, TransportListener } from '../../src/upstream/transport/transport.ts';

/** A message as the other end reads it. */
export interface Received {
  readonly id?: JsonValue;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: JsonObject;
  readonly error?: { readonly code: number; readonly message: string };
  /** The line as it was sent. */
  readonly line: string;
  readonly options: SendOptions;
}

/** The other end of a transport. */
export interface LinkedPeer {
  readonly received: Received[];
  /** The first message, had or to come, that is of this method. */
  next(method: string): Promise<Received>;
  /** Sends one line. */
  sendLine(line: string): void;
  send(message: object): void;
  /** Answers a request with a result, given as a value or as its JSON text. */
  answer(request: Received, result: object | string): void;
  refuse(request: Received, code: number, message?: string, data?: object): void;
  notify(method: string, params?: object): void;
  /** Ends the connection. */
  end(cause?: Partial<CloseCause>): void;
  /** The revision that the transport was told of. */
  protocolVersion: string | undefined;
  isClosed: boolean;
}

export interface Linked {
  readonly transport: Transport;
  readonly peer: LinkedPeer;
}

/**
 * A transport whose other end is in the same process: what is sent at one end arrives at the other a moment later, in
 * order, as the line of JSON that a pipe would carry.
 * @param serve called with every message that arrives at the peer.
 */
export const createLinkedTransport = (serve: (message: Received, peer: LinkedPeer) => void = () => {}): Linked => {
  let listener: TransportListener | undefined;
  const waiting = new Set<() => void>();

  const close = (cause: CloseCause): void => {
    if (peer.isClosed) return;
    peer.isClosed = true;
    queueMicrotask(() => listener?.onClose(cause));
  };

  const peer: LinkedPeer = {
    received: [],
    protocolVersion: undefined,
    isClosed: false,
    next: (method) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = peer.received.find((message) => message.method === method);
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    sendLine(line) {
      queueMicrotask(() => {
        const parsed = parseMessage(Buffer.from(line));
        if (parsed.ok) listener?.onMessage(parsed.message);
        else listener?.onProblem(parsed.reason);
      });
    },
    send: (message) => peer.sendLine(JSON.stringify({ jsonrpc: '2.0', ...message })),
    answer: ({ id }, result) => {
      const text = typeof result === 'string' ? result : JSON.stringify(result);
      peer.sendLine(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${text}}`);
    },
    refuse: ({ id }, code, message = 'refused', data) =>
      peer.send({ id, error: { code, message, ...(data && { data }) } }),
    notify: (method, params) => peer.send({ method, ...(params && { params }) }),
    end: (cause) => close({ reason: 'the other end is gone', ...cause }),
  };

  const transport: Transport = {
    async start(startedWith) {
      listener = startedWith;
    },
    async send(message, options = {}) {
      if (peer.isClosed) throw new HubError('UPSTREAM_CLOSED', 'the connection is closed');
      const line = JSON.stringify(message);
      queueMicrotask(() => {
        const received: Received = { ...(JSON.parse(line) as JsonObject), line, options };
        peer.received.push(received);
        for (const check of waiting) check();
        serve(received, peer);
      });
    },
    setProtocolVersion(version) {
      peer.protocolVersion = version;
    },
    close: async () => close({ reason: 'it was told to close' }),
    stderrTail: () => '',
  };
  return { transport, peer };
};
