import { expect, test, vi } from 'vitest';
import { createTaskOwners } from '../../src/relay/task-owners.ts';
import { verifies } from '../e2e/requirements/verifies.ts';

test('a task of either era is found by the client that it was made for', () => {
  verifies('tasks:owner');
  const owners = createTaskOwners();
  owners.learn('a', 'up', { resultType: 'task', taskId: 't1' });
  owners.learn('a', 'other', { task: { taskId: 't2' } });
  expect([owners.ownerOf('a', 't1'), owners.ownerOf('a', 't2')]).toEqual(['up', 'other']);
});

test('a task of another client is as unknown as any', () => {
  verifies('tasks:owner', 'tasks:legacy:owner');
  const owners = createTaskOwners();
  owners.learn('a', 'up', { resultType: 'task', taskId: 't1' });
  expect([owners.ownerOf('b', 't1'), owners.ownerOf('a', 't2'), owners.ownerOf('', 'a\0t1')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('a result that is no task makes none', () => {
  const owners = createTaskOwners();
  for (const result of [
    { taskId: 't' },
    { resultType: 'task', taskId: 5 },
    { task: 't' },
    { task: { taskId: null } },
  ]) {
    owners.learn('a', 'up', result);
  }
  expect(owners.ownerOf('a', 't')).toBeUndefined();
});

test('the oldest of very many tasks is forgotten', () => {
  const owners = createTaskOwners();
  for (let index = 0; index <= 10_000; index += 1) owners.learn('a', 'up', { task: { taskId: `t${index}` } });
  expect([owners.ownerOf('a', 't0'), owners.ownerOf('a', 't1')]).toEqual([undefined, 'up']);
});

test('a task stays with the upstream that made it, whoever else gives out its id', () => {
  const owners = createTaskOwners();
  owners.learn('a', 'up', { task: { taskId: 't' } });
  owners.learn('a', 'evil', { task: { taskId: 't' } });
  expect(owners.ownerOf('a', 't')).toBe('up');
});

test('the tasks of a client are known by their upstreams', () => {
  const owners = createTaskOwners();
  for (const [client, upstream, taskId] of [
    ['a', 'up', '1'],
    ['a', 'up', '2'],
    ['a', 'other', '3'],
    ['b', 'third', '4'],
  ] as const)
    owners.learn(client, upstream, { task: { taskId } });
  expect([...owners.tasksOf('a')]).toEqual([
    ['up', ['1', '2']],
    ['other', ['3']],
  ]);
  expect(owners.tasksOf('').size).toBe(0);
});

test('what an upstream says of a task is told to the client that owns it, and to no other', () => {
  const owners = createTaskOwners();
  const [a, b] = [vi.fn(), vi.fn()];
  const stop = owners.follow('a', a);
  owners.follow('b', b);
  owners.learn('a', 'up', { task: { taskId: 't' } });
  const task = { taskId: 't', status: 'completed' };
  owners.tell('up', task);
  owners.tell('evil', task);
  owners.tell('up', { taskId: 7 });
  expect(a.mock.calls).toEqual([[task]]);
  expect(b).not.toHaveBeenCalled();
  stop();
  owners.tell('up', task);
  expect(a).toHaveBeenCalledTimes(1);
});

test('what is said before the task itself is known is told after it', async () => {
  const owners = createTaskOwners();
  const listener = vi.fn();
  owners.follow('a', listener);
  owners.tell('up', { taskId: 't', status: 'working' });
  owners.tell('up', { taskId: 't', status: 'completed' });
  owners.tell('evil', { taskId: 't', status: 'failed' });
  owners.learn('a', 'up', { task: { taskId: 't' } });
  expect(listener).not.toHaveBeenCalled();
  await new Promise((resolve) => setImmediate(resolve));
  expect(listener.mock.calls).toEqual([[{ taskId: 't', status: 'completed' }]]);
});
