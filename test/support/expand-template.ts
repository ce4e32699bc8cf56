import fc from 'fast-check';

/** What a variable may stand for; `undefined` expands to nothing. */
export type Value = string | readonly string[] | Readonly<Record<string, string>> | undefined;

/** The operators of https://www.rfc-editor.org/rfc/rfc6570#section-2.2; none is one of them. */
export const OPERATORS = ['', '+', '#', '.', '/', ';', '?', '&'] as const;

type Operator = (typeof OPERATORS)[number];

interface Rule {
  readonly first: string;
  readonly separator: string;
  readonly isNamed: boolean;
  /** What follows the name of a value that is empty. */
  readonly ifEmpty: string;
  readonly keepsReserved: boolean;
}

const rule = (first: string, separator: string, more: Partial<Rule> = {}): Rule => ({
  first,
  separator,
  isNamed: false,
  ifEmpty: '',
  keepsReserved: false,
  ...more,
});

/** https://www.rfc-editor.org/rfc/rfc6570#appendix-A */
const RULES: Readonly<Record<Operator, Rule>> = {
  '': rule('', ','),
  '+': rule('', ',', { keepsReserved: true }),
  '#': rule('#', ',', { keepsReserved: true }),
  '.': rule('.', '.'),
  '/': rule('/', '/'),
  ';': rule(';', ';', { isNamed: true }),
  '?': rule('?', '&', { isNamed: true, ifEmpty: '=' }),
  '&': rule('&', '&', { isNamed: true, ifEmpty: '=' }),
};

/** Expands a URI template of level 4 as https://www.rfc-editor.org/rfc/rfc6570#section-3 says. */
export const expandTemplate = (template: string, values: Readonly<Record<string, Value>>): string =>
  template.replaceAll(
    /\{([+#./;?&]?)([^{}]*)\}|([^{}]+)/g,
    (_all, operator: Operator, names: string, literal?: string) =>
      literal === undefined ? expandExpression(RULES[operator], names.split(','), values) : encode(literal, true),
  );

const expandExpression = (
  { first, ...how }: Rule,
  names: readonly string[],
  values: Readonly<Record<string, Value>>,
): string => {
  const parts = names.flatMap((spec) => {
    const [, name = '', modifier = ''] = /^([^:*]+)(\*|:\d+)?$/.exec(spec) ?? [];
    return expandValue(how, name, values[name], modifier) ?? [];
  });
  return parts.length === 0 ? '' : first + parts.join(how.separator);
};

const expandValue = (how: Omit<Rule, 'first'>, name: string, value: Value, modifier: string): string | undefined => {
  const write = (text: string): string => encode(text, how.keepsReserved);
  const named = (key: string, text: string): string =>
    how.isNamed ? `${key}${text === '' ? how.ifEmpty : `=${text}`}` : text;
  if (value === undefined) return undefined;
  if (typeof value === 'string')
    return named(
      name,
      write(
        modifier.startsWith(':')
          ? Array.from(value)
              .slice(0, Number(modifier.slice(1)))
              .join('')
          : value,
      ),
    );
  const isList = Array.isArray(value);
  const pairs = Object.entries(value as Record<string, string>);
  if (pairs.length === 0) return undefined;
  if (modifier !== '*')
    return named(name, pairs.map(([key, text]) => (isList ? write(text) : `${write(key)},${write(text)}`)).join(','));
  return pairs
    .map(([key, text]) => (isList ? named(name, write(text)) : `${write(key)}=${write(text)}`))
    .join(how.separator);
};

/** Percent-encodes all but unreserved characters; `keepsReserved` keeps the reserved ones and encoded ones too. */
const encode = (text: string, keepsReserved: boolean): string =>
  text.replaceAll(
    keepsReserved ? /%[0-9A-Fa-f]{2}|[^-A-Za-z0-9._~:/?#[\]@!$&'()*+,;=]/gu : /[^-A-Za-z0-9._~]/gu,
    (part) => (part.length === 3 && part.startsWith('%') ? part : encodeAll(part)),
  );

const encodeAll = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** Values with everything that has a meaning in a URI, in a template, or in an encoding. */
export const anyValue = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      'a',
      'x',
      '/',
      '-',
      ' ',
      '%',
      '%2F',
      '%25',
      '%zz',
      'é',
      '漢',
      '😀',
      '{',
      '}',
      '?',
      '#',
      '&',
      '+',
      '..',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 6,
});

const variable = fc.constantFrom('a', 'b', 'list', 'map');
const specification = fc.tuple(variable, fc.constantFrom('', '', '*', ':1', ':3')).map(([name, modifier]) =>
  // A prefix is for texts alone.
  modifier.startsWith(':') && (name === 'list' || name === 'map') ? name : `${name}${modifier}`,
);
const anyExpression = fc
  .tuple(fc.constantFrom(...OPERATORS), fc.array(specification, { minLength: 1, maxLength: 3 }))
  .map(([operator, specifications]) => `{${operator}${specifications.join(',')}}`);
const anyLiteral = fc.string({
  unit: fc.constantFrom('a', 'raw/', '/', ':', '?', '#', '=', ' ', '%2F', '%25', 'é', '😀'),
  maxLength: 4,
});

/** Templates of all four levels. */
export const anyTemplate = fc
  .array(fc.oneof(anyLiteral, anyExpression), { maxLength: 6 })
  .map((parts) => `x:${parts.join('')}`);

/** Values for the variables of such a template. */
export const anyValues = fc.record(
  {
    a: anyValue,
    b: anyValue,
    list: fc.array(anyValue, { maxLength: 3 }),
    map: fc.dictionary(anyValue, anyValue, { maxKeys: 3, noNullPrototype: true }),
  },
  { requiredKeys: [] },
);
