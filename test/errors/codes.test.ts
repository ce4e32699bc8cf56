import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/errors/codes.ts';
import { verifies } from '../e2e/requirements/verifies.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** The codes of JSON-RPC and of the specification that the hub says; the others of the range are read only. */
const DEFINED = [-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022];
/** Codes of the legacy era: those that it defines, and what servers say of a session that they do not know. */
const LEGACY = [-32001, -32002, -32042];

test('the codes of the hub lie outside the range that is reserved, but for an internal error', () => {
  verifies('base:error-codes:own');
  for (const { rpc } of Object.values(ERROR_CODES)) expect(rpc > -32000 || rpc === -32603).toBe(true);
});

test('no other code of the reserved range stands in the sources', () => {
  verifies('base:error-codes:own');
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  const codes = sources.flatMap((file) =>
    [...readFileSync(`${SRC}${file}`, 'utf8').matchAll(/(?<![\d.])-32_?\d{3}\b/g)].map(([code]) =>
      Number(code.replace('_', '')),
    ),
  );
  expect(codes.length).toBeGreaterThan(5);
  // The bounds of the range are named in a comment.
  const unknown = codes.filter((code) => ![...DEFINED, ...LEGACY, -32768, -32000].includes(code));
  expect([...new Set(unknown)]).toEqual([]);
});
