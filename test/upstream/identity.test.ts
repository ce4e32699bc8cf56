import { expect, test } from 'vitest';
import type { UpstreamConfig } from '../../src/config/hub-config.ts';
import { identityOf } from '../../src/upstream/identity.ts';
import { rawUpstream } from '../support/hub-config.ts';

const remote: UpstreamConfig = {
  ...rawUpstream('remote', 'legacy.mjs'),
  transport: { type: 'http', url: 'https://mcp.example.com/mcp', headers: {} },
};

test('an upstream is another one when how one logs in at it is another', () => {
  const identities = [
    remote,
    { ...remote, auth: false as const },
    { ...remote, auth: { clientId: 'one' } },
    { ...remote, auth: { clientId: 'two' } },
    { ...remote, auth: { clientId: 'two', scope: 'read' } },
  ].map(identityOf);
  expect(new Set(identities).size).toBe(identities.length);
});

test('an upstream stays the same one when only limits of its calls change', () => {
  expect(identityOf({ ...remote, timeouts: { ...remote.timeouts, callMs: 1 } })).toBe(identityOf(remote));
});
