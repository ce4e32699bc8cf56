import { setImmediate as rendered } from 'node:timers/promises';
import { render } from 'ink-testing-library';
import { expect, test } from 'vitest';
import { App } from '../../src/monitor/app.tsx';
import { createFrameStore } from '../../src/monitor/frame-store.ts';
import { PLACES } from '../../src/monitor/places.ts';
import { createTheme } from '../../src/monitor/text/theme.ts';
import { createMonitor } from './support/create-monitor.ts';

const mount = () => {
  const monitor = createMonitor({ size: { columns: 100, rows: 24 } });
  const theme = createTheme({ hasColor: false, isAscii: false });
  const frames = createFrameStore(monitor.control, PLACES, theme);
  return { ...monitor, app: render(<App control={monitor.control} frames={frames} />) };
};

test('a key that is typed changes the frame', async () => {
  const { app, control } = mount();
  expect(app.lastFrame()).toContain('following');
  app.stdin.write('2');
  await rendered();
  expect(app.lastFrame()).toContain('needs login');
  app.stdin.write('1');
  app.stdin.write('k');
  await rendered();
  expect(control.state().isFollowing).toBe(false);
  app.unmount();
});

test('keys that come in one piece are pressed one after the other', async () => {
  const { app, control } = mount();
  app.stdin.write('3sn');
  await rendered();
  expect(control.state().toolSort.column).toBe('name');
  app.unmount();
});

test('a call that begins is seen without a key', async () => {
  const { app, clock } = mount();
  await rendered();
  const before = app.lastFrame();
  clock.pass(2_000);
  await rendered();
  expect(app.lastFrame()).not.toBe(before);
  app.unmount();
});

test('a frame that would be the same is not painted again', async () => {
  const { app, control } = mount();
  await rendered();
  const frames = app.frames.length;
  control.tick();
  control.tick();
  await rendered();
  expect(app.frames.length).toBe(frames);
  app.unmount();
});
