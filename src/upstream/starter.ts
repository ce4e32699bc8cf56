import type { UpstreamConfig } from '../config/hub-config.ts';
import type { Call } from '../dispatch/call.ts';
import type { Answer, Question } from '../dispatch/question.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { Implementation, UpstreamEnvelope } from '../protocol/codec.ts';
import type { Era } from '../protocol/era.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { NotificationMessage, RequestMessage } from '../protocol/message.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { howToSet } from '../utils/how-to-set.ts';
import type { Valve } from '../utils/valve.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import { type Connection, connectByEra, type HandshakeOptions } from './handshake.ts';
import { lastWords } from './last-words.ts';
import { type AskedOver, Link } from './link.ts';
import type { CloseCause, Transport } from './transport/transport.ts';

export interface StarterOptions {
  /** May become another that asks for no other process; else as it was at first. */
  readonly config: UpstreamConfig;
  readonly bus: EventBus;
  /** Makes a transport that was not started yet. */
  readonly createTransport: (config: UpstreamConfig, kind?: 'sse') => Promise<Transport>;
  /** The era that was found out earlier, while the verdict is fresh enough to be trusted. */
  readonly readEraVerdict: (configHash: string) => Promise<Era | undefined>;
  readonly clientInfo: Implementation;
  /** What is declared to a legacy upstream, and with the hub's own requests. */
  readonly capabilities: JsonObject;
  /** Answers a question of the upstream that belongs to no call. */
  readonly answerUnattributed: (question: Question, withdrawn: CancelSignal) => Promise<Answer>;
  /** Holds up what connected upstreams say; default: nothing does. */
  readonly valve?: Valve;
}

export interface StarterListener {
  /** @param call the call that it belongs to, where that is known. */
  onNotification(message: NotificationMessage, call: Call | undefined): void;
  /** Answers what the upstream asks for. Never rejects. */
  onRequest(message: RequestMessage, asked: AskedOver): Promise<Answer>;
  /** A connection that had been made has ended. */
  onClose(link: Link, cause: CloseCause): void;
}

/** Makes the connections of one upstream, and ends them. */
export interface Starter {
  /**
   * Starts the process, or connects, and shakes hands.
   * @throws HubError when that does not succeed within `startMs`, or `signal` ends it; nothing of it is left alive.
   */
  start(signal: AbortSignal): Promise<Connection>;
  /** Asks for the era anew at the next start: what was remembered has turned out to be wrong. */
  doubtEra(): void;
  /** Ends everything that was started; resolves when nothing of it is alive. */
  closeAll(): Promise<void>;
  /** The last lines of its standard error, at most 64 KiB, also of a process that has ended. */
  stderrTail(): string;
}

