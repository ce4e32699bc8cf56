import { describe, expect, test } from 'vitest';
import type { Question } from '../../src/dispatch/question.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { findLack } from '../../src/relay/missing-capability.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { resultReply } from '../support/calls.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';
import { askAll, createBench } from '../support/relay-bench.ts';

type Put = Pick<Question, 'method' | 'params'>;

const URL_QUESTION: Put = {
  method: 'elicitation/create',
  params: { mode: 'url', message: 'Log in', url: 'https://a.example' },
};
const FORM_QUESTION: Put = { method: 'elicitation/create', params: { message: 'Which?' } };
const TOOL_QUESTION: Put = { method: 'sampling/createMessage', params: { messages: [], tools: [] } };
const ADD = { name: 'up__add' };

const create = (call: NonNullable<Parameters<typeof createFakeUpstream>[1]>['call']) => {
  const upstream = createFakeUpstream('up', { definitions: { tools: [tool('add')] }, ...(call && { call }) });
  return { upstream, ...createBench([upstream]) };
};

describe('what a question needs of its client', () => {
  test.each<[string, Put, JsonObject]>([
    ['a form, of a client that declared no mode', FORM_QUESTION, { elicitation: {} }],
    ['a form that says so', { ...FORM_QUESTION, params: { mode: 'form' } }, { elicitation: { form: {} } }],
    ['a URL', URL_QUESTION, { elicitation: { url: {} } }],
    ['a completion', { method: 'sampling/createMessage', params: {} }, { sampling: {} }],
    ['a completion with tools', TOOL_QUESTION, { sampling: { tools: {} } }],
    ['the roots', { method: 'roots/list', params: {} }, { roots: {} }],
  ])('is there: %s', (_name, question, capabilities) => {
    verifies('elicitation:modes');
    expect(findLack(question, capabilities)).toBeUndefined();
  });

  test.each<[string, Put, JsonObject, object]>([
    [
      'a URL, of a client that declared no mode',
      URL_QUESTION,
      { elicitation: {} },
      { capability: 'elicitation', mode: 'url' },
    ],
    [
      'a URL, of one that takes forms',
      URL_QUESTION,
      { elicitation: { form: {} } },
      { capability: 'elicitation', mode: 'url' },
    ],
    [
      'a form, of one that takes URLs',
      FORM_QUESTION,
      { elicitation: { url: {} } },
      { capability: 'elicitation', mode: 'form' },
    ],
    ['tools in sampling', TOOL_QUESTION, { sampling: {} }, { capability: 'sampling', mode: 'tools' }],
    ['the roots', { method: 'roots/list', params: {} }, { sampling: {} }, { capability: 'roots', mode: undefined }],
  ])('is missing: %s', (_name, question, capabilities, lack) => {
    verifies('elicitation:modes', 'sampling:tools');
    expect(findLack(question, capabilities)).toEqual(lack);
  });
});

describe('a modern client that lacks a mode', () => {
  const refusal = { code: -32021, data: { requiredCapabilities: { elicitation: { url: {} } } } };

  test('is told so where a legacy upstream asks in it', async () => {
    verifies('elicitation:modes', 'base:meta:missing-capability');
    const { openModern } = create(askAll(URL_QUESTION));
    expect((await openModern({ elicitation: {} }).request('tools/call', ADD)).error).toMatchObject(refusal);
  });

  test.each([{ elicitation: {} }, { elicitation: { form: {} }, roots: {} }])(
    'is told so where the interim result of a modern upstream asks in it: %j',
    async (capabilities) => {
      verifies('mrtr:declared', 'elicitation:modes');
      const inputRequests = { roots: { method: 'roots/list' }, login: { ...URL_QUESTION } };
      const interim = resultReply({ resultType: 'input_required', inputRequests }, 'modern');
      const { openModern } = create((): Reply => ({ ...interim, kind: 'input_required' }));
      const { error } = await openModern({ roots: {}, ...capabilities }).request('tools/call', ADD);
      expect(error).toMatchObject(refusal);
    },
  );

  test('gets an interim result that asks for nothing else', async () => {
    const inputRequests = { name: { ...FORM_QUESTION } };
    const interim = resultReply({ resultType: 'input_required', inputRequests }, 'modern');
    const { openModern } = create((): Reply => ({ ...interim, kind: 'input_required' }));
    const { result } = await openModern({ elicitation: {} }).request('tools/call', ADD);
    expect(result).toMatchObject({ resultType: 'input_required', inputRequests });
  });
});
