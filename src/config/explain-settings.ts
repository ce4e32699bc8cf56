import type { z } from 'zod';
import type { Checked, CheckOptions } from './check-settings.ts';
import { isRecord } from './client-shapes.ts';
import { sentenceOf } from './problem-sentences.ts';
import { reportUnknownKey } from './report-unknown-key.ts';
import { valueAt } from './server-entries.ts';
import { SETTINGS_SCHEMAS } from './settings-schemas.ts';

/**
 * What `checkSettings` says and gives for a value of which something is wrong.
 * @param given the value, without members of null
 */
export const explainSettings = <T>(options: CheckOptions, given: unknown): Checked<T> => {
  const schema = SETTINGS_SCHEMAS[options.kind];
  const first = schema.safeParse(given);
  if (first.success) return { value: first.data as T, isSound: true };
  let isSound = true;
  const value = structuredClone(given);
  for (const issue of first.error.issues) {
    if (issue.code === 'unrecognized_keys') reportUnknownKeys(options, issue);
    else {
      if (isSound || options.isWhole !== true) reportIssue(options, issue, given);
      isSound = false;
    }
    dropWrong(value, issue);
  }
  const second = schema.safeParse(value);
  return { value: second.success ? (second.data as T) : undefined, isSound };
};

const reportUnknownKeys = (options: CheckOptions, issue: z.core.$ZodIssueUnrecognizedKeys): void => {
  const known = keysOf(SETTINGS_SCHEMAS[options.kind], issue.path);
  for (const key of issue.keys) reportUnknownKey(options, [...segments(issue.path), key], known);
};

const reportIssue = (options: CheckOptions, issue: z.core.$ZodIssue, value: unknown): void => {
  const { problems, upstream } = options;
  const path = segments(issue.path);
  const consequence = options.consequence === undefined ? '' : `; ${options.consequence}`;
  problems.report({
    severity: 'skipped',
    path: [...options.path, ...path],
    message: `${sentenceOf(issue, valueAt(value, path))}${consequence}`,
    ...(upstream !== undefined && { upstream }),
  });
};

/** Takes a wrong value out, with the whole list around it where it is in one. */
const dropWrong = (value: unknown, issue: z.core.$ZodIssue): void => {
  if (issue.code === 'unrecognized_keys') {
    const holder = valueAt(value, segments(issue.path));
    if (isRecord(holder)) for (const key of issue.keys) delete holder[key];
    return;
  }
  const path = segments(issue.path);
  const list = path.findIndex((segment) => typeof segment === 'number');
  const cut = list === -1 ? path : path.slice(0, list);
  const holder = valueAt(value, cut.slice(0, -1));
  const key = cut.at(-1);
  if (isRecord(holder) && key !== undefined) delete holder[key];
};

const segments = (path: readonly PropertyKey[]): (string | number)[] =>
  path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));

/** The keys that a schema knows at a path. */
const keysOf = (schema: z.ZodType, path: readonly PropertyKey[]): string[] => {
  let current = unwrap(schema);
  for (const segment of path) current = unwrap(current?.shape?.[String(segment)]);
  return Object.keys(current?.shape ?? {});
};

interface Shaped {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
}

interface Wrapped extends Shaped {
  readonly def?: { readonly innerType?: Wrapped };
}

/** The object inside optional, default and the like. */
const unwrap = (schema: unknown): Shaped | undefined => {
  let current = schema as Wrapped | undefined;
  while (current?.def?.innerType) current = current.def.innerType;
  return current;
};
