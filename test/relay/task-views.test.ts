import { expect, test } from 'vitest';
import { createTaskViews } from '../../src/relay/task-views.ts';
import type { View } from '../../src/relay/view.ts';
import { LEGACY_CLIENT, MODERN_CLIENT } from '../support/calls.ts';
import { createCore } from '../support/create-core.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';

const create = () => {
  const [first, second]: View[] = [1, 2].map(() => createCore([createFakeUpstream('up')]).view) as [View, View];
  const views = createTaskViews(
    ({ capabilities }) => (capabilities['sampling'] === undefined ? first : second) as View,
  );
  for (const view of [first, second]) if (view !== undefined) views.note(view);
  first?.tasks.learn(MODERN_CLIENT.id, 'up', { resultType: 'task', taskId: 't' });
  return { views, first, second };
};
const CAN_SAMPLE = { ...MODERN_CLIENT, capabilities: { sampling: {} } };

test('a task stays with the processes that made it when its client declares something else', () => {
  const { views, first } = create();
  expect([views.of(MODERN_CLIENT, 't'), views.of(CAN_SAMPLE, 't')]).toEqual([first, first]);
});

test('a client without such a task is where it always is', () => {
  const { views, second } = create();
  const stranger = { ...CAN_SAMPLE, id: 'stranger' };
  expect(views.of(stranger, 't')).toBe(second);
  expect(views.of(CAN_SAMPLE, 'unknown')).toBe(second);
  expect(views.of(CAN_SAMPLE, 7)).toBe(second);
});

test('a session has one view', () => {
  const { views, second } = create();
  expect(views.of({ ...LEGACY_CLIENT, capabilities: { sampling: {} } }, 't')).toBe(second);
});
