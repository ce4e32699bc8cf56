import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HubError } from '../../errors/hub-error.ts';

export interface ListenerOptions {
  /** The address to bind. `localhost` is 127.0.0.1 and, where this machine has it, ::1 on the same port. */
  readonly host: string;
  /** `0` picks a free one. */
  readonly port: number;
  readonly onRequest: RequestListener;
  /** Something went wrong that stops nothing; one sentence. */
  readonly onProblem: (message: string) => void;
  /** What connections may cost; default `CONNECTION_LIMITS`. */
  readonly limits?: ConnectionLimits;
}

export interface ConnectionLimits {
  /** A request whose head takes longer is answered with 408, and its connection is ended. */
  readonly headersMs: number;
  /** The same for the whole request. */
  readonly requestMs: number;
  /** How often slow requests are looked for. */
  readonly checkMs: number;
  /** Further connections are closed at once. */
  readonly maxConnections: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headersMs: 10_000,
  requestMs: 60_000,
  checkMs: 2_500,
  maxConnections: 1_024,
};

const PROBLEM_PAUSE_MS = 60_000;

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Takes no more connections. */
  stop(): void;
  /** Ends the connections on which nothing is under way, waits for the others, and ends what is left. */
  end(limitMs: number): Promise<void>;
}

/** @throws HubError USAGE when the address cannot be bound */
export const openListener = async (options: ListenerOptions): Promise<Listener> => {
  const { host, port } = options;
  const servers = host === 'localhost' ? await listenLocally(options) : ([await listen(options, host, port)] as const);
  return {
    ...addressOf(servers[0]),
    stop() {
      for (const server of servers) server.close();
    },
    async end(limitMs) {
      await Promise.all(servers.map((server) => endConnections(server, limitMs)));
    },
  };
};

const addressOf = (server: Server): AddressInfo => server.address() as AddressInfo;

/** Another program must not get what is meant for the hub because `localhost` is the other address to a client. */
const listenLocally = async (options: ListenerOptions): Promise<[Server, ...Server[]]> => {
  for (let attempt = 1; ; attempt += 1) {
    const first = await listen(options, '127.0.0.1', options.port);
    try {
      return [first, await listen(options, '::1', addressOf(first).port)];
    } catch (error) {
      const { code } = (error as HubError).cause as NodeJS.ErrnoException;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return [first];
      first.close();
      // A port that is free on one address may be taken on the other: another one is tried where any will do.
      if (options.port !== 0 || attempt === 10) throw error;
    }
  }
};

const listen = (options: ListenerOptions, host: string, port: number): Promise<Server> => {
  const { onRequest, onProblem, limits = CONNECTION_LIMITS } = options;
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAlive: true,
  });
  server.maxConnections = limits.maxConnections;
  server.on('request', onRequest);
  // What a client announces is judged before it may send its body.
  server.on('checkContinue', onRequest);
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  server.once('error', (error) => reject(cannotBind(host, port, error)));
  server.listen(port, host, () => {
    server.on(
      'error',
      rarely((error: Error) => onProblem(`a connection could not be taken: ${error.message}`)),
    );
    server.on(
      'drop',
      rarely(() => onProblem(`more than ${limits.maxConnections} connections: further ones are closed`)),
    );
    resolve(server);
  });
  return promise;
};

const cannotBind = (host: string, port: number, error: NodeJS.ErrnoException): HubError => {
  const why = error.code === 'EADDRINUSE' ? 'another program has it' : error.message;
  return new HubError('USAGE', `port ${port} of ${host} cannot be bound: ${why}`, {
    cause: error,
    hint: 'like this: --http 0',
  });
};

const endConnections = async (server: Server, limitMs: number): Promise<void> => {
  const deadline = performance.now() + limitMs;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    server.closeIdleConnections();
    server.getConnections((_error, count) => {
      if (count === 0 || performance.now() > deadline) resolve();
    });
  }, 20);
  await promise;
  clearInterval(timer);
  server.closeAllConnections();
};

/** Calls at most once a minute. */
const rarely = <A extends unknown[]>(call: (...args: A) => void): ((...args: A) => void) => {
  let last = Number.NEGATIVE_INFINITY;
  return (...args) => {
    if (performance.now() - last < PROBLEM_PAUSE_MS) return;
    last = performance.now();
    call(...args);
  };
};
