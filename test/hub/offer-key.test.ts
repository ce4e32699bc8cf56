import { expect, test } from 'vitest';
import { offerKey } from '../../src/hub/offer-key.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const stdio = { type: 'stdio', command: 'x', args: ['a'], env: { A: '1', B: '2' }, cwd: '/w' } as const;
const http = { type: 'http', url: 'http://x/', headers: { Authorization: 'one' } } as const;

test('everything that decides what an upstream offers makes another key, secrets too', () => {
  const keys = [
    stdio,
    { ...stdio, command: 'y' },
    { ...stdio, args: ['b'] },
    { ...stdio, env: { A: '1', B: '3' } },
    { ...stdio, cwd: '/v' },
    http,
    { ...http, url: 'http://y/' },
    { ...http, headers: { Authorization: 'two' } },
  ].map((transport) => offerKey(upstreamConfig('up', { transport })));
  expect(new Set([...keys, offerKey(upstreamConfig('up', { transport: stdio, protocol: 'legacy' }))]).size).toBe(9);
});

test('what is applied afterwards, and the order of variables, do not', () => {
  const key = offerKey(upstreamConfig('up', { transport: stdio }));
  expect(
    offerKey(upstreamConfig('up', { transport: stdio, prefix: 'p', tools: { include: ['a'], exclude: [] } })),
  ).toBe(key);
  expect(offerKey(upstreamConfig('up', { transport: { ...stdio, env: { B: '2', A: '1' } } }))).toBe(key);
});
