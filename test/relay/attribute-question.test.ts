import { expect, test } from 'vitest';
import { attributeQuestion } from '../../src/relay/attribute-question.ts';
import { verifies } from '../e2e/requirements/verifies.ts';

test('a question with a message names the upstream before it', () => {
  verifies('elicitation:names-the-server');
  const question = {
    upstream: 'github',
    key: '1',
    method: 'elicitation/create',
    params: { message: 'Token?', x: 1 },
  } as const;
  expect(attributeQuestion(question)).toEqual({ ...question, params: { message: 'github: Token?', x: 1 } });
  expect(question.params.message).toBe('Token?');
});

test('a question without a message stays as it is', () => {
  for (const params of [{}, { message: 5 }, { messages: [] }]) {
    const question = { upstream: 'github', key: '1', method: 'sampling/createMessage', params } as const;
    expect(attributeQuestion(question)).toBe(question);
  }
});
