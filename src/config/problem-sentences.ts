import type { z } from 'zod';
import { closest } from './closest.ts';

type Issue = z.core.$ZodIssue;

/** What is wrong with a value, as the end of a sentence that begins with its key: `must be a whole number, not a text`. */
export const sentenceOf = (issue: Issue, value: unknown): string => {
  if (value === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_union')) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}${typeof value === 'number' && isNumeric(issue) ? '' : notWhat(value)}`;
    case 'invalid_value':
      return `must be ${listOf(issue.values.map((allowed) => JSON.stringify(allowed)))}${didYouMean(value, issue.values)}`;
    case 'too_small':
      return issue.origin === 'number' ? atLeast(issue) : 'must not be empty';
    case 'too_big':
      return issue.origin === 'number' ? `must be at most ${issue.maximum}` : `must be at most ${issue.maximum} long`;
    case 'invalid_union':
      return `must be ${unionOf(issue)}${notWhat(value)}`;
    case 'invalid_format':
      return issue.message;
    default:
      return `is wrong: ${issue.message}`;
  }
};

/** ` - did you mean "x"?`, or nothing where no candidate is close. */
export const didYouMean = (typed: unknown, candidates: Iterable<unknown>): string => {
  const texts = [...candidates].filter((candidate): candidate is string => typeof candidate === 'string');
  const best = typeof typed === 'string' ? closest(typed, texts) : undefined;
  return best === undefined ? '' : `; did you mean "${best}"?`;
};

/** `"a", "b" or "c"` */
export const listOf = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const isNumeric = ({ expected }: z.core.$ZodIssueInvalidType): boolean => expected === 'int' || expected === 'number';

const atLeast = ({ minimum, inclusive }: z.core.$ZodIssueTooSmall): string =>
  inclusive === false ? `must be more than ${minimum}` : `must be at least ${minimum}`;

const unionOf = ({ errors }: { errors: readonly (readonly Issue[])[] }): string => {
  const types = errors.map(([first]) =>
    first?.code === 'invalid_type' ? (TYPES[first.expected] ?? first.expected) : '',
  );
  return listOf([...new Set(types.filter((type) => type !== ''))]) || 'something else';
};

/** The kind of a value, never the value: it may be a secret. */
const notWhat = (value: unknown): string => {
  if (value === null) return ', not null';
  if (Array.isArray(value)) return ', not a list';
  const kind = { string: 'a text', number: 'a number', boolean: 'true or false', object: 'an object' }[
    typeof value as string
  ];
  return kind === undefined ? '' : `, not ${kind}`;
};
