import { specTypeSchemas } from '@modelcontextprotocol/client';
import { expect, test } from 'vitest';
import { discoverResult, initializeResult } from '../../src/relay/hub-identity.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createCore } from '../support/create-core.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';

const HUB = { name: 'hub', version: '1' };

/** Of one upstream that was never reached. */
const view = () => createCore([createFakeUpstream('up')]).view;

test('the answer to `initialize` is valid and names the revision that was asked for', () => {
  verifies('lifecycle:initialize:answer');
  const result = initializeResult('2025-03-26', HUB, view());
  expect(specTypeSchemas.InitializeResult['~standard'].validate(result).issues).toBeUndefined();
  expect(result).toMatchObject({
    protocolVersion: '2025-03-26',
    serverInfo: HUB,
    capabilities: { tools: { listChanged: true } },
  });
});

test('the answer to `server/discover` is valid, as clients that look for the modern era check it', () => {
  verifies('version:discover', 'caching:ttl');
  const result = discoverResult(HUB, view());
  expect(specTypeSchemas.DiscoverResult['~standard'].validate(result).issues).toBeUndefined();
  expect(result).toMatchObject({
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    ttlMs: 0,
    cacheScope: 'private',
  });
});
