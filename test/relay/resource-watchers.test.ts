import { describe, expect, test } from 'vitest';
import type { Target } from '../../src/dispatch/call.ts';
import { createResourceWatchers } from '../../src/relay/resource-watchers.ts';
import { errorReply, resultReply } from '../support/calls.ts';
import { createFakeUpstream, upstreamSet } from '../support/fake-upstream.ts';

const NEVER = new AbortController().signal;

const target = (ownName: string, qualifiedName = ownName, upstream = 'up'): Target => ({
  upstream,
  ownName,
  qualifiedName,
});

const create = (refuse: ReadonlySet<string> = new Set()) => {
  const watch = (uri: string) => (refuse.has(uri) ? errorReply(-32002, 'no such thing') : resultReply({}));
  const up = createFakeUpstream('up', { watch });
  const other = createFakeUpstream('other', { watch });
  const watchers = createResourceWatchers(upstreamSet(up, other));
  const createWatcher = () => {
    const told: string[] = [];
    return { told, watcher: (uri: string) => void told.push(uri) };
  };
  return { up, other, watchers, createWatcher };
};

describe('a watched resource', () => {
  test('is told of to everybody who watches it, and to nobody else', async () => {
    const { up, other, watchers, createWatcher } = create();
    const [one, two, three] = [createWatcher(), createWatcher(), createWatcher()];
    await watchers.watch(one.watcher, target('test://a'), NEVER);
    await watchers.watch(two.watcher, target('test://a'), NEVER);
    await watchers.watch(three.watcher, target('test://b'), NEVER);
    up.tellUpdate('test://a');
    other.tellUpdate('test://a');
    expect([one.told, two.told, three.told]).toEqual([['test://a'], ['test://a'], []]);
  });

  test('is told of by the URI under which it is watched', async () => {
    const { other, watchers, createWatcher } = create();
    const { told, watcher } = createWatcher();
    await watchers.watch(watcher, target('test://a', 'mcp-hub://other/test%3A%2F%2Fa', 'other'), NEVER);
    other.tellUpdate('test://a');
    expect(told).toEqual(['mcp-hub://other/test%3A%2F%2Fa']);
  });

  test('covers what is in it, by the URI under which the hub has that', async () => {
    const { other, watchers, createWatcher } = create();
    const { told, watcher } = createWatcher();
    await watchers.watch(watcher, target('test://a', 'mcp-hub://other/test%3A%2F%2Fa', 'other'), NEVER);
    other.tellUpdate('test://a/%2F b');
    expect(told).toEqual(['mcp-hub://other/raw/test://a/%2F b']);
  });

  test('covers what is in it, by the URI of that', async () => {
    const { up, watchers, createWatcher } = create();
    const { told, watcher } = createWatcher();
    await watchers.watch(watcher, target('test://dir'), NEVER);
    await watchers.watch(watcher, target('test://end/'), NEVER);
    for (const uri of ['test://dir/file', 'test://directory', 'test://end/x', 'test://end', 'test://di'])
      up.tellUpdate(uri);
    expect(told).toEqual(['test://dir/file', 'test://end/x']);
  });

  test('is asked for at the upstream once per watcher, however often a watcher says so', async () => {
    const { up, watchers, createWatcher } = create();
    const [one, two] = [createWatcher(), createWatcher()];
    for (const { watcher } of [one, one, two, one]) await watchers.watch(watcher, target('test://a'), NEVER);
    expect(up.watched).toEqual(['test://a', 'test://a']);
    up.tellUpdate('test://a');
    expect(one.told).toEqual(['test://a']);
  });

  test('is given up by its own watcher alone', async () => {
    const { up, watchers, createWatcher } = create();
    const [one, two] = [createWatcher(), createWatcher()];
    for (const { watcher } of [one, two]) await watchers.watch(watcher, target('test://a'), NEVER);
    watchers.unwatch(one.watcher, 'test://a');
    watchers.unwatch(one.watcher, 'test://a');
    watchers.unwatch(two.watcher, 'test://never');
    expect(up.watched).toEqual(['test://a']);
    up.tellUpdate('test://a');
    expect([one.told, two.told]).toEqual([[], ['test://a']]);
  });

  test('that the upstream refuses is not watched; the watcher is told why and may try again', async () => {
    const refuse = new Set(['test://a']);
    const { up, watchers, createWatcher } = create(refuse);
    const { told, watcher } = createWatcher();
    expect(await watchers.watch(watcher, target('test://a'), NEVER)).toMatchObject({ error: { code: -32002 } });
    up.tellUpdate('test://a');
    expect([told, up.watched]).toEqual([[], []]);
    refuse.clear();
    expect(await watchers.watch(watcher, target('test://a'), NEVER)).toBeUndefined();
    expect(up.watched).toEqual(['test://a']);
  });
});

test('a watcher that goes gives up everything it watches, at every upstream', async () => {
  const { up, other, watchers, createWatcher } = create();
  const [one, two] = [createWatcher(), createWatcher()];
  await watchers.watch(one.watcher, target('test://a'), NEVER);
  await watchers.watch(one.watcher, target('test://b', 'test://b', 'other'), NEVER);
  await watchers.watch(two.watcher, target('test://a'), NEVER);
  watchers.drop(one.watcher);
  watchers.drop(one.watcher);
  expect([up.watched, other.watched]).toEqual([['test://a'], []]);
  up.tellUpdate('test://a');
  expect([one.told, two.told]).toEqual([[], ['test://a']]);
});
