import { UriTemplate } from '@modelcontextprotocol/sdk/shared/uriTemplate.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHubUri, toHubUri, toVerbatimHubUri } from '../../src/catalog/hub-uri.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { anyTemplate, anyValue, anyValues, expandTemplate } from '../support/expand-template.ts';

describe('a hub URI', () => {
  test('names the prefix and holds the own URI', () => {
    verifies('resources:uri:scheme');
    expect(toHubUri('notes', 'file:///a b?x=1#y')).toBe('mcp-hub://notes/file%3A%2F%2F%2Fa%20b%3Fx%3D1%23y');
  });

  test('gives prefix and URI back', () => {
    verifies('resources:uri:scheme');
    const wellFormed = fc.oneof(fc.string({ unit: 'grapheme' }), anyValue, fc.constant('raw/x'));
    fc.assert(
      fc.property(wellFormed, wellFormed, (prefix, uri) => {
        expect(fromHubUri(toHubUri(prefix, uri))).toEqual({ prefix, uri });
        expect(fromHubUri(toVerbatimHubUri(prefix, uri))).toEqual({ prefix, uri });
      }),
    );
  });

  test.each(['file:///a', 'mcp-hub://notes', 'mcp-hub://a/%', 'mcp-hub://%zz/x', 'MCP-HUB://a/b', ''])(
    '%s is none',
    (uri) => expect(fromHubUri(uri)).toBeUndefined(),
  );
});

describe('a template under a hub URI', () => {
  test('stays as it is, so that a client can expand it', () => {
    const template = toVerbatimHubUri('notes', 'note:///{+path}/x{?a,b}');
    expect(template).toBe('mcp-hub://notes/raw/note:///{+path}/x{?a,b}');
    const expanded = new UriTemplate(template).expand({ path: 'one', a: '1', b: '2' });
    expect(fromHubUri(expanded)).toEqual({ prefix: 'notes', uri: 'note:///one/x?a=1&b=2' });
  });

  test.each([
    ['file:///{name}', { name: 'a b/c%2F' }, 'file:///a%20b%2Fc%252F'],
    ['file:///{+path}', { path: 'a b/c%2F%25?x#y' }, 'file:///a%20b/c%2F%25?x#y'],
    ['file:///{name}', { name: 'Grüße 😀' }, 'file:///Gr%C3%BC%C3%9Fe%20%F0%9F%98%80'],
    ['db://x{?list*,a}', { list: ['1&2', '3'], a: '%' }, 'db://x?list=1%262&list=3&a=%25'],
    ['db://x{/list*}{;map*}{.a}', { list: ['a/b'], map: { 'k;': 'v=' }, a: '.' }, 'db://x/a%2Fb;k%3B=v%3D..'],
  ])('gives the upstream the expansion of its own template: %s', (template, values, own) => {
    expect(expandTemplate(template, values)).toBe(own);
    expect(fromHubUri(expandTemplate(toVerbatimHubUri('p', template), values))).toEqual({ prefix: 'p', uri: own });
  });

  test('gives the upstream the expansion of its own template, whatever is put in', () => {
    fc.assert(
      fc.property(anyValue, anyTemplate, anyValues, (prefix, template, values) => {
        const expanded = expandTemplate(toVerbatimHubUri(prefix, template), values);
        expect(fromHubUri(expanded)).toEqual({ prefix, uri: expandTemplate(template, values) });
      }),
      { numRuns: 2000 },
    );
  });

  test('does so with the expansions of the SDK', () => {
    const template = fc.constantFrom('x:{a}', 'x:{+a}/y', 'x:y{/a,b}', 'x:y{?a,b}', 'x:{#a}', 'x:{a}.{b}');
    fc.assert(
      fc.property(template, anyValue, anyValue, (own, a, b) => {
        const expanded = new UriTemplate(toVerbatimHubUri('p', own)).expand({ a, b });
        expect(fromHubUri(expanded)).toEqual({ prefix: 'p', uri: new UriTemplate(own).expand({ a, b }) });
      }),
    );
  });
});
