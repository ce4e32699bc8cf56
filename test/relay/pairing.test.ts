import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEventBus } from '../../src/events/bus.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { settle } from '../support/create-catalog.ts';
import { createCore, modernMeta } from '../support/create-core.ts';
import { legacyServer, modernServer, type Serve } from '../support/linked-servers.ts';
import { createLinkedTransport, type LinkedPeer, type Received } from '../support/linked-transport.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

interface Held {
  readonly message: Received;
  readonly peer: LinkedPeer;
}

/** An upstream over a linked transport that lists one tool and leaves calls to the test. */
const createHolding = (name: string, era: 'legacy' | 'modern', held: Held[]): Upstream => {
  const serve: Serve = (message, peer) => {
    if (message.method === 'tools/list')
      peer.answer(message, { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] });
    else if (message.method === 'tools/call') held.push({ message, peer });
    else if (message.id !== undefined && message.method !== 'subscriptions/listen') peer.refuse(message, -32601);
  };
  return new Upstream({
    config: upstreamConfig(name),
    bus: createEventBus(),
    createTransport: async () =>
      createLinkedTransport(era === 'legacy' ? legacyServer(serve) : modernServer(serve)).transport,
    readEraVerdict: async () => undefined,
    clientInfo: { name: 'hub', version: '1' },
    capabilities: {},
    answerUnattributed: async () => ({ ok: true, result: {} }),
  });
};

interface PlannedCall {
  readonly client: number;
  readonly upstream: number;
  readonly id: string;
  /** The client cancels it before it is answered. */
  readonly isCancelled: boolean;
  /** When it is answered, among all. */
  readonly rank: number;
}

const CLIENTS = 3;
const ids = ['1', '"1"', '2', '9007199254740993', '9007199254740992', '"a"', '0', '-1'];

const plan: fc.Arbitrary<PlannedCall[]> = fc.uniqueArray(
  fc.record({
    client: fc.nat(CLIENTS - 1),
    upstream: fc.nat(2),
    id: fc.constantFrom(...ids),
    isCancelled: fc.boolean(),
    rank: fc.nat(1000),
  }),
  { selector: ({ client, id }) => `${client} ${id}`, maxLength: 16 },
);

describe('any interleaving of several clients and several upstreams', () => {
  test('P2 brings each client its own answers under its own ids, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (calls) => {
        const held: Held[] = [];
        const upstreams = [
          createHolding('zero', 'legacy', held),
          createHolding('one', 'modern', held),
          createHolding('two', 'legacy', held),
        ];
        const core = createCore(upstreams);
        const clients = Array.from({ length: CLIENTS }, () => core.connect());
        for (const [index, { client, upstream, id }] of calls.entries()) {
          const name = `${upstreams[upstream]?.name}__echo`;
          // The last client is a modern one.
          const _meta = client === CLIENTS - 1 ? modernMeta({ progressToken: index }) : { progressToken: index };
          const params = JSON.stringify({ name, arguments: { index }, _meta });
          clients[client]?.line(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`);
        }
        while (held.length < calls.length) await settle(1);

        for (const { client, id, isCancelled } of calls) {
          if (isCancelled)
            clients[client]?.line(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`);
        }
        const objectIn = ({ message }: Held, key: string): JsonObject => message.params?.[key] as JsonObject;
        const indexOf = (one: Held): number => objectIn(one, 'arguments')['index'] as number;
        const rankOf = (one: Held): number => calls[indexOf(one)]?.rank ?? 0;
        for (const one of [...held].sort((a, b) => rankOf(a) - rankOf(b))) {
          const { progressToken } = objectIn(one, '_meta');
          one.peer.notify('notifications/progress', { progressToken, index: indexOf(one) });
          one.peer.answer(one.message, { resultType: 'complete', index: indexOf(one) });
        }
        await Promise.all(clients.map(({ connection }) => connection.settled()));

        for (const [number, client] of clients.entries()) {
          const own = [...calls.entries()].filter(([, call]) => call.client === number && !call.isCancelled);
          const answers = client.lines.filter((line) => line.includes('"result"'));
          const expected = own.map(([index, { id }]) => `${id} ${index}`).sort();
          const got = answers.map(
            (line) => `${/"id":(.*?),"result"/.exec(line)?.[1]} ${JSON.parse(line).result.index}`,
          );
          expect(got.sort()).toEqual(expected);
          expect(
            client
              .notifications('notifications/progress')
              .map(({ params }) => [params?.['progressToken'], params?.['index']])
              .sort(),
          ).toEqual(own.map(([index]) => [index, index]).sort());
          expect(client.lines).toHaveLength(2 * own.length);
        }
        expect(core.eventsOf('call.finished')).toHaveLength(calls.length);
        await Promise.all(upstreams.map((upstream) => upstream.stop()));
      }),
      { numRuns: 60 },
    );
  });
});
