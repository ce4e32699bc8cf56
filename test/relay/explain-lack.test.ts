import { describe, expect, test } from 'vitest';
import type { ErrorReply } from '../../src/dispatch/reply.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { createErrorBody } from '../../src/protocol/parse.ts';
import { explainLack } from '../../src/relay/explain-lack.ts';
import { createCall, errorReply, MODERN_CLIENT, resultReply } from '../support/calls.ts';

const lacking = (data?: JsonObject): ErrorReply => ({
  ...errorReply(-32021, 'Missing'),
  error: createErrorBody(-32021, 'Missing', data),
  from: 'modern',
});
const NEEDS_SAMPLING = lacking({ requiredCapabilities: { sampling: { tools: {} } } });
const needsExtension = (name: string) => lacking({ requiredCapabilities: { extensions: { [name]: {} } } });
const TASKS = 'io.modelcontextprotocol/tasks';

const explain = (reply: ErrorReply, over: Parameters<typeof createCall>[0] = {}) =>
  explainLack(async () => reply)(createCall(over));
const errorIn = (reply: Awaited<ReturnType<typeof explain>>): JsonObject => {
  if (reply.kind !== 'error') throw new Error('no error');
  return JSON.parse(Buffer.from(reply.error.bytes).toString()) as JsonObject;
};

describe('a modern upstream that needs a capability', () => {
  test('is a tool error for a client with a session, which names the upstream and what is missing', async () => {
    expect(await explain(NEEDS_SAMPLING)).toMatchObject({
      kind: 'result',
      body: {
        era: 'legacy',
        value: {
          isError: true,
          content: [{ type: 'text', text: 'math needs of its client: sampling; this client did not declare it' }],
        },
      },
    });
  });

  test('is an error of the hub for another method of such a client', async () => {
    expect(errorIn(await explain(NEEDS_SAMPLING, { method: 'prompts/get' }))).toMatchObject({
      code: -31018,
      message: expect.stringContaining('math needs of its client: sampling') as string,
      data: { upstream: 'math' },
    });
  });

  test('is told to a client without a session in the words of its era, with the name of the upstream', async () => {
    expect(errorIn(await explain(NEEDS_SAMPLING, { client: MODERN_CLIENT }))).toEqual({
      code: -32021,
      message: 'math needs of its client: sampling',
      data: { requiredCapabilities: { sampling: { tools: {} } } },
    });
  });

  test('and that the hub does not carry is not asked for: declaring it would not help', async () => {
    const error = errorIn(await explain(needsExtension('com.example/x'), { client: MODERN_CLIENT }));
    expect(error).toMatchObject({
      code: -31018,
      message: expect.stringContaining('does not carry com.example/x') as string,
    });
    expect(error['data']).not.toHaveProperty('requiredCapabilities');
  });

  test('of tasks is what a modern client can declare, and a legacy one cannot', async () => {
    expect(errorIn(await explain(needsExtension(TASKS), { client: MODERN_CLIENT }))).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions: { [TASKS]: {} } } },
    });
    expect(await explain(needsExtension(TASKS))).toMatchObject({
      body: { value: { content: [{ text: expect.stringContaining(`does not carry ${TASKS}`) as string }] } },
    });
  });

  test.each([undefined, { requiredCapabilities: 'all' }])(
    'and does not say which is told of as well: %j',
    async (data) => {
      expect(errorIn(await explain(lacking(data), { client: MODERN_CLIENT }))).toMatchObject({
        code: -32021,
        message: expect.stringContaining('does not name') as string,
      });
    },
  );
});

test('everything else passes as it is', async () => {
  const ofLegacy: ErrorReply = { ...NEEDS_SAMPLING, from: 'legacy' };
  for (const reply of [ofLegacy, errorReply(-32602, 'x'), resultReply({ content: [] }, 'modern')]) {
    expect(await explainLack(async () => reply)(createCall())).toBe(reply);
  }
});
