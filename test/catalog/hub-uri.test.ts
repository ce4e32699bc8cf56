import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHubUri, toHubUri } from '../../src/catalog/hub-uri.ts';

describe('a hub URI', () => {
  test('names the prefix and holds the own URI', () => {
    expect(toHubUri('notes', 'file:///a b?x=1#y')).toBe('mcp-hub://notes/file%3A%2F%2F%2Fa%20b%3Fx%3D1%23y');
  });

  test('gives prefix and URI back', () => {
    const wellFormed = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[{}]/g, ''));
    fc.assert(
      fc.property(wellFormed, wellFormed, (prefix, uri) => {
        expect(fromHubUri(toHubUri(prefix, uri))).toEqual({ prefix, uri });
      }),
    );
  });

  test('of a template keeps its expressions, so that a client can expand it', () => {
    expect(toHubUri('notes', 'note:///{+path}/x{?a,b}')).toBe('mcp-hub://notes/note%3A%2F%2F%2F{+path}%2Fx{?a,b}');
    expect(fromHubUri('mcp-hub://notes/note%3A%2F%2F%2Fone%2Fx')).toEqual({ prefix: 'notes', uri: 'note:///one/x' });
  });

  test('keeps braces that are no expression', () => {
    expect(fromHubUri(toHubUri('p', 'a}b{c'))).toEqual({ prefix: 'p', uri: 'a}b{c' });
  });

  test.each(['file:///a', 'mcp-hub://notes', 'mcp-hub://a/%', 'mcp-hub://%zz/x', 'MCP-HUB://a/b', ''])(
    '%s is none',
    (uri) => expect(fromHubUri(uri)).toBeUndefined(),
  );
});
