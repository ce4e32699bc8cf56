import { expect, test } from 'vitest';
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
