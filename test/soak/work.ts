import type { UpstreamEntry } from '../e2e/support/upstreams.ts';
import { evilServer } from '../faults/support/evil-server.ts';
import type { Chance } from './random.ts';

/** One call, and what is known of its answer before it comes. */
export interface Task {
  readonly server: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The text that a result has to have. */
  readonly text?: string;
  /** Given up after that time. */
  readonly cancelAfterMs?: number;
}

export const CALL_MS = 1_500;

const STDIO_MODES = ['', '', 'stdout-noise', 'stderr-flood:200000', 'ignore-eof', 'ignore-term'];
const HTTP_MODES = ['', 'sse', 'sse-noise;slow=5', 'status=503;every=6'];

/** Six servers on stdio, of both eras, and four on HTTP; most of them have a fault. */
export const soakServers = (log: string, httpUrl: (modes: string) => string): Record<string, UpstreamEntry> =>
  Object.fromEntries([
    ...STDIO_MODES.map((evil, index): [string, UpstreamEntry] => [
      `s${index}`,
      evilServer(`s${index}`, log, { evil, era: index % 2 === 0 ? 'legacy' : 'modern' }),
    ]),
    ...HTTP_MODES.map((modes, index): [string, UpstreamEntry] => [
      `h${index}`,
      { type: 'http', url: httpUrl(index % 2 === 0 ? modes : `${modes};era=legacy`) },
    ]),
  ]);

export const soakSettings = (): Record<string, unknown> => ({
  timeouts: { callMs: CALL_MS, startMs: 5_000, firstListMs: 2_000, graceMs: 3_000 },
  servers: { s1: { trusted: true }, s2: { retry: 'safe' }, s3: { maxConcurrent: 2 }, s4: { breaker: false } },
  log: { payloadBytes: 256, chain: true },
});

const garbage = (chance: Chance): string =>
  Buffer.from(
    chance.pick([
      'no json\n',
      '{"jsonrpc":"2.0","id":$ID,"result":null}\n',
      '{"jsonrpc":"2.0","id":$ID,"result":{"n":NaN}}\n',
      '{"jsonrpc":"2.0","id":$ID,"error":"x"}\n',
      '{"jsonrpc":"2.0","id":424242,"result":{}}\n{"jsonrpc":"2.0","id":$ID,"error":{"code":1,"message":"x"}}\n',
    ]),
  ).toString('base64');

/** What is called next. @param id of the call, which makes its effect its own. */
export const nextTask = (chance: Chance, id: string): Task => {
  const isHttp = chance.next() < 0.3;
  const server = isHttp ? `h${chance.below(HTTP_MODES.length)}` : `s${chance.below(STDIO_MODES.length)}`;
  const echo: Task = { server, tool: 'echo', args: { m: id }, text: id };
  const write: Task = { server, tool: 'write', args: { k: id } };
  if (isHttp)
    return chance.weighed([
      [8, echo],
      [1, write],
      [1, { server, tool: 'get', args: { k: id } }],
    ]);
  return chance.weighed<Task>([
    [3000, echo],
    [300, write],
    [200, { server, tool: 'put', args: { k: id } }],
    [200, { server, tool: 'fail', args: {} }],
    [300, { server, tool: 'slow', args: { ms: chance.below(120) } }],
    [100, { server, tool: 'slow', args: { ms: 1_000 }, cancelAfterMs: chance.below(60) }],
    [50, { server, tool: 'big', args: { bytes: chance.below(400_000) } }],
    [100, { server, tool: 'progress', args: { steps: 3, stepMs: 1 } }],
    [40, { server, tool: 'say', args: { base64: garbage(chance) } }],
    [10, { server, tool: 'hang', args: {} }],
    [20, { server, tool: 'no_such_tool', args: {} }],
    [1, { server, tool: 'crash', args: { how: chance.pick(['1', 'SIGKILL', 'half']) } }],
  ]);
};
