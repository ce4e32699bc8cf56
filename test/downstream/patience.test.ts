import { describe, expect, test } from 'vitest';
import { createPatientQueue } from '../../src/downstream/patience.ts';

const notification = (method: string, params: object = {}): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params });

const create = () => {
  const sent: string[] = [];
  const state = { pending: 0, room: () => {} };
  const queue = createPatientQueue({
    maxBytes: 100,
    pendingBytes: () => state.pending,
    onRoom: (listener) => {
      state.room = listener;
    },
  });
  const offer = (line: string): void => queue.offer([line], () => void sent.push(line));
  return { sent, state, offer };
};

describe('to a client that reads', () => {
  test('everything is sent at once', () => {
    const { sent, offer } = create();
    const lines = ['progress', 'message', 'tools/list_changed'].map((name) => notification(`notifications/${name}`));
    for (const line of lines) offer(line);
    expect(sent).toEqual(lines);
  });
});

describe('to a client for which too much waits', () => {
  test.each(['progress', 'message'])('no notifications/%s is sent, now or later', (name) => {
    const { sent, state, offer } = create();
    state.pending = 101;
    offer(notification(`notifications/${name}`));
    state.pending = 0;
    state.room();
    expect(sent).toEqual([]);
  });

  test('each change is told once, when there is room', () => {
    const { sent, state, offer } = create();
    const tools = notification('notifications/tools/list_changed');
    const one = notification('notifications/resources/updated', { uri: 'test://one' });
    const two = notification('notifications/resources/updated', { uri: 'test://two' });
    state.pending = 101;
    for (const line of [tools, one, tools, two, one]) offer(line);
    state.room();
    expect(sent).toEqual([]);
    state.pending = 50;
    state.room();
    state.room();
    expect(sent).toEqual([tools, one, two]);
  });

  test.each([
    ['an answer', '{"jsonrpc":"2.0","id":1,"result":{"method":"notifications/progress"}}'],
    ['a question', JSON.stringify({ jsonrpc: '2.0', id: 'hub-1', method: 'elicitation/create', params: {} })],
    ['a cancellation', notification('notifications/cancelled', { requestId: 1 })],
    ['an acknowledgement', notification('notifications/subscriptions/acknowledged')],
    ['what it does not know', notification('notifications/tasks')],
  ])('%s is sent all the same', (_what, line) => {
    const { sent, state, offer } = create();
    state.pending = 10_000;
    offer(line);
    expect(sent).toEqual([line]);
  });
});
