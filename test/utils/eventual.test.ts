import { describe, expect, onTestFinished, test } from 'vitest';
import { Eventual, follow } from '../../src/utils/eventual.ts';

describe('what comes later', () => {
  test('is told to all who follow in the turn in which it is settled, in the order of their coming', () => {
    const heard: string[] = [];
    const eventual = new Eventual<string>();
    eventual.then((value) => heard.push(`first ${value}`));
    eventual.then((value) => heard.push(`second ${value}`));
    eventual.then((value) => heard.push(`third ${value}`));
    eventual.resolve('a');
    expect(heard).toEqual(['first a', 'second a', 'third a']);
  });

  test('goes through a chain of steps in one turn', () => {
    const eventual = new Eventual<number>();
    let result = 0;
    eventual
      .then((value) => value + 1)
      .then((value) => value * 2)
      .then((value) => {
        result = value;
      });
    eventual.resolve(3);
    expect(result).toBe(8);
  });

  test('is settled once', () => {
    const heard: unknown[] = [];
    const eventual = new Eventual<string>();
    eventual.then(
      (value) => heard.push(value),
      (reason) => heard.push(reason),
    );
    eventual.resolve('a');
    eventual.resolve('b');
    eventual.reject('c');
    expect(heard).toEqual(['a']);
  });

  test('is told at once to one who follows after it was settled', () => {
    const eventual = new Eventual<string>();
    eventual.resolve('a');
    const heard: string[] = [];
    eventual.then((value) => heard.push(value));
    expect(heard).toEqual(['a']);
  });

  test('is rejected with what a step throws, which a later step may take', async () => {
    const eventual = new Eventual<string>();
    const taken = eventual
      .then(() => {
        throw new Error('a step failed');
      })
      .then(
        () => 'not told',
        (reason: unknown) => (reason as Error).message,
      );
    eventual.resolve('a');
    expect(await taken).toBe('a step failed');
  });

  test('passes a rejection by those who do not take it', async () => {
    const eventual = new Eventual<string>();
    const passed = eventual.then(() => 'not told');
    eventual.reject('reason');
    await expect(passed).rejects.toBe('reason');
  });

  test('waits for a step that gives a promise, or another one of its kind', async () => {
    const inner = new Eventual<string>();
    const eventual = new Eventual<string>();
    const byPromise = eventual.then(async (value) => `${value} by promise`);
    const heard: string[] = [];
    eventual.then(() => inner).then((value) => heard.push(value));
    eventual.resolve('a');
    expect(heard).toEqual([]);
    inner.resolve('b');
    expect(heard).toEqual(['b']);
    expect(await byPromise).toBe('a by promise');
    await expect(eventual.then(() => Promise.reject(new Error('late')))).rejects.toThrow('late');
  });

  test('hands a follower what it was to be handed besides, of whatever kind the promise is', async () => {
    const heard: string[] = [];
    const note = (value: string, whom: string) => void heard.push(`${whom} hears ${value}`);
    const noteFailure = (reason: unknown, whom: string) => void heard.push(`${whom} hears of ${String(reason)}`);
    const [good, bad] = [new Eventual<string>(), new Eventual<string>()];
    follow(good, 'one', note, noteFailure);
    follow(bad, 'two', note, noteFailure);
    good.resolve('a');
    bad.reject('b');
    expect(heard).toEqual(['one hears a', 'two hears of b']);
    await follow(Promise.resolve('c'), 'three', note, noteFailure);
    await follow(Promise.reject(new Error('d')), 'four', note, noteFailure);
    expect(heard.slice(2)).toEqual(['three hears c', 'four hears of Error: d']);
  });

  test('waits for whatever can be waited for', async () => {
    const eventual = new Eventual<string>();
    // biome-ignore lint/suspicious/noThenProperty: a thenable of a foreign kind is what is tested
    const foreign = { then: (tell: (value: string) => void) => tell('from elsewhere') } as PromiseLike<string>;
    const value = eventual.then(() => foreign);
    eventual.resolve('a');
    expect(await value).toBe('from elsewhere');
  });

  test('is an unhandled rejection where nobody follows, and only there', async () => {
    const unhandled: unknown[] = [];
    const before = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => unhandled.push(reason));
    onTestFinished(() => {
      process.removeAllListeners('unhandledRejection');
      for (const listener of before) process.on('unhandledRejection', listener);
    });
    const [alone, last, awaited] = [new Eventual<string>(), new Eventual<string>(), new Eventual<string>()];
    last.then(() => {
      throw new Error('the last of a chain');
    });
    const taken = (async () => awaited)().catch((reason: unknown) => reason);
    alone.reject(new Error('nobody follows'));
    last.resolve('a');
    awaited.reject(new Error('somebody awaits it'));
    expect(await taken).toMatchObject({ message: 'somebody awaits it' });
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled.map((reason) => (reason as Error).message)).toEqual(['nobody follows', 'the last of a chain']);
  });

  test('can be awaited, and raced', async () => {
    const eventual = new Eventual<string>();
    const raced = Promise.race([eventual, new Promise<never>(() => {})]);
    eventual.resolve('a');
    expect([await eventual, await raced]).toEqual(['a', 'a']);
  });
});
