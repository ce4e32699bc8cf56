import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { decodeHeaderValue, findParamFault } from '../../../src/downstream/http/standard-headers.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';

describe('the text of a header', () => {
  test.each([
    ['plain', 'plain'],
    ['with spaces in it', 'with spaces in it'],
    ['=?base64?R3LDvMOfZQ==?=', 'Grüße'],
    ['=?base64??=', ''],
    ['=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=', '=?base64?literal?='],
    ['=?BASE64?R3I=?=', '=?BASE64?R3I=?='],
    ['x=?base64?R3I=?=', 'x=?base64?R3I=?='],
  ])('%j is %j', (value, text) => {
    verifies('http:standard-headers:decoded');
    expect(decodeHeaderValue(value)).toBe(text);
  });

  test.each([
    ['missing', undefined],
    ['there twice', ['a', 'b']],
    ['not ASCII', 'Gr\u00fc\u00dfe'],
    ['with a control character', 'a\u0007b'],
    ['not base64', '=?base64?a b?='],
    ['base64 of another spelling', '=?base64?R3I?='],
    ['base64 of no UTF-8', `=?base64?${Buffer.from([0xff, 0xfe]).toString('base64')}?=`],
  ])('that is %s is none', (_what, value) => {
    verifies('http:standard-headers:invalid');
    expect(decodeHeaderValue(value)).toBeUndefined();
  });
});

describe('arguments that are to be headers too', () => {
  const wanted = [
    { header: 'Region', path: ['region'] },
    { header: 'Limit', path: ['page', 'limit'] },
  ];
  const faultOf = (headers: Record<string, string>, args: object): number | undefined =>
    findParamFault({ headers } as unknown as IncomingMessage, wanted, args as never)?.code;

  test.each([
    ['both right', { 'mcp-param-region': 'us', 'mcp-param-limit': '5' }, { region: 'us', page: { limit: 5 } }],
    ['encoded', { 'mcp-param-region': '=?base64?w6k=?=' }, { region: 'é' }],
    ['another spelling of a number', { 'mcp-param-limit': '5.0' }, { page: { limit: 5 } }],
    ['no argument and no header', {}, {}],
    ['null and no header', {}, { region: null }],
  ])('are taken: %s', (_what, headers, args) => {
    verifies('http:param-headers:numbers');
    expect(faultOf(headers, args)).toBeUndefined();
  });

  test.each([
    ['another value', { 'mcp-param-region': 'eu' }, { region: 'us' }],
    ['no header', {}, { region: 'us' }],
    ['a header without an argument', { 'mcp-param-region': 'us' }, {}],
    ['characters that have to be encoded', { 'mcp-param-region': '\u00e9' }, { region: 'é' }],
    ['another number', { 'mcp-param-limit': '6' }, { page: { limit: 5 } }],
  ])('are refused: %s', (_what, headers, args) => {
    verifies('http:param-headers:checked');
    expect(faultOf(headers, args)).toBe(-32020);
  });
});
