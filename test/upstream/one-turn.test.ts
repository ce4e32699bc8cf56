import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors/hub-error.ts';
import type { RequestId, ResultMessage } from '../../src/protocol/message.ts';
import { Link } from '../../src/upstream/link.ts';
import type { TransportListener } from '../../src/upstream/transport/transport.ts';
import { Cancellation } from '../../src/utils/cancellation.ts';

const resultOf = (id: number): ResultMessage => ({
  kind: 'result',
  id: String(id) as RequestId,
  value: {},
  bytes: Buffer.from('{}'),
});

/** A link whose other end speaks when the test says so, in that very turn. */
const create = async () => {
  const told: string[] = [];
  let end: TransportListener | undefined;
  const link = new Link('up', {
    start: async (listener) => {
      end = listener;
    },
    send: () => undefined,
    close: async () => {},
    stderrTail: () => '',
  });
  await link.start({
    onNotification: () => {},
    onRequest: async () => ({ ok: true, result: {} }),
    onProblem: () => {},
    onStderr: () => {},
    onClose: () => void told.push('the connection has ended'),
  });
  const request = (name: string, signal = new Cancellation()) =>
    link.request({ method: name, params: () => ({}), signal }).then(
      () => void told.push(`${name} is answered`),
      (error: unknown) => void told.push(`${name} has failed: ${(error as HubError).code}`),
    );
  return { told, request, other: end as unknown as TransportListener };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a request to an upstream', () => {
  test('is answered in the turn in which its answer comes', async () => {
    const { told, request, other } = await create();
    void request('first');
    void request('second');
    other.onMessage(resultOf(2));
    expect(told).toEqual(['second is answered']);
    other.onMessage(resultOf(1));
    expect(told).toEqual(['second is answered', 'first is answered']);
  });

  test('fails after its connection has ended, when everybody knows of that', async () => {
    const { told, request, other } = await create();
    void request('first');
    void request('second');
    other.onClose({ reason: 'it crashed' });
    expect(told).toEqual(['the connection has ended']);
    await turn();
    expect(told).toEqual([
      'the connection has ended',
      'first has failed: UPSTREAM_CLOSED',
      'second has failed: UPSTREAM_CLOSED',
    ]);
  });

  test('fails after whoever gives it up is done with that, and is not answered any more', async () => {
    const { told, request, other } = await create();
    const giver = new Cancellation();
    void request('first', giver);
    giver.abort(new HubError('CANCELLED', 'enough'));
    other.onMessage(resultOf(1));
    expect(told).toEqual([]);
    await turn();
    expect(told).toEqual(['first has failed: CANCELLED']);
  });
});
