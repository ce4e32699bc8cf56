import { describe, expect, test } from 'vitest';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import type { HubErrorCode } from '../../src/errors/codes.ts';
import { HubError, type HubErrorOptions } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent } from '../../src/events/events.ts';
import { recordCall } from '../../src/relay/record.ts';
import { Roster } from '../../src/utils/roster.ts';
import { errorReply, resultReply } from '../support/calls.ts';

const record = (method = 'tools/call') => {
  const bus = createEventBus();
  const events: HubEvent[] = [];
  bus.listen((event) => events.push(event));
  const recorder = recordCall(
    { bus, underWay: new Roster() },
    { method, params: { name: 'm__add' }, clientId: 'client', bytesIn: 42 },
  );
  return { recorder, events };
};

const outcomeOf = (reply: Reply, method?: string): string | undefined => {
  const { recorder, events } = record(method);
  recorder.finish(reply);
  const [finished] = events.filter((event) => event.type === 'call.finished');
  return finished?.outcome;
};

const failure = (code: HubErrorCode, options: HubErrorOptions = {}): Reply =>
  failureReply(new HubError(code, 'it failed', options));

describe('the outcome of a call', () => {
  test.each([
    ['ok', resultReply({ content: [] })],
    ['ok', resultReply({ isError: false })],
    ['ok', { ...resultReply({}), kind: 'input_required' }],
    ['tool_error', resultReply({ isError: true })],
    ['error', errorReply(-32602, 'no')],
    ['error', errorReply(-31014, 'an upstream may use the numbers of the hub')],
    ['timeout', failure('TIMEOUT', { sent: true })],
    ['cancelled', failure('CANCELLED')],
    ['cancelled', failure('SHUTTING_DOWN')],
    ['unknown', failure('UPSTREAM_CLOSED', { sent: true })],
    ['error', failure('UPSTREAM_CLOSED', { sent: false })],
    ['error', failure('UPSTREAM_START_FAILED')],
    ['error', failure('UPSTREAM_INVALID', { sent: true })],
    ['error', failure('INTERNAL')],
  ] as const)('is %s', (outcome, reply) => expect(outcomeOf(reply as Reply)).toBe(outcome));

  test('of a reading whose answer never came is an error: nothing can have happened twice', () => {
    expect(outcomeOf(failure('UPSTREAM_CLOSED', { sent: true }), 'resources/read')).toBe('error');
  });
});

describe('the record of a call', () => {
  const TARGET = { upstream: 'm', qualifiedName: 'm__add', ownName: 'add' };

  test('tells its start with where it goes, and its end with its times and bytes', () => {
    const { recorder, events } = record();
    recorder.start(TARGET, 0);
    const reply = resultReply({ content: [] });
    expect(recorder.finish(reply)).toBe(reply);
    const [started, finished] = events;
    expect(started).toMatchObject({
      type: 'call.started',
      clientId: 'client',
      method: 'tools/call',
      bytesIn: 42,
      ...TARGET,
    });
    expect(started?.type === 'call.started' && started.request()).toBe('{"name":"m__add"}');
    expect(finished).toMatchObject({
      type: 'call.finished',
      callId: started?.type === 'call.started' ? started.callId : '',
      outcome: 'ok',
      bytesOut: '{"content":[]}'.length,
      result: reply.body.bytes,
    });
  });

  test('tells the start of a call that goes nowhere too, with the name that was used', () => {
    const { recorder, events } = record();
    recorder.finish(errorReply(-32602, 'Unknown tool: m__add'));
    expect(events.map(({ type }) => type)).toEqual(['call.started', 'call.finished']);
    expect(events[0]).toMatchObject({ qualifiedName: 'm__add' });
    expect(events[0]).not.toHaveProperty('upstream');
    expect(events[1]).toMatchObject({ outcome: 'error', errorCode: -32602, errorMessage: 'Unknown tool: m__add' });
  });

  test('parts its time between hub and upstream, and neither is ever negative', () => {
    const { recorder, events } = record();
    recorder.start(TARGET, 0);
    recorder.finish({ ...resultReply({}), time: { startMs: 1e6, workMs: 1e6 } });
    const [, finished] = events;
    if (finished?.type !== 'call.finished') throw new Error('not finished');
    expect(finished.hubMs).toBeGreaterThanOrEqual(0);
    expect(finished.hubMs + finished.upstreamMs).toBeCloseTo(finished.durationMs);
  });

  test('counts what was waited for a login as time of neither, and tells its start but once', () => {
    const { recorder, events } = record();
    recorder.await('m', 'add');
    recorder.awaited(1e6);
    recorder.start(TARGET, 0);
    recorder.finish({ ...resultReply({}), time: { startMs: 0, workMs: 1, loginMs: 1e6 } });
    expect(events).toMatchObject([
      { type: 'call.started', ...TARGET },
      { type: 'call.finished', hubMs: 0, upstreamMs: 0 },
    ]);
  });
});
