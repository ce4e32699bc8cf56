import { describe, expect, test } from 'vitest';
import { createLogTurns } from '../../../src/downstream/http/log-turns.ts';

/** What gives the log's own word for each message, and what has gone on. */
const setUp = () => {
  const gates: PromiseWithResolvers<void>[] = [];
  let isBehind = true;
  const turns = createLogTurns(() => {
    if (!isBehind) return undefined;
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  });
  const gone: string[] = [];
  const take = async (name: string, session: string | undefined, isLogged = true): Promise<void> => {
    const turn = turns.waitFor(session, isLogged);
    if (turn !== undefined) await turn;
    gone.push(name);
  };
  const catchUp = (): void => {
    isBehind = false;
  };
  return { gates, turns, gone, take, catchUp };
};

describe('what is logged, while the log is behind', () => {
  test('goes on in the order in which it came in its session, whichever is let go first', async () => {
    const { gates, gone, take } = setUp();
    const all = [take('a1', 'a'), take('a2', 'a'), take('a3', 'a', false), take('b1', 'b')];
    gates[1]?.resolve();
    gates[2]?.resolve();
    await all[3];
    expect(gone).toEqual(['b1']);
    gates[0]?.resolve();
    await Promise.all(all);
    expect(gone).toEqual(['b1', 'a1', 'a2', 'a3']);
  });

  test('has what comes after it wait also where the log has caught up meanwhile', async () => {
    const { gates, gone, take, catchUp } = setUp();
    const first = take('first', 'a');
    catchUp();
    const second = take('second', 'a');
    await take('of another', 'b');
    await take('of none', undefined);
    expect(gone).toEqual(['of another', 'of none']);
    gates[0]?.resolve();
    await Promise.all([first, second]);
    expect(gone.slice(2)).toEqual(['first', 'second']);
  });

  test('leaves no trace: after it a message of the same session goes on at once', async () => {
    const { gates, turns, take, catchUp } = setUp();
    const first = take('first', 'a');
    gates[0]?.resolve();
    await first;
    catchUp();
    expect(turns.waitFor('a', true)).toBeUndefined();
  });

  test('has nothing else wait', () => {
    const { turns } = setUp();
    expect(turns.waitFor('a', false)).toBeUndefined();
    expect(createLogTurns().waitFor('a', true)).toBeUndefined();
  });
});
