import { expect, test } from 'vitest';
import { failureReply } from '../../src/dispatch/failure.ts';
import { HubError } from '../../src/errors/hub-error.ts';

test('a failure of the hub says on the wire what failed, at whom, what to do, and whether it may have happened', () => {
  const failure = new HubError('UPSTREAM_CLOSED', 'math ended', { upstream: 'math', sent: true, hint: 'look' });
  const reply = failureReply(failure, { startMs: 1, workMs: 2 });
  expect(reply).toMatchObject({ kind: 'error', failure, time: { startMs: 1, workMs: 2 } });
  expect(reply.from).toBeUndefined();
  expect(JSON.parse(Buffer.from(reply.error.bytes).toString())).toEqual({
    code: -31011,
    message: 'math ended',
    data: { hubCode: 'UPSTREAM_CLOSED', hint: 'look', upstream: 'math', outcome: 'unknown' },
  });
});
