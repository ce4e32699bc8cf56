import { expect, test } from 'vitest';
import type { UpstreamHandle, UpstreamSet } from '../../src/dispatch/call.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { LIST_KINDS } from '../../src/protocol/methods.ts';
import { createCatalog, settle } from '../support/create-catalog.ts';
import { closedReply, createFakeUpstream, tool } from '../support/fake-upstream.ts';

/** Three servers that take each other's place; the second answers no list before it ends. */
const create = async (rereadsKnown: boolean) => {
  const ends = Promise.withResolvers<Reply>();
  const first = createFakeUpstream('up', { definitions: { tools: [tool('one')] } });
  const second = createFakeUpstream('up', { definitions: { tools: [tool('two')] }, answer: () => ends.promise });
  const third = createFakeUpstream('up', { definitions: { tools: [tool('three')] } });
  const all = [first, second, third];
  let present: UpstreamHandle = {
    ...first,
    onReady: (listener) => {
      for (const each of all) each.onReady(listener);
    },
    onListChanged: (listener) => {
      for (const each of all) each.onListChanged(listener);
    },
  };
  const upstreams: UpstreamSet = { names: ['up'], get: () => present };
  const under = createCatalog([first], { upstreams, rereadsKnown });
  for (const kind of LIST_KINDS) {
    await under.catalog.ready(kind);
    under.catalog.markServed(kind);
  }
  const replaceBy = async (next: UpstreamHandle): Promise<void> => {
    present = next;
    under.catalog.apply({ added: [], removed: [], replaced: new Map([['up', { wasRunning: true }]]) });
    await settle();
  };
  const end = async (): Promise<void> => {
    ends.resolve(closedReply('up'));
    await settle();
  };
  return { ...under, second, third, replaceBy, end };
};

test.each([
  ['read again at each connection', true],
  ['not read again', false],
])(
  'a server that takes the place of one that is just being read is read itself, with lists that are %s',
  async (_, rereads) => {
    const { namesOf, announced, second, third, replaceBy, end } = await create(rereads);
    await replaceBy(second);
    expect(second.requests).toEqual(['tools/list']);
    await replaceBy(third);
    expect(third.connects).toBeGreaterThan(0);
    await end();
    expect(namesOf('tools')).toEqual(['up__three']);
    expect(announced).toEqual([['tools']]);
  },
);
