import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileUriTemplate } from '../../src/catalog/uri-template.ts';
import { anyValue, expandTemplate, OPERATORS } from '../support/expand-template.ts';

const matches = (template: string, uri: string): boolean => compileUriTemplate(template)(uri);

describe('a URI template', () => {
  test.each([
    ['file:///{path}', 'file:///a', true],
    ['file:///{path}', 'file:///', true],
    ['file:///{path}', 'file:///a/b', false],
    ['file:///{+path}', 'file:///a/b', true],
    ['file:///{path}', 'http:///a', false],
    ['test://{id}.json', 'test://1.json', true],
    ['test://{id}.json', 'test://1.xml', false],
    ['test://{a}-{b}', 'test://1-2-3', true],
    ['test://{a}/x/{b}', 'test://1/x/2', true],
    ['test://{a}/x/{b}', 'test://1/y/2', false],
    ['file:///{+dir}/{name}', 'file:///a/b/c', true],
    ['file:///{+dir}/{name}', 'file:///a', false],
    ['{+a}x{b}', 'x/x1', true],
    ['{+a}/b/{c}/d/{+e}/f', 'z/b/1/2/b/3/d/4/5/f', true],
    ['db://{table}{?limit,offset}', 'db://users?limit=1&offset=2', true],
    ['db://{table}{/id}', 'db://users/7', true],
    ['{a}{b}', 'xy', true],
    ['{a}{b}', 'x/y', false],
    ['test://one', 'test://one', true],
    ['test://one', 'test://one/', false],
    ['', '', true],
    ['', 'x', false],
    ['a{', 'a{', true],
    ['a{b', 'a', false],
    ['x{a}x', 'x', false],
    ['note:///Grüße an/{name}', 'note:///Gr%C3%BC%C3%9Fe%20an/Ada', true],
    ['note:///Grüße an/{name}', 'note:///Grüße an/Ada', true],
    ['note:///a%20b/{name}', 'note:///a%20b/Ada', true],
    ['note:///a%20b/{name}', 'note:///a%2520b/Ada', false],
  ])('%s and %s: %s', (template, uri, expected) => expect(matches(template, uri)).toBe(expected));

  test('covers every URI that it expands to', () => {
    fc.assert(
      fc.property(templateAndValues, ({ parts }) => {
        const template = parts.map((part) => (typeof part === 'string' ? part : `{${part.operator}x}`)).join('');
        const uri = parts
          .map((part) => (typeof part === 'string' ? expandTemplate(part, {}) : expandOne(part)))
          .join('');
        expect(matches(template, uri)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('covers nothing else that has another beginning or end', () => {
    fc.assert(
      fc.property(templateAndValues, fc.constantFrom('!', '~'), ({ parts }, stranger) => {
        const template = parts.map((part) => (typeof part === 'string' ? part : `{${part.operator}x}`)).join('');
        const uri = parts.map((part) => (typeof part === 'string' ? part : expandOne(part))).join('');
        expect(matches(`a${template}`, `${stranger}${uri}`)).toBe(false);
        expect(matches(`${template}z`, `${uri}${stranger}`)).toBe(false);
      }),
    );
  });

  test('that is made to take long does not', () => {
    const startedAt = performance.now();
    const slashes = '/a'.repeat(4000);
    const hostile = [
      '{+x}a'.repeat(20_000),
      `${'{+x}/{y}'.repeat(5000)}!`,
      '{+x}/{y}zz{z}',
      `{+x}${'a{y}'.repeat(3000)}b`,
      '{'.repeat(100_000),
      '{}'.repeat(100_000),
    ];
    for (const template of hostile)
      for (const uri of [slashes, 'a'.repeat(8000), 'a'.repeat(1_000_000)]) matches(template, uri);
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  test('covers no URI of more than 8 KiB', () => {
    expect(matches('{+x}', 'a'.repeat(8192))).toBe(true);
    expect(matches('{+x}', 'a'.repeat(8193))).toBe(false);
  });
});

const expandOne = ({ operator, value }: { operator: string; value: string }): string =>
  expandTemplate(`{${operator}x}`, { x: value });

const literal = fc.string({ unit: fc.constantFrom('a', 'x', '/', '-', '.', ':', '?', '=', ' ', 'é'), maxLength: 4 });
const expression = fc.record({ operator: fc.constantFrom(...OPERATORS), value: anyValue });
const templateAndValues = fc.record({ parts: fc.array(fc.oneof(literal, expression), { maxLength: 8 }) });
