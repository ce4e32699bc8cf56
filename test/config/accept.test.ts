import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accept, type PlainSchema } from '../../src/config/accept.ts';
import { plainSchemas } from '../../src/config/json-schema.ts';
import { SETTINGS_SCHEMAS, type SettingsKind } from '../../src/config/settings-schemas.ts';

const KINDS = Object.keys(SETTINGS_SCHEMAS) as SettingsKind[];
const PLAIN = plainSchemas();

/** What `accept` reads. A keyword that it passes over would let wrong values in. */
const UNDERSTOOD = new Set<string>([
  ...['type', 'default', 'enum', 'anyOf', 'items', 'minItems', 'properties', 'required', 'additionalProperties'],
  ...['propertyNames', 'minLength', 'maxLength', 'pattern', 'minimum', 'exclusiveMinimum', 'maximum'],
]);

const isSchema = (value: unknown): value is PlainSchema => typeof value === 'object' && value !== null;

const within = (schema: PlainSchema): readonly PlainSchema[] =>
  [...Object.values(schema.properties ?? {}), ...(schema.anyOf ?? []), schema.items, schema.propertyNames]
    .concat(schema.additionalProperties as PlainSchema | undefined)
    .filter(isSchema);

const keywordsOf = (schema: PlainSchema): readonly string[] => [
  ...Object.keys(schema),
  ...within(schema).flatMap(keywordsOf),
];

/** Values on both sides of what a schema wants, and values that it knows nothing of. */
const valuesFor = (schema: PlainSchema): fc.Arbitrary<unknown> => {
  const edges = [schema.minimum, schema.maximum, schema.exclusiveMinimum, schema.minLength, schema.maxLength]
    .filter((edge) => edge !== undefined)
    .flatMap((edge) => [edge - 1, edge, edge + 1, edge + 0.5, 'x'.repeat(Math.min(Math.max(edge, 0), 99) + 1)]);
  const inner = within({ ...schema, properties: {} });
  const stranger = fc.oneof(fc.constantFrom('', 'ab', '__', 0, 1, 1.5, 5000, -1, NaN, true, null, [], {}, ...edges));
  const property = ([key, each]: [string, PlainSchema]) =>
    [key, fc.option(valuesFor(each), { nil: undefined })] as const;
  const named = fc.record(Object.fromEntries(Object.entries(schema.properties ?? {}).map(property)));
  const others = inner.length === 0 ? stranger : fc.oneof(stranger, ...inner.map(valuesFor));
  const right = { string: ['ab', '__'], integer: [5000, 64], number: [5000, 1.5], boolean: [true] }[
    String(schema.type)
  ];
  return fc.oneof(
    { weight: 1, arbitrary: stranger },
    { weight: right ? 30 : 0, arbitrary: fc.constantFrom<unknown>(...(right ?? [0])) },
    { weight: schema.properties ? 40 : 0, arbitrary: named.map(withoutUndefined) },
    { weight: schema.enum ? 60 : 0, arbitrary: fc.constantFrom(...(schema.enum ?? [0])) },
    { weight: schema.type === 'array' ? 30 : 0, arbitrary: fc.array(others, { maxLength: 3 }) },
    { weight: schema.anyOf ? 30 : 0, arbitrary: others },
    {
      weight: schema.type === 'object' ? 6 : 0,
      arbitrary: fc.dictionary(fc.constantFrom('', 'a', 'b-c', 'toString'), others, { maxKeys: 2 }),
    },
  );
};

const withoutUndefined = (record: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

describe('what is accepted without the schema', () => {
  test.each(KINDS)('is said in words that are understood: %s', (kind) => {
    expect(keywordsOf(PLAIN[kind]).filter((keyword) => !UNDERSTOOD.has(keyword))).toEqual([]);
  });

  test.each(KINDS)('is what the schema accepts, and becomes the same: %s', (kind) => {
    const schema = SETTINGS_SCHEMAS[kind];
    const seen = { right: 0, wrong: 0 };
    fc.assert(
      fc.property(valuesFor(PLAIN[kind]), (value) => {
        const checked = schema.safeParse(value);
        const accepted = accept(PLAIN[kind], value);
        const isRight = accepted !== undefined && accepted.unknown.length === 0;
        expect(isRight).toBe(checked.success);
        if (checked.success) expect(accepted?.value).toEqual(checked.data);
        seen[isRight ? 'right' : 'wrong'] += 1;
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(seen.right, seen.wrong)).toBeGreaterThan(20);
  });

  test('says where a key stands that nobody knows, and leaves it out', () => {
    const accepted = accept(PLAIN.hub, { log: { keepDays: 3, keepDaze: 4 }, speed: 'high' });
    expect(accepted?.unknown).toEqual([['log', 'keepDaze'], ['speed']]);
    expect(accepted?.value).toMatchObject({ log: { keepDays: 3, enabled: true }, separator: '__' });
    expect(accepted?.value).not.toHaveProperty('speed');
    expect(accepted?.value).not.toHaveProperty(['log', 'keepDaze']);
  });

  test('names no key as unknown for a form that the value does not have', () => {
    const list = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };
    const forms = { anyOf: [list, {}].map((items) => ({ type: 'array', items })) };
    expect(accept(forms, [{ b: 1 }])?.unknown).toEqual([[0, 'b']]);
    expect(accept(forms, [{ b: 1 }, 'no object'])?.unknown).toEqual([]);
  });

  test('is nothing of which a part is wrong', () => {
    expect(accept(PLAIN.hub, { log: { keepDays: 0 } })).toBeUndefined();
    expect(accept(PLAIN.route, { match: '*' })).toBeUndefined();
    expect(accept(PLAIN.server, { start: 'sometimes' })).toBeUndefined();
  });
});
