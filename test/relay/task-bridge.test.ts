import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/dispatch/call.ts';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { Era } from '../../src/protocol/era.ts';
import { createTaskBridge } from '../../src/relay/task-bridge.ts';
import { createCall, errorReply, LEGACY_CLIENT, MODERN_CLIENT, resultReply, untilGivenUp } from '../support/calls.ts';

const TASK = { task: { taskId: 't1', status: 'working' } };
const DONE = { content: [{ type: 'text', text: 'done' }] };

const answers: Record<string, (call: Call) => Reply | Promise<Reply>> = {
  'tools/call': ({ params }) => resultReply(params['task'] === undefined ? DONE : TASK),
  'tasks/result': () => resultReply(DONE),
  'tasks/cancel': () => resultReply({}),
};

const run = async (era: Era | undefined, over: Partial<Call>, special: typeof answers = {}) => {
  const sent: Call[] = [];
  const bridge = createTaskBridge(() => era)(async (call) => {
    sent.push(call);
    const { [call.method]: answer } = { ...answers, ...special };
    return answer?.(call) ?? errorReply(-32601, 'no');
  });
  const reply = await bridge(createCall(over));
  return { reply, sent, said: sent.map(({ method, params }) => [method, params]) };
};

const toolThat = (taskSupport: string) => ({
  ...createCall().target,
  definition: { name: 'add', execution: { taskSupport } },
});

describe('a tool of a legacy upstream that must be called as a task', () => {
  const required = { client: MODERN_CLIENT, target: toolThat('required') };

  test('is run to its end for a modern client, which gets its result', async () => {
    const { reply, said } = await run('legacy', required);
    expect(said).toEqual([
      ['tools/call', { name: 'add', task: {} }],
      ['tasks/result', { taskId: 't1' }],
    ]);
    expect(reply).toMatchObject({ kind: 'result', body: { value: DONE } });
  });

  test('that refuses, or answers at once, has answered', async () => {
    for (const answer of [errorReply(-32602, 'bad arguments'), resultReply(DONE)]) {
      const { reply, sent } = await run('legacy', required, { 'tools/call': () => answer });
      expect(reply).toBe(answer);
      expect(sent).toHaveLength(1);
    }
  });

  test('that is given up by its client has its task cancelled', async () => {
    const cancel = new AbortController();
    const { said } = await run(
      'legacy',
      { ...required, signal: cancel.signal },
      {
        'tasks/result': (call) => {
          cancel.abort(new HubError('CANCELLED', 'enough'));
          return untilGivenUp(call.signal);
        },
      },
    );
    expect(said.at(-1)).toEqual(['tasks/cancel', { taskId: 't1' }]);
  });

  test('may take longer than a call, and is cancelled when it never ends', async () => {
    const late = failureReply(new HubError('TIMEOUT', 'no answer'));
    let waits = 0;
    const slow = await run('legacy', required, {
      'tasks/result': () => {
        waits += 1;
        return waits < 3 ? late : resultReply(DONE);
      },
    });
    expect(slow.reply).toMatchObject({ kind: 'result', body: { value: DONE } });
    expect(slow.said.map(([method]) => method)).toEqual(['tools/call', ...Array(3).fill('tasks/result')]);
    const endless = await run('legacy', required, { 'tasks/result': () => late });
    expect(endless.reply).toBe(late);
    expect(endless.said).toHaveLength(62);
    expect(endless.said.at(-1)?.[0]).toBe('tasks/cancel');
  });

  test('is what it is for a legacy client: the upstream decides', async () => {
    const { said } = await run('legacy', { client: LEGACY_CLIENT, target: toolThat('required') });
    expect(said).toEqual([['tools/call', { name: 'add' }]]);
  });
});

test.each(['optional', 'forbidden'])(
  'a tool with tasks %s is called without one for a modern client',
  async (support) => {
    const params = { name: 'add', task: { ttl: 5 } };
    const { said } = await run('legacy', { client: MODERN_CLIENT, target: toolThat(support), params });
    expect(said).toEqual([['tools/call', { name: 'add' }]]);
  },
);

test('a legacy client that wants a task of a modern upstream is refused, and the upstream is not asked', async () => {
  const { reply, sent } = await run('modern', { params: { name: 'add', task: { ttl: 5 } } });
  expect(sent).toEqual([]);
  expect(reply).toMatchObject({ error: { code: -32601, message: expect.stringContaining('math__add') as string } });
});

test.each([
  ['legacy', LEGACY_CLIENT],
  ['modern', MODERN_CLIENT],
  [undefined, LEGACY_CLIENT],
] as const)('a call within an era (%s) passes as it is', async (era, client) => {
  const params = { name: 'add', task: {} };
  const { sent } = await run(era, { client, params, target: toolThat('required') });
  expect(sent).toHaveLength(1);
  expect(sent[0]?.params).toBe(params);
});
