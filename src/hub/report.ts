import type { EventBus, EventOf, EventType } from '../events/bus.ts';
import type { HubReloaded, UpstreamStateChanged } from '../events/events.ts';
import { createTokenBucket } from '../utils/token-bucket.ts';

export type ReportLevel = 'error' | 'warning' | 'info' | 'debug';

export interface ReportOptions {
  /** Takes one line. */
  readonly stderr: (line: string) => void;
  readonly level: ReportLevel;
}

const LEVELS: readonly ReportLevel[] = ['error', 'warning', 'info', 'debug'];

/**
 * Tells a person, line by line, what happens to upstreams: that one has failed or is not well, and then that it is back. What
 * an upstream itself says is told at `debug` only.
 */
export const reportOn = (bus: EventBus, { stderr, level }: ReportOptions): void => {
  const limits = new Map<string, LineLimit>();
  const limitOf = (upstream: string): LineLimit => {
    const limit = limits.get(upstream) ?? createLineLimit(upstream);
    limits.set(upstream, limit);
    return limit;
  };
  const noteTrouble = createTroubleNotes();
  bus.listenTo(TOLD, (event) => {
    const line = noteTrouble(event, describe(event));
    if (LEVELS.indexOf(line.level) > LEVELS.indexOf(level)) return;
    const texts = event.type === 'upstream.stderr' ? limitOf(event.upstream)(line.text) : [line.text];
    for (const text of texts) stderr(`mcp-hub: ${text}`);
  });
};

/** Gives what is told of a line: itself, nothing, or what was left out before it as well. */
type LineLimit = (line: string) => readonly string[];

/** An upstream may say so many lines at once, and so many per second; longer ones are cut. */
const BURST_LINES = 1_000;
const LINES_PER_SECOND = 100;
const MAX_LINE_CHARACTERS = 4_096;

const createLineLimit = (upstream: string): LineLimit => {
  const bucket = createTokenBucket({ capacity: BURST_LINES, perSecond: LINES_PER_SECOND });
  let leftOut = 0;
  return (line) => {
    if (!bucket.take()) {
      leftOut += 1;
      return leftOut === 1 ? [`${upstream} says more than can be read; some of it is left out`] : [];
    }
    const told = leftOut > 1 ? [`${upstream} said ${leftOut} lines that were left out`] : [];
    leftOut = 0;
    return [...told, line.length > MAX_LINE_CHARACTERS ? `${line.slice(0, MAX_LINE_CHARACTERS)} [...]` : line];
  };
};

interface Line {
  readonly level: ReportLevel;
  readonly text: string;
}

/** Has it told as a warning that an upstream is back of whose trouble was told, and no trouble told twice. */
const createTroubleNotes = (): ((event: Told, line: Line) => Line) => {
  const troubled = new Set<string>();
  const breakers = new Map<string, string>();
  return (event, line) => {
    if (event.type === 'upstream.breaker') breakers.set(event.upstream, event.reason);
    if (event.type !== 'upstream.state') return line;
    const { upstream, state, reason } = event;
    if (state === 'ready') return troubled.delete(upstream) ? { ...line, level: 'warning' } : line;
    if (line.level === 'info') return line;
    troubled.add(upstream);
    return breakers.get(upstream) === reason ? { ...line, level: 'info' } : line;
  };
};

/** Of which events a person is told. */
const IS_TOLD = {
  'upstream.state': true,
  problem: true,
  'client.connected': true,
  'upstream.stderr': true,
  'upstream.breaker': true,
  'call.repeated': true,
  'hub.reloaded': true,
  'hub.started': false,
  'hub.stopped': false,
  'client.disconnected': false,
  'call.started': false,
  'call.finished': false,
  'upstream.era': false,
  'upstream.listed': false,
} as const satisfies Record<EventType, boolean>;

type ToldType = { [Type in EventType]: (typeof IS_TOLD)[Type] extends true ? Type : never }[EventType];

const TOLD = (Object.keys(IS_TOLD) as EventType[]).filter((type): type is ToldType => IS_TOLD[type]);

type Told = EventOf<ToldType>;

const describe = (event: Told): Line => {
  switch (event.type) {
    case 'upstream.state':
      return describeState(event);
    case 'problem':
      return { level: 'warning', text: event.message };
    case 'client.connected':
      return { level: 'info', text: `${event.name} ${event.version} is connected, revision ${event.protocolVersion}` };
    case 'upstream.stderr':
      return { level: 'debug', text: `${event.upstream} says: ${event.line}` };
    case 'upstream.breaker':
      return { level: event.state === 'open' ? 'warning' : 'info', text: event.reason };
    case 'call.repeated': {
      const { qualifiedName, upstream, attempt, reason } = event;
      return { level: 'info', text: `${qualifiedName} is sent to ${upstream}, attempt ${attempt}: ${reason}` };
    }
    case 'hub.reloaded':
      return { level: 'info', text: describeReload(event) };
  }
};

const describeState = ({ upstream, state, reason, errorCode }: UpstreamStateChanged): Line => {
  if (state === 'backing_off')
    return { level: 'error', text: reason.startsWith(upstream) ? reason : `${upstream}: ${reason}` };
  if (state === 'idle' && errorCode !== undefined)
    return { level: 'warning', text: `${upstream}: ${reason}; it is started again when it is needed` };
  return { level: state === 'degraded' ? 'warning' : 'info', text: `${upstream} is ${state}: ${reason}` };
};

const describeReload = ({ reason, added, removed, replaced, adjusted }: HubReloaded): string => {
  const parts = Object.entries({ added, removed, replaced, 'with other settings': adjusted });
  const changes = parts.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what}: ${names.join(', ')}`]));
  return `${reason}; ${changes.length === 0 ? 'no server has changed' : changes.join('; ')}`;
};
