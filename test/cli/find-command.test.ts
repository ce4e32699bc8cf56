import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findCommand } from '../../src/cli/find-command.ts';
import { createTempHome } from '../e2e/support/temp-home.ts';

const home = createTempHome();
afterAll(() => home.remove());

const bin = home.file('bin');
mkdirSync(bin);
const program = (name: string, mode: number): string => {
  writeFileSync(join(bin, name), '#!/bin/sh\n');
  chmodSync(join(bin, name), mode);
  return join(bin, name);
};
const tool = program('tool', 0o755);
program('text', 0o644);

test('a command is found in the folders of PATH, in their order', () => {
  expect(findCommand('tool', { PATH: `/nowhere:${bin}` })).toBe(tool);
  expect(findCommand('tool', { PATH: '/nowhere' })).toBeUndefined();
  expect(findCommand('tool', {})).toBeUndefined();
});

test('what cannot be run is not found', () => {
  expect(findCommand('text', { PATH: bin })).toBeUndefined();
  mkdirSync(join(bin, 'folder'));
  expect(findCommand('folder', { PATH: bin })).toBeUndefined();
});

test('a path is looked up where it is, whatever PATH says', () => {
  expect(findCommand(tool, { PATH: '' })).toBe(tool);
  expect(findCommand('./tool', { PATH: '' }, bin)).toBe(tool);
  expect(findCommand('bin/tool', { PATH: bin }, home.dir)).toBe(tool);
  expect(findCommand('./other', { PATH: bin }, bin)).toBeUndefined();
});
