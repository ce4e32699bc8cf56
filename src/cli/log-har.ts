import type { CallRow } from '../store/log-reader.ts';
import { printableJson } from '../utils/printable.ts';
import { VERSION } from '../utils/version.ts';

/**
 * The statuses that viewers of HAR colour by; what really happened stands in `_mcp.outcome`. 0: there was no answer.
 */
const STATUS: Readonly<Record<CallRow['outcome'], number>> = {
  ok: 200,
  tool_error: 200,
  denied: 403,
  cancelled: 499,
  error: 500,
  timeout: 504,
  unknown: 0,
  running: 0,
};

const HTTP = { httpVersion: 'HTTP/1.1', cookies: [], headers: [], headersSize: -1 };

/** What stands before the entries of a HAR 1.2 document (http://www.softwareishard.com/blog/har-12-spec/), and behind them. */
export const HAR_FRAME = {
  start: `{"log":{"version":"1.2","creator":${JSON.stringify({ name: 'mcp-hub', version: VERSION })},"pages":[],"entries":[`,
  between: ',\n',
  end: ']}}\n',
} as const;

/** One call as an entry of HAR 1.2. What HAR has no member for stands in `_mcp`. */
export const harEntry = (call: CallRow): string => printableJson(JSON.stringify(entryOf(call)));

const entryOf = (call: CallRow): object => ({
  startedDateTime: new Date(call.startedAt).toISOString(),
  time: call.durationMs ?? 0,
  request: {
    method: 'POST',
    url: urlOf(call),
    ...HTTP,
    queryString: [],
    ...(call.request !== undefined && { postData: { mimeType: 'application/json', params: [], text: call.request } }),
    bodySize: call.bytesIn,
  },
  response: {
    status: STATUS[call.outcome],
    statusText: call.outcome,
    ...HTTP,
    content: {
      size: call.bytesOut ?? 0,
      mimeType: 'application/json',
      ...(call.result !== undefined && { text: call.result }),
    },
    redirectURL: '',
    bodySize: call.bytesOut ?? -1,
  },
  cache: {},
  timings: {
    // All but the server's time: that of the hub, and what was waited for a login.
    blocked: call.durationMs === undefined ? -1 : call.durationMs - (call.upstreamMs ?? 0),
    dns: -1,
    connect: -1,
    ssl: -1,
    send: 0,
    wait: call.upstreamMs ?? 0,
    receive: 0,
  },
  _mcp: mcpOf(call),
});

/** Names the call; nothing can be fetched there. */
const urlOf = ({ upstream, method, qualifiedName, ownName }: CallRow): string => {
  const path = [method, ...((ownName ?? qualifiedName) ? [ownName ?? qualifiedName ?? ''] : [])];
  return `mcp://${encode(upstream ?? 'hub')}/${path.map(encode).join('/')}`;
};

/** Halves of surrogate pairs cannot be encoded. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

const mcpOf = (call: CallRow): object => {
  const { startedAt: _s, durationMs: _d, bytesIn: _i, bytesOut: _o, request: _q, result: _r, upstream, ...rest } = call;
  return { ...rest, server: upstream };
};
