import { accept, type PlainSchema } from './accept.ts';
import { isRecord } from './client-shapes.ts';
import type { KeyPath } from './parse-text.ts';
import PLAIN_SCHEMAS from './plain-schemas.json' with { type: 'json' };
import type { ProblemList } from './problem-list.ts';
import { reportUnknownKey } from './report-unknown-key.ts';
import type { SettingsKind } from './settings-schemas.ts';

export interface CheckOptions {
  readonly kind: SettingsKind;
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
 * Checks a value against its schema piece by piece: an unknown key is a `warning`, a wrong value is `skipped`, and what is
 * left is returned. A value of null counts as not given, as YAML writes it.
 */
export const checkSettings = async <T>(options: CheckOptions): Promise<Checked<T>> => {
  const given = withoutNulls(options.value);
  const accepted = accept(SCHEMAS[options.kind], given);
  if (accepted === undefined) {
    const { explainSettings } = await import('./explain-settings.ts');
    return explainSettings(options, given);
  }
  for (const path of accepted.unknown) {
    reportUnknownKey(options, path, Object.keys(propertiesAt(SCHEMAS[options.kind], path.slice(0, -1))));
  }
  return { value: accepted.value as T, isSound: true };
};

const SCHEMAS: Readonly<Record<SettingsKind, PlainSchema>> = PLAIN_SCHEMAS;

/** The keys that a schema knows at a path. */
const propertiesAt = (schema: PlainSchema, path: KeyPath): Readonly<Record<string, PlainSchema>> =>
  path.reduce<PlainSchema | undefined>((inner, key) => inner?.properties?.[key], schema)?.properties ?? {};

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNulls(member)]));
};
