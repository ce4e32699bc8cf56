import { describe, expect, test } from 'vitest';
import { jointOffer, mergedInstructions, offeredCapabilities } from '../../src/catalog/offered-capabilities.ts';
import type { UpstreamIdentity } from '../../src/dispatch/call.ts';
import type { Era } from '../../src/protocol/era.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { verifies } from '../e2e/requirements/verifies.ts';

const identity = (capabilities: JsonObject, era: Era = 'legacy'): UpstreamIdentity => ({
  era,
  protocolVersion: '2025-11-25',
  capabilities,
  serverInfo: { name: 'up', version: '1' },
  instructions: undefined,
  mirrorsArguments: false,
});
const offer = (...all: JsonObject[]): JsonObject =>
  offeredCapabilities(
    all.map((capabilities) => identity(capabilities)),
    'legacy',
  );

describe('what the hub offers', () => {
  test('is what its upstreams have together, and nothing that none has', () => {
    verifies('tools:capability', 'prompts:capability', 'completion:capability', 'logging:capability');
    expect(offer({})).toEqual({});
    expect(offer({ tools: {} }, { prompts: { listChanged: false } })).toEqual({
      tools: { listChanged: true },
      prompts: { listChanged: true },
    });
    expect(offer({ completions: {}, logging: {} }, { tools: {} })).toEqual({
      tools: { listChanged: true },
      completions: {},
      logging: {},
    });
  });

  test('has subscriptions where one upstream has them', () => {
    verifies('resources:capability');
    const [without, with_] = [{ resources: {} }, { resources: { subscribe: true } }];
    expect(offer(without)).toMatchObject({ resources: { subscribe: false } });
    expect(offer(without, with_)).toMatchObject({ resources: { subscribe: true } });
  });

  test('has the extensions that it can route, as the first upstream declares them, and no others', () => {
    verifies('version:extensions:advertised');
    const ui = 'io.modelcontextprotocol/ui';
    expect(offer({ extensions: { [ui]: { a: 1 }, 'com.example/x': {} } }, { extensions: { [ui]: { a: 2 } } })).toEqual({
      extensions: { [ui]: { a: 1 } },
    });
    expect(offer({ extensions: { 'com.example/x': {} } }, { extensions: 'all' })).toEqual({});
  });

  describe('of tasks', () => {
    const LEGACY_TASKS = { tasks: { list: {}, requests: { tools: { call: {} } } } };
    const EXTENSION = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
    const both = [identity(LEGACY_TASKS, 'legacy'), identity(EXTENSION, 'modern')];

    test('is what upstreams of the era of the client have: tasks are not carried across', () => {
      expect(offeredCapabilities(both, 'legacy')).toEqual(LEGACY_TASKS);
      expect(offeredCapabilities(both, 'modern')).toEqual(EXTENSION);
      expect(offeredCapabilities([identity(LEGACY_TASKS, 'modern'), identity(EXTENSION)], 'legacy')).toEqual({});
      expect(offeredCapabilities([identity(EXTENSION)], 'modern')).toEqual({});
    });

    test('is what they have together', () => {
      const call = { requests: { tools: { call: {} } } };
      expect(offer({ tasks: { cancel: {} } }, { tasks: call })).toEqual({ tasks: { list: {}, cancel: {}, ...call } });
      expect(offer({ tasks: { list: {}, requests: {} } })).toEqual({});
      expect(offer({ tasks: true }, { tasks: { requests: { tools: true } } })).toEqual({});
    });
  });

  test('is not misled by capabilities of a wrong shape', () => {
    expect(offer({ tools: true, prompts: null, resources: [], logging: 'yes' })).toEqual({});
  });
});

describe('while an upstream is unknown', () => {
  const ui = { 'io.modelcontextprotocol/ui': {} };
  const known = { identity: { ...identity({ extensions: ui }), instructions: 'Be kind.' }, hasFailed: false };
  const unknown = { identity: undefined, hasFailed: false };
  const failed = { identity: undefined, hasFailed: true };

  test('all that it may have is offered, beside what is known of the others and their instructions', () => {
    const { capabilities, instructions } = jointOffer(
      [
        ['a', known],
        ['b', unknown],
      ],
      'legacy',
    );
    expect(Object.keys(capabilities).toSorted()).toEqual([
      'completions',
      'extensions',
      'logging',
      'prompts',
      'resources',
      'tools',
    ]);
    expect(capabilities).toMatchObject({ extensions: ui, resources: { subscribe: true, listChanged: true } });
    expect(instructions).toBe('# a\n\nBe kind.');
  });

  test('all is offered where nothing is configured yet, and only what is known where it could not be reached', () => {
    expect(Object.keys(jointOffer([], 'legacy').capabilities)).toHaveLength(5);
    expect(
      jointOffer(
        [
          ['a', known],
          ['b', failed],
        ],
        'legacy',
      ),
    ).toEqual({
      capabilities: { extensions: ui },
      instructions: '# a\n\nBe kind.',
    });
  });
});

describe('the instructions of all upstreams', () => {
  test('stand under the name of each', () => {
    expect(
      mergedInstructions([
        ['a', ' Be kind. '],
        ['b', undefined],
        ['c', '  '],
        ['d', 'Be quick.'],
      ]),
    ).toBe('# a\n\nBe kind.\n\n# d\n\nBe quick.');
  });

  test('are none where there are none', () => {
    expect(
      mergedInstructions([
        ['a', undefined],
        ['b', ''],
      ]),
    ).toBeUndefined();
    expect(mergedInstructions([])).toBeUndefined();
  });

  test('are cut where they are long, each and all together', () => {
    const long = 'x'.repeat(5000);
    const one = mergedInstructions([['a', long]]) ?? '';
    expect(one.endsWith(' ...')).toBe(true);
    expect(one.length).toBeLessThan(2100);
    const many = mergedInstructions(Array.from({ length: 20 }, (_, index) => [`s${index}`, long] as const)) ?? '';
    expect(many.length).toBeLessThanOrEqual(16_000);
  });
});
