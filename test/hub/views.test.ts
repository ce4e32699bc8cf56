import { afterEach, describe, expect, test } from 'vitest';
import type { HubConfig } from '../../src/config/hub-config.ts';
import type { Answer, Question } from '../../src/dispatch/question.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { createViews, type HubView, type Views } from '../../src/hub/views.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { UpstreamPool } from '../../src/upstream/pool.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createFakeUpstream, tool, upstreamSet } from '../support/fake-upstream.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const config = {
  upstreams: [upstreamConfig('up')],
  routes: [],
  separator: '__',
  maxNameLength: 54,
  limits: { tools: 100 },
  timeouts: { firstListMs: 1000 },
} as unknown as HubConfig;

const NEVER = new AbortController().signal;

interface Opened {
  readonly capabilities: JsonObject;
  readonly answer: (question: Question, withdrawn: AbortSignal) => Promise<Answer>;
  isStopped: boolean;
}

let views: Views | undefined;
afterEach(() => views?.close());

const create = () => {
  const opened: Opened[] = [];
  const created = createViews({
    configOf: () => config,
    bus: createEventBus(() => {}),
    createPool: (capabilities, answer) => {
      const pool: Opened = { capabilities, answer, isStopped: false };
      opened.push(pool);
      // Its tools are named by what was declared to it.
      const name = Object.keys(capabilities).join('_') || 'nothing';
      const upstream = createFakeUpstream('up', { definitions: { tools: [tool(name)] } });
      const stop = async (): Promise<void> => {
        pool.isStopped = true;
      };
      return { ...upstreamSet(upstream), stop } as unknown as UpstreamPool;
    },
  });
  views = created;
  const toolsOf = async (view: HubView): Promise<string[]> => {
    await view.catalog.ready('tools');
    return view.catalog.list('tools').entries.map(({ listedName }) => listedName);
  };
  return { of: (capabilities: JsonObject) => created.of({ capabilities }), opened, toolsOf, views: created };
};

describe('clients', () => {
  test('of the same capabilities share their upstreams, whatever the order they declare them in', () => {
    verifies('base:stateless:process-is-no-conversation');
    const { of, opened } = create();
    const views = [of({ roots: { a: 1, b: 2 }, sampling: {} }), of({ sampling: {}, roots: { b: 2, a: 1 } })];
    expect(views[0]).toBe(views[1]);
    expect(opened).toHaveLength(1);
  });

  test('of other capabilities have upstreams of their own, and see what those offer to them', async () => {
    const { of, opened, toolsOf } = create();
    const [plain, asking] = [of({}), of({ elicitation: {} })];
    expect(await Promise.all([toolsOf(plain), toolsOf(asking)])).toEqual([['up__nothing'], ['up__elicitation']]);
    expect(opened.map(({ capabilities }) => capabilities)).toEqual([{}, { elicitation: {} }]);
  });

  test('of more than eight sets of capabilities share the upstreams to which nothing is declared', () => {
    const { of, opened } = create();
    const profiles = Array.from({ length: 12 }, (_, index) => ({ roots: { index } }));
    const views = profiles.map((capabilities) => of(capabilities));
    expect(opened).toHaveLength(9);
    expect(opened.at(-1)?.capabilities).toEqual({});
    expect(new Set(views.slice(8)).size).toBe(1);
    expect(of({})).toBe(views[8]);
    expect(of({ roots: { index: 3 } })).toBe(views[3]);
  });
});

describe('a question that belongs to no call', () => {
  const question = (method: Question['method']): Question => ({ upstream: 'up', key: '1', method, params: {} });

  test('goes to the only session there is', async () => {
    const { of, opened } = create();
    const asked: Question[] = [];
    const session = {
      ask: async (put: Question): Promise<Answer> => {
        asked.push(put);
        return { ok: true, result: { roots: [{ uri: 'file:///a' }] } };
      },
    };
    of({ roots: {} }).sessions.add(session);
    expect(await opened[0]?.answer(question('roots/list'), NEVER)).toMatchObject({
      result: { roots: [{ uri: 'file:///a' }] },
    });
    expect(asked).toHaveLength(1);
  });

  test.each([0, 2])('with %i sessions is answered by the hub: no roots, and nobody to ask', async (count) => {
    const { of, opened } = create();
    const view = of({});
    for (let index = 0; index < count; index += 1) {
      view.sessions.add({ ask: () => Promise.reject(new HubError('INTERNAL', 'asked')) });
    }
    expect(await opened[0]?.answer(question('roots/list'), NEVER)).toEqual({ ok: true, result: { roots: [] } });
    expect(await opened[0]?.answer(question('elicitation/create'), NEVER)).toMatchObject({
      ok: false,
      error: { code: -31032, message: 'no call is under way whose client could be asked' },
    });
  });
});

test('the end of the hub stops the upstreams of all views', async () => {
  const { of, opened, views } = create();
  of({});
  of({ sampling: {} });
  await views.close();
  expect(opened.map(({ isStopped }) => isStopped)).toEqual([true, true]);
});
