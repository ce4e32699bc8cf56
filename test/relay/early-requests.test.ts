import { describe, expect, test } from 'vitest';
import { settle } from '../support/create-catalog.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { type BenchClient, createBench } from '../support/relay-bench.ts';

const RESOURCE = { uri: 'test://a' };
const UPDATED = 'notifications/resources/updated';

const subscribe = (client: BenchClient) => client.request('resources/subscribe', RESOURCE);

/** A client whose upstreams are others before it has said what it can do than after it. */
const open = async (before: (client: BenchClient) => Promise<unknown>) => {
  const definitions = { resources: [{ ...RESOURCE, name: 'a' }], templates: [] };
  const plain = createFakeUpstream('up', { definitions });
  const own = createFakeUpstream('up', { definitions });
  const bench = createBench([own], { plainUpstreams: [plain] });
  const client = await bench.openLegacy({ sampling: {} }, { before });
  await settle();
  return { client, plain, own };
};

describe('a resource that is watched before `initialize`', () => {
  test('is told of, and let go when the session ends', async () => {
    const { client, plain } = await open(subscribe);
    expect(plain.watched).toEqual([RESOURCE.uri]);
    plain.tellUpdate(RESOURCE.uri);
    expect(client.of(UPDATED)).toHaveLength(1);
    client.connection.close();
    expect(plain.watched).toEqual([]);
  });

  test('can be let go after it', async () => {
    const { client, plain } = await open(subscribe);
    expect((await client.request('resources/unsubscribe', RESOURCE)).result).toEqual({});
    expect(plain.watched).toEqual([]);
  });

  test('and once more after it, is told of once', async () => {
    const { client, plain, own } = await open(subscribe);
    await subscribe(client);
    expect([plain.watched, own.watched]).toEqual([[], [RESOURCE.uri]]);
    plain.tellUpdate(RESOURCE.uri);
    own.tellUpdate(RESOURCE.uri);
    expect(client.of(UPDATED)).toHaveLength(1);
  });
});

test('a log level that is set before `initialize` is asked of the upstreams of the session too', async () => {
  const { own } = await open((client) => client.request('logging/setLevel', { level: 'info' }));
  expect(own.logLevels).toEqual(['info']);
});
