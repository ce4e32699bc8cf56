import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type { RawClient } from '../../downstream/http/support/raw-client.ts';
import { type Exit, type HubProcess, startHub } from '../../e2e/support/hub-process.ts';
import { eventually, residentBytes } from '../../e2e/support/processes.ts';
import { createTempHome, type TempHome } from '../../e2e/support/temp-home.ts';
import type { UpstreamEntry } from '../../e2e/support/upstreams.ts';
import {
  type CallCount,
  createRawClient,
  type FaultClient,
  legacyHttpClient,
  modernHttpClient,
  stdioClient,
  type Way,
} from './clients.ts';
import { evilServer } from './evil-server.ts';

/** Secrets that nobody but their owners may ever see; the hub has one in its environment, each server one in its own. */
export const CANARY_OF_HUB = 'CANARYhubb7d3f0c2';
export const CANARY_OF_GOOD = 'CANARYgood51ae9944';

/** A hub between clients and the servers `good`, which is well, and others, which are not. */
export interface Stand {
  readonly hub: HubProcess;
  readonly home: TempHome;
  /** What reached the servers, and what they did. */
  readonly evilLog: string;
  /** The client on standard input and output. */
  readonly stdio: FaultClient;
  readonly count: CallCount;
  /** What the hub held when it had started. */
  readonly restingBytes: number;
  /** Texts that may appear nowhere. */
  readonly canaries: readonly string[];
  /** Ids of requests that get no answer, by intention: the client cancelled them, or its connection ended. */
  readonly unanswered: Set<string | number>;
  /** Ids of requests that were written as bytes, line by line; each needs an answer where it is not among those. */
  readonly written: Set<string | number>;
  /** Only where it was opened with HTTP. */
  readonly url: string;
  readonly token: string;
  readonly raw: RawClient;
  /** The client of one way; those of HTTP need a stand with HTTP. */
  client(way: Way): Promise<FaultClient>;
  /** Sends bytes that hold so many calls of tools, which the log has to know. */
  sendRaw(bytes: string | Uint8Array, calls?: number): void;
  /** Waits for the end that a case has brought about. */
  ended(): Promise<Exit>;
}

export interface StandOptions {
  /** The servers beside `good`, by name; each gets the file of the log. */
  readonly servers?: (log: string) => Readonly<Record<string, UpstreamEntry>>;
  /** The settings under `hub`. */
  readonly hub?: Readonly<Record<string, unknown>>;
  /** The era of the client on stdio; default `legacy`. */
  readonly era?: 'legacy' | 'modern';
  /** Whether it serves on HTTP too; default not. */
  readonly http?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Names of tools that have to be there before the case begins; default `good__echo` and those of the servers. */
  readonly waitFor?: readonly string[];
  readonly home?: TempHome;
}

/** Starts a hub, connects the client on its pipes, and waits until its servers are there. */
export const openStand = async (options: StandOptions = {}): Promise<Stand> => {
  const { servers = () => ({}), era = 'legacy', http = false } = options;
  const home = options.home ?? createTempHome();
  const evilLog = home.file('evil.ndjson');
  const others = servers(evilLog);
  const hub = await startHub({
    home,
    args: [...(http ? ['--http', '0', '--stdio'] : []), ...(options.args ?? [])],
    env: { AWS_SECRET_ACCESS_KEY: CANARY_OF_HUB, ...options.env },
    config: {
      mcpServers: { good: evilServer('good', evilLog, { env: { GOOD_TOKEN: CANARY_OF_GOOD } }), ...others },
      hub: { ...options.hub },
    },
  });
  const url = http
    ? await eventually('the address', () => /serving on (\S+)/.exec(hub.stderr())?.[1]).catch((error: Error) => {
        throw new Error(`${error.message}: ${hub.stderr()}`);
      })
    : '';
  const token = http ? readFileSync(`${home.stateDir}/http-token`, 'utf8').trim() : '';
  const raw = createRawClient(url);
  const count = { sent: 0 };
  const written = new Set<string | number>();
  const stdio = await stdioClient(hub, era, count);
  const known = new Map<Way, FaultClient>([[stdio.way, stdio]]);
  const waitFor = options.waitFor ?? ['good__echo', ...Object.keys(others).map((name) => `${name}__echo`)];
  await eventually(
    `the tools ${waitFor.join(', ')}`,
    async () => {
      const names = await toolNames(stdio);
      return waitFor.every((name) => names.includes(name));
    },
    40_000,
  );

  const connect = async (way: Way): Promise<FaultClient> => {
    if (way === 'modern on HTTP') return modernHttpClient(raw, { url, token }, count);
    if (way === 'legacy on HTTP') return legacyHttpClient(raw, { url, token }, count);
    throw new Error(`the client on stdio is ${stdio.way}`);
  };
  return {
    hub,
    home,
    evilLog,
    stdio,
    count,
    restingBytes: memoryOf(hub.pid),
    canaries: [CANARY_OF_HUB, CANARY_OF_GOOD],
    unanswered: new Set(),
    written,
    url,
    token,
    raw,
    async client(way) {
      const client = known.get(way) ?? (await connect(way));
      known.set(way, client);
      return client;
    },
    sendRaw(bytes, calls = 0) {
      count.sent += calls;
      for (const id of idsIn(bytes)) written.add(id);
      hub.sendRaw(bytes);
    },
    ended: () => hub.exited,
  };
};

/** The names of the tools that a client sees. */
export const toolNames = async (client: FaultClient): Promise<string[]> => {
  const { result, error } = await client.request('tools/list');
  if (result === undefined) throw new Error(`no list of tools: ${JSON.stringify(error)}`);
  return (result['tools'] as { name: string }[]).map(({ name }) => name);
};

/** A longer id is refused without it. */
const MAX_ID_LENGTH = 1_000;

/** The ids of the requests that are whole lines of these bytes; none where they are no text. */
const idsIn = (bytes: string | Uint8Array): (string | number)[] =>
  textOf(bytes)
    .split('\n')
    .flatMap((line) => {
      try {
        const { jsonrpc, id, method } = JSON.parse(line) as Record<string, unknown>;
        const isId = typeof id === 'string' ? id.length <= MAX_ID_LENGTH : Number.isSafeInteger(id);
        return jsonrpc === '2.0' && typeof method === 'string' && isId ? [id as string | number] : [];
      } catch {
        return [];
      }
    });

const textOf = (bytes: string | Uint8Array): string => {
  if (typeof bytes === 'string') return bytes;
  return isUtf8(bytes) ? Buffer.from(bytes).toString() : '';
};

const memoryOf = (pid: number): number => (process.platform === 'linux' ? residentBytes(pid) : 0);

/** The answer to a request that a case has written as bytes. */
export const answerTo = async ({ hub }: Stand, id: string | number, timeoutMs = 15_000) =>
  (await hub.answerTo(id, timeoutMs)).message;
