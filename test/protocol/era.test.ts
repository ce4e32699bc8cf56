import { expect, test } from 'vitest';
import { negotiateLegacyVersion } from '../../src/protocol/era.ts';
import { verifies } from '../e2e/requirements/verifies.ts';

test.each(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])('a client that asks for %s gets it', (version) => {
  verifies('lifecycle:version:same');
  expect(negotiateLegacyVersion(version)).toBe(version);
});

test.each(['2026-07-28', '1900-01-01', '', undefined, 5, null, {}])(
  'a client that asks for %j gets the newest',
  (version) => {
    verifies('lifecycle:version:newest');
    expect(negotiateLegacyVersion(version)).toBe('2025-11-25');
  },
);
