import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METHODS } from '../../src/protocol/methods.ts';
import { objectText } from '../support/arbitrary-json.ts';
import { createCore, modernMeta } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

const method = fc.constantFrom(...Object.keys(METHODS), 'no/such/method', 'constructor', '__proto__', 'toString');

/** Members that mean something, with values of any type. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, 5, '', 'x', 'math__nothing', [], {}, ['x'], { uri: 'x' }),
  fc.constantFrom<unknown>({ type: 'ref/prompt' }, { type: 'ref/resource', uri: 5 }, { name: 'x', value: 'y' }),
  fc.constantFrom<unknown>({ toolsListChanged: 'yes' }, { resourceSubscriptions: [5] }, 'mcp-hub:forged'),
);
const oddParams = fc.dictionary(
  fc.constantFrom(
    'name',
    'uri',
    'arguments',
    'cursor',
    'level',
    'taskId',
    'ref',
    'argument',
    'notifications',
    'requestState',
  ),
  odd,
  { noNullPrototype: true },
);
const oddMeta = fc.dictionary(
  fc.constantFrom(...Object.keys(modernMeta()), 'io.modelcontextprotocol/logLevel', 'progressToken'),
  odd,
  { noNullPrototype: true },
);

const open = () => {
  const upstream = createFakeUpstream('math', { definitions: { tools: [tool('add')], prompts: [], resources: [] } });
  const core = createCore([upstream]);
  return { core, upstream, client: core.connect() };
};

/** Each error that was answered has one row of its own, with a code that is the answer's or its like in the other era. */
const expectRows = ({ core, client, upstream }: ReturnType<typeof open>, id: number | string): void => {
  const answers = client.answersTo(id);
  expect(answers.length).toBeLessThanOrEqual(1);
  const code = answers[0]?.error?.code;
  const rows = core.eventsOf('call.finished');
  expect(upstream.calls).toEqual([]);
  if (code === undefined) expect(rows).toEqual([]);
  else {
    expect(rows.map(({ errorCode }) => errorCode)).toEqual([code === -32002 ? -32602 : code]);
    expect(['denied', 'error']).toContain(rows[0]?.outcome);
  }
};

describe('a request that no upstream can take is answered once, and has one row where it is refused,', () => {
  test('from a legacy client', async () => {
    await fc.assert(
      fc.asyncProperty(method, oddParams, async (name, params) => {
        const world = open();
        await world.client.open();
        world.client.line(JSON.stringify({ jsonrpc: '2.0', id: 'odd', method: name, params }));
        await world.client.connection.settled();
        expect(world.client.answersTo('odd')).toHaveLength(1);
        expectRows(world, 'odd');
      }),
      { numRuns: 300 },
    );
  });

  test('from a modern client', async () => {
    await fc.assert(
      fc.asyncProperty(method, oddParams, oddMeta, async (name, params, meta) => {
        const world = open();
        await world.client.modern('server/discover', {}, 'first');
        const _meta = { ...modernMeta(), ...meta };
        world.client.line(JSON.stringify({ jsonrpc: '2.0', id: 'odd', method: name, params: { ...params, _meta } }));
        await world.client.connection.settled();
        expectRows(world, 'odd');
        // A subscription is answered when it ends.
        if (name !== 'subscriptions/listen') expect(world.client.answersTo('odd')).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  test('with params of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(method, objectText, async (name, params) => {
        const world = open();
        await world.client.open();
        world.client.line(
          `{"jsonrpc":"2.0","id":"odd","method":"${name}","params":${params.replaceAll(/[\r\n]/g, ' ')}}`,
        );
        await world.client.connection.settled();
        expectRows(world, 'odd');
      }),
      { numRuns: 300 },
    );
  });
});
