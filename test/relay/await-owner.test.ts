import { describe, expect, test } from 'vitest';
import { awaitOwner } from '../../src/relay/await-owner.ts';
import type { Resolution } from '../../src/relay/resolve.ts';
import { settle } from '../support/create-catalog.ts';

const ORDER = ['first', 'second', 'third'];

/** Upstreams that say what they offer when the test lets them; `owners` offer the name. */
const create = (owners: readonly string[], { signal = new AbortController().signal, claimMs = 60_000 } = {}) => {
  const loads = new Map(ORDER.map((name) => [name, Promise.withResolvers<void>()]));
  const known = new Set<string>();
  const find = (): Resolution | undefined => {
    const upstream = ORDER.find((name) => known.has(name) && owners.includes(name));
    return upstream === undefined ? undefined : { target: { upstream, qualifiedName: 'x', ownName: 'x' }, via: 'name' };
  };
  let owner: string | undefined | 'still searching' = 'still searching';
  const found = awaitOwner({
    upstreams: ORDER,
    comesBefore: (one, other) => ORDER.indexOf(one) < ORDER.indexOf(other),
    load: (name) => loads.get(name)?.promise ?? Promise.resolve(),
    find,
    signal,
    claimMs,
  });
  void found.then((resolution) => {
    owner = resolution?.target.upstream;
  });
  return {
    async answer(...names: readonly string[]) {
      for (const name of names) {
        known.add(name);
        loads.get(name)?.resolve();
      }
      await settle();
    },
    owner: () => owner,
    found,
  };
};

describe('the search for the owner of a name', () => {
  test('ends with the first that owns it, however long the ones after it are silent', async () => {
    const { answer, owner } = create(['second']);
    await answer('first');
    expect(owner()).toBe('still searching');
    await answer('second');
    expect(owner()).toBe('second');
  });

  test('gives one that comes before the owner the time to claim the name', async () => {
    const { answer, owner } = create(['first', 'third']);
    await answer('third', 'second');
    expect(owner()).toBe('still searching');
    await answer('first');
    expect(owner()).toBe('first');
  });

  test('does not wait for such a claim for ever', async () => {
    const { answer, found } = create(['third'], { claimMs: 1 });
    await answer('third');
    expect(await found).toMatchObject({ target: { upstream: 'third' } });
  });

  test('ends without an owner when all have answered and none owns it', async () => {
    const { answer, owner } = create([]);
    await answer(...ORDER);
    expect(owner()).toBeUndefined();
  });

  test('ends with what is known when it is given up', async () => {
    const stop = new AbortController();
    const { answer, owner } = create(['third'], { signal: stop.signal });
    await answer('third');
    expect(owner()).toBe('still searching');
    stop.abort();
    await settle();
    expect(owner()).toBe('third');
  });
});