export const createStarter = (options: StarterOptions, listener: StarterListener): Starter => {
  const { config, bus } = options;
  const { name } = config;
  const isHttp = config.transport.type !== 'stdio';
  const links = new Set<Link>();
  const envelope: UpstreamEnvelope = { clientInfo: options.clientInfo, clientCapabilities: options.capabilities };
  let isEraDoubted = false;
  /** What the next process hears first, where those before have ended on their first message. */
  let firstWord: HandshakeOptions['firstWord'];
  let lastStderr = '';

  const closeAll = async (): Promise<void> => void (await Promise.allSettled([...links].map((link) => link.close())));

  const stderrTail = (): string => [...links].at(-1)?.stderrTail() ?? lastStderr;

  const forget = (link: Link): void => {
    lastStderr = link.stderrTail();
    links.delete(link);
    options.valve?.remove(link);
  };

  const open = async (signal: AbortSignal, kind?: 'sse'): Promise<Link> => {
    const transport = await options.createTransport(config, kind);
    signal.throwIfAborted();
    const link = new Link(name, transport);
    links.add(link);
    const started = link.start({
      onNotification: (message, call) => listener.onNotification(message, call),
      onRequest: (message, asked) => listener.onRequest(message, asked),
      onProblem: limitProblems((problem) => {
        const message = `${name} sent something unreadable: ${problem}`;
        bus.emit({ type: 'problem', upstream: name, message, at: Date.now() });
      }),
      onStderr: (line) => bus.emit({ type: 'upstream.stderr', upstream: name, line, at: Date.now() }),
      onClose: (cause) => {
        forget(link);
        listener.onClose(link, cause);
      },
    });
    started.catch(() => forget(link));
    await whenAborted(started, signal);
    return link;
  };

  const connectAs = (protocol: 'auto' | Era, signal: AbortSignal): Promise<Connection> =>
    connectByEra({
      name,
      open: (kind) => open(signal, kind),
      protocol,
      isHttp,
      envelope,
      signal,
      firstWord: isHttp ? undefined : firstWord,
    });

  /**
   * A process that ends on every first message is started once in each attempt from the second on, and hears the two first
   * messages in turn.
   */
  const askForEra = async (signal: AbortSignal): Promise<Connection> => {
    const connection = await connectAs('auto', signal).catch((error) => {
      firstWord = firstWord === 'initialize' ? 'server/discover' : 'initialize';
      throw error;
    });
    firstWord = undefined;
    isEraDoubted = false;
    const { era } = connection.codec;
    bus.emit({ type: 'upstream.era', upstream: name, configHash: config.hash, era, at: Date.now() });
    return connection;
  };

  const connect = async (signal: AbortSignal): Promise<Connection> => {
    if (config.protocol !== 'auto') return connectAs(config.protocol, signal);
    const remembered = isEraDoubted ? undefined : await options.readEraVerdict(config.hash);
    // The modern era shows itself in the answer to the question, which costs nothing more than trusting the memory.
    if (remembered !== 'legacy') return askForEra(signal);
    try {
      return await connectAs('legacy', signal);
    } catch (error) {
      isEraDoubted = true;
      if (signal.aborted) throw error;
      await closeAll();
      firstWord = 'server/discover';
      return askForEra(signal);
    }
  };

  return {
    closeAll,
    stderrTail,
    doubtEra() {
      isEraDoubted = true;
    },
    async start(signal) {
      if (config.missingVariables.length > 0) throw missingVariables(config);
      const late = startDeadline(options.config);
      try {
        const connection = await connect(AbortSignal.any([signal, late.signal]));
        // An upstream that is being started is listened to in any case.
        if (connection.link.closed === undefined) options.valve?.add(connection.link);
        return connection;
      } catch (thrown) {
        const error = startFailure(HubError.from(thrown, 'UPSTREAM_START_FAILED'), stderrTail());
        await closeAll();
        throw error;
      } finally {
        late.clear();
      }
    },
  };
};

/** Tells the first problems of a connection; an upstream that prints to its standard output has one per line. */
const limitProblems = (tell: (problem: string) => void): ((problem: string) => void) => {
  let count = 0;
  return (problem) => {
    count += 1;
    if (count <= MAX_PROBLEMS) tell(problem);
    else if (count === MAX_PROBLEMS + 1) tell(`${problem}; what else of the kind comes is not told`);
  };
};

const MAX_PROBLEMS = 20;

const startDeadline = ({ name, timeouts: { startMs } }: UpstreamConfig): { signal: AbortSignal; clear: () => void } => {
  const late = new AbortController();
  const expire = (): void => {
    const message = `${name} did not start: no answer to the handshake within ${startMs} ms`;
    const hint = `raise hub.servers.${name}.timeouts.startMs, or look at its output: mcp-hub list --check`;
    late.abort(new HubError('UPSTREAM_START_FAILED', message, { upstream: name, hint }));
  };
  const timer = setTimeout(expire, startMs);
  return { signal: late.signal, clear: () => clearTimeout(timer) };
};

const missingVariables = ({ name, missingVariables: variables }: UpstreamConfig): HubError => {
  const names = variables.join(', ');
  return new HubError('UPSTREAM_UNAVAILABLE', `${name} needs ${names}, which is not set`, {
    upstream: name,
    hint: howToSet(variables),
  });
};

/** A start that failed has sent no call, whatever it sent itself; what the process said last often names the cause. */
const startFailure = ({ code, message, cause, hint, upstream }: HubError, stderr: string): HubError => {
  const words = lastWords(stderr);
  const why = words === undefined || message.includes(words) ? message : `${message}; its last words: ${words}`;
  return new HubError(code === 'UPSTREAM_CLOSED' ? 'UPSTREAM_START_FAILED' : code, why, {
    cause,
    hint,
    ...(upstream !== undefined && { upstream }),
  });
};
