import type { z } from 'zod';
import { isRecord } from './client-shapes.ts';
import type { KeyPath } from './parse-text.ts';
import type { ProblemList } from './problem-list.ts';
import { didYouMean, sentenceOf } from './problem-sentences.ts';
import { valueAt } from './server-entries.ts';

export interface CheckOptions {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly path: KeyPath;
  readonly problems: ProblemList;
  /** The upstream that problems are about. */
  readonly upstream?: string;
  /** What happens to a wrong value: said at the end of each sentence. Default: nothing. */
  readonly consequence?: string;
  /** Whether one wrong value condemns the whole, so that it is enough to tell the first. Default false. */
  readonly isWhole?: boolean;
}

export interface Checked<T> {
  /** The value with its defaults, without what is wrong; undefined where nothing usable is left. */
  readonly value: T | undefined;
  /** Whether something in it was wrong; unknown keys are not. */
  readonly isSound: boolean;
}

/**
 * Checks a value against a schema piece by piece: an unknown key is a `warning`, a wrong value is `skipped`, and what is
 * left is returned. A value of null counts as not given, as YAML writes it.
 */
export const checkSettings = <T>(options: CheckOptions): Checked<T> => {
  const given = withoutNulls(options.value);
  const first = options.schema.safeParse(given);
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
  const second = options.schema.safeParse(value);
  return { value: second.success ? (second.data as T) : undefined, isSound };
};

const reportUnknownKeys = (options: CheckOptions, issue: z.core.$ZodIssueUnrecognizedKeys): void => {
  const known = keysOf(options.schema, issue.path);
  for (const key of issue.keys) {
    const message = `is not a setting of the hub and is ignored${didYouMean(key, known)}`;
    report(options, { severity: 'warning', path: [...options.path, ...segments(issue.path), key], message });
  }
};

const reportIssue = (options: CheckOptions, issue: z.core.$ZodIssue, value: unknown): void => {
  const path = segments(issue.path);
  const consequence = options.consequence === undefined ? '' : `; ${options.consequence}`;
  const message = `${sentenceOf(issue, valueAt(value, path))}${consequence}`;
  report(options, { severity: 'skipped', path: [...options.path, ...path], message });
};

const report = (
  { problems, upstream }: CheckOptions,
  problem: { severity: 'warning' | 'skipped'; path: KeyPath; message: string },
): void => problems.report({ ...problem, ...(upstream !== undefined && { upstream }) });

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

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNulls(member)]));
};
