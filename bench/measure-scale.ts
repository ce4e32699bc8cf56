import { join } from 'node:path';
import { callInSequence } from './call-blocks.ts';
import { type PreparedRequest, prepare, type RawClient } from './client.ts';
import { type Contender, UPSTREAM_TOOL, type Upstreams } from './contenders.ts';
import type { Measurements } from './measurements.ts';
import { initialize, listAll, open } from './open-session.ts';
import { processFacts } from './process-facts.ts';
import { prepareCall, SMALL } from './shapes.ts';
import { median } from './statistics.ts';
import { warmUp } from './warm-up.ts';

export interface ScaleOptions {
  readonly hub: Contender;
  readonly direct: Contender;
  readonly folder: string;
  readonly rounds: number;
  readonly measurements: Measurements;
}

export const TOOL_COUNTS = [10, 100, 1000, 10_000] as const;
export const UPSTREAM_COUNTS = [10, 100, 1000] as const;

/** How many of the configured upstreams are connected, and share the tools. */
const CONNECTED = 10;

/** The tool that is called, as the hub lists it. */
const TOOL = `u1__${UPSTREAM_TOOL}`;

const BLOCK_MS = 250;
const LOOKS = 3;
const WARM_UP = { leastMs: 2000, mostMs: 4000 };
const LISTS = 5;
const MIB = 1024 * 1024;

interface Subject {
  readonly name: string;
  readonly client: RawClient;
  readonly call: PreparedRequest;
}

/** Hubs with catalogs of different sizes, all with ten connected upstreams: a list, a call, and what they hold in memory. */
export const measureCatalogs = async ({ hub, folder, rounds, measurements }: ScaleOptions): Promise<void> => {
  const subjects: Subject[] = [];
  try {
    for (const count of TOOL_COUNTS) {
      const client = hub.start(join(folder, `tools-${count}`), upstreams(CONNECTED, count / CONNECTED));
      const subject: Subject = {
        name: `${count} tools`,
        client,
        call: prepareCall(TOOL, SMALL),
      };
      subjects.push(subject);
      await open(client, count);
    }
    for (const { client } of subjects) await warmUp(client, TOOL, WARM_UP);
    // What differs by some percent needs more looks than one for each round, and each in another order.
    for (let look = 0; look < rounds * LOOKS; look += 1) {
      for (const subject of look % 2 === 0 ? subjects : subjects.toReversed())
        measurements.add(subject.name, 'call p50 ms', await callMedianMs(subject));
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, client } of subjects) measurements.add(name, 'list ms', await listMedianMs(client));
    }
    for (const { name, client } of subjects) {
      measurements.add(name, 'rss called MiB', processFacts(client.pid).rssBytes / MIB);
    }
  } finally {
    await Promise.all(subjects.map(({ client }) => client.close()));
  }
};

/** Hubs with different numbers of upstreams in their configuration, of which ten are connected, and the server by itself. */
export const measureConfigurations = async ({ hub, direct, ...options }: ScaleOptions): Promise<void> => {
  const { folder, rounds, measurements } = options;
  const runs = Math.min(rounds, 3);
  for (let round = 1; round <= runs; round += 1) {
    const alone = direct.start(join(folder, 'alone'), upstreams(1, 1));
    try {
      await open(alone, 1);
      measurements.add('direct, called', 'rss connected MiB', processFacts(alone.pid).rssBytes / MIB);
      await callMedianMs({ name: 'direct', client: alone, call: prepareCall(UPSTREAM_TOOL, SMALL) });
      measurements.add('direct, called', 'rss called MiB', processFacts(alone.pid).rssBytes / MIB);
    } finally {
      await alone.close();
    }
    for (const count of UPSTREAM_COUNTS) {
      const startedAt = performance.now();
      const client = hub.start(join(folder, `upstreams-${count}`), upstreams(count, 1));
      const add = (measure: string, value: number): void => measurements.add(`${count} upstreams`, measure, value);
      try {
        await initialize(client);
        add('initialize ms', performance.now() - startedAt);
        // A list connects what it does not know; of more upstreams than these only those that are called are wanted.
        if (count === CONNECTED) {
          await listAll(client, CONNECTED);
          add('rss connected MiB', processFacts(client.pid).rssBytes / MIB);
        }
        for (let index = 1; index <= CONNECTED; index += 1) {
          await client.ask('tools/call', { name: `u${index}__${UPSTREAM_TOOL}`, arguments: { size: 1 } });
        }
        add('call p50 ms', await callMedianMs({ name: '', client, call: prepareCall(TOOL, SMALL) }));
        add('rss called MiB', processFacts(client.pid).rssBytes / MIB);
      } finally {
        await client.close();
      }
    }
  }
};

const callMedianMs = async ({ client, call }: Subject): Promise<number> =>
  median(await callInSequence(client, call, SMALL.resultBytes, { ms: BLOCK_MS, minCalls: 50 }));

const listMedianMs = async (client: RawClient): Promise<number> => {
  const request = prepare('tools/list', {});
  const times: number[] = [];
  for (let list = 0; list < LISTS; list += 1) {
    const askedAt = performance.now();
    await Promise.race([new Promise<void>((resolve) => client.send(request, () => resolve())), client.failed]);
    times.push(performance.now() - askedAt);
  }
  return median(times);
};

/** `u1`, `u2`, ... */
const upstreams = (count: number, tools: number): Upstreams =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`u${index + 1}`, { tools }]));
