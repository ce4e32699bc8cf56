import { expect, test } from 'vitest';
import { compose, type Interceptor } from '../../src/dispatch/interceptor.ts';
import { createCall, resultReply } from '../support/calls.ts';

test('interceptors stand around a call in their order, the first outermost', async () => {
  const steps: string[] = [];
  const named =
    (name: string): Interceptor =>
    (next) =>
    async (call) => {
      steps.push(`${name} before`);
      const reply = await next(call);
      steps.push(`${name} after`);
      return reply;
    };
  const pipeline = compose([named('outer'), named('inner')], async () => {
    steps.push('call');
    return resultReply({});
  });
  await pipeline(createCall());
  expect(steps).toEqual(['outer before', 'inner before', 'call', 'inner after', 'outer after']);
});

test('an interceptor may answer by itself', async () => {
  const stop: Interceptor = () => async () => resultReply({ stopped: true });
  const pipeline = compose([stop], async () => {
    throw new Error('never reached');
  });
  expect(await pipeline(createCall())).toMatchObject({ kind: 'result', body: { value: { stopped: true } } });
});

test('without interceptors a call goes straight to the upstream', async () => {
  const reply = resultReply({});
  expect(await compose([], async () => reply)(createCall())).toBe(reply);
});
