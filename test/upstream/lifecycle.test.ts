import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent, UpstreamState } from '../../src/events/events.ts';
import { createLifecycle, TRANSITIONS } from '../../src/upstream/lifecycle.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { createCall } from '../support/calls.ts';
import { legacyServer } from '../support/linked-servers.ts';
import { createLinkedTransport, type LinkedPeer } from '../support/linked-transport.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const STATES = Object.keys(TRANSITIONS) as UpstreamState[];

const watch = () => {
  const bus = createEventBus();
  const events: HubEvent[] = [];
  bus.listen((event) => events.push(event));
  const states = () => events.flatMap((event) => (event.type === 'upstream.state' ? [event] : []));
  return { bus, states };
};

/** Whether each state can be come to from the one before it, `idle` being the first. */
const expectLegal = (states: readonly UpstreamState[]): void => {
  for (const [index, state] of states.entries()) expect(TRANSITIONS[states[index - 1] ?? 'idle']).toContain(state);
};

describe('the lifecycle of an upstream', () => {
  test('goes where the table says, tells each step with its reason, and goes nowhere else', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STATES)), (wishes) => {
        const { bus, states } = watch();
        const lifecycle = createLifecycle('up', bus);
        let model: UpstreamState = 'idle';
        let moves = 0;
        for (const wish of wishes) {
          const isLegal = TRANSITIONS[model].includes(wish);
          expect(lifecycle.move(wish, `to ${wish}`)).toBe(isLegal);
          if (isLegal) {
            model = wish;
            moves += 1;
          }
          expect(lifecycle.state).toBe(model);
        }
        expect(states()).toHaveLength(moves);
        expectLegal(states().map(({ state }) => state));
        for (const { state, reason } of states()) expect(reason).toBe(`to ${state}`);
      }),
    );
  });

  test('comes to every state from idle, and never to the one it is in', () => {
    const reached = new Set<UpstreamState>(['idle']);
    for (const state of reached) for (const next of TRANSITIONS[state]) reached.add(next);
    expect([...reached].sort()).toEqual([...STATES].sort());
    for (const state of STATES) expect(TRANSITIONS[state]).not.toContain(state);
  });
});

type Step = 'call' | 'crash' | 'doubt' | 'trust' | 'broken' | 'sound' | 'settings';

const STEPS: readonly Step[] = ['call', 'crash', 'doubt', 'trust', 'broken', 'sound', 'settings'];

describe('an upstream that anything happens to', () => {
  test('is never in a state that it cannot have come to, and always says why it is in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...STEPS), { maxLength: 20 }),
        fc.boolean(),
        async (steps, isRetired) => {
          const { bus, states } = watch();
          const peers: LinkedPeer[] = [];
          let isBroken = false;
          const upstream = new Upstream({
            config: upstreamConfig('up'),
            bus,
            createTransport: async () => {
              if (isBroken) throw new Error('there is no such program');
              const { transport, peer } = createLinkedTransport(
                legacyServer((message, own) => {
                  if (message.id !== undefined) own.answer(message, {});
                }),
              );
              peers.push(peer);
              return transport;
            },
            readEraVerdict: async () => 'legacy',
            clientInfo: { name: 'hub', version: '0' },
            capabilities: {},
            answerUnattributed: async () => ({ ok: true, result: {} }),
          });
          const act: Readonly<Record<Step, () => unknown>> = {
            call: () => upstream.call(createCall()),
            crash: () => peers.at(-1)?.end({ reason: 'it crashed' }),
            doubt: () => upstream.doubt('breaker', 'its calls fail'),
            trust: () => upstream.trust('breaker', 'it answers again'),
            broken: () => {
              isBroken = true;
            },
            sound: () => {
              isBroken = false;
            },
            settings: () => upstream.applyOptions(),
          };
          for (const step of steps) await act[step]();
          if (isRetired) await upstream.retire({ graceMs: 0, reason: 'another takes its place' });
          await upstream.stop();
          expectLegal(states().map(({ state }) => state));
          for (const { reason } of states()) expect(reason).not.toBe('');
        },
      ),
      { numRuns: 200 },
    );
  });
});
