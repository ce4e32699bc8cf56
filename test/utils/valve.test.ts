import { expect, test } from 'vitest';
import { createGate, createValve, type Flow } from '../../src/utils/valve.ts';

const createFlow = () => {
  const told: string[] = [];
  const flow: Flow = { pause: () => void told.push('pause'), resume: () => void told.push('resume') };
  return { told, flow };
};

test('a valve holds up all its flows, and lets them go on', () => {
  const valve = createValve();
  const [one, two] = [createFlow(), createFlow()];
  valve.add(one.flow);
  valve.add(two.flow);
  valve.open();
  expect(one.told).toEqual([]);
  valve.shut();
  valve.shut();
  expect([one.told, two.told]).toEqual([['pause'], ['pause']]);
  valve.open();
  expect([one.told, two.told]).toEqual([
    ['pause', 'resume'],
    ['pause', 'resume'],
  ]);
});

test('a flow that joins a shut valve is held up, and one that leaves it goes on', () => {
  const valve = createValve();
  const { told, flow } = createFlow();
  valve.shut();
  valve.add(flow);
  valve.remove(flow);
  valve.remove(flow);
  valve.open();
  expect(told).toEqual(['pause', 'resume']);
});

test('a gate lets nothing pass while it is held up', async () => {
  const gate = createGate();
  expect(gate.passed()).toBeUndefined();
  gate.pause();
  const passed: string[] = [];
  const waiting = [1, 2].map(async (name) => {
    await gate.passed();
    passed.push(`passed ${name}`);
  });
  gate.pause();
  await Promise.resolve();
  expect(passed).toEqual([]);
  gate.resume();
  await Promise.all(waiting);
  expect(passed).toEqual(['passed 1', 'passed 2']);
  expect(gate.passed()).toBeUndefined();
});
