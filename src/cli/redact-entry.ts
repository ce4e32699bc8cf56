import { FIELD_ALIASES, isRecord } from '../config/client-shapes.ts';
import { isSecretName } from '../utils/secret-name.ts';
import { REDACTED, redactArguments, redactText, redactValue } from './redact.ts';

const TABLES: readonly string[] = [...FIELD_ALIASES.env, ...FIELD_ALIASES.headers];
const WORDS: readonly string[] = [...FIELD_ALIASES.args, ...FIELD_ALIASES.command];
/** Their values are names of variables. */
const NAMES: readonly string[] = [
  ...FIELD_ALIASES.envVars,
  ...FIELD_ALIASES.envHeaders,
  ...FIELD_ALIASES.bearerTokenEnvVar,
];

/** A copy of an entry of any client's shape with its secrets hidden; what is not secret stays as it is. */
export const redactEntry = (entry: unknown): unknown => redactMember('', entry);

const redactMember = (key: string, value: unknown): unknown => {
  if (NAMES.includes(key)) return value;
  if (TABLES.includes(key)) return redactAll(value);
  if (Array.isArray(value)) return redactList(key, value);
  if (isRecord(value)) return mapMembers(value, redactMember);
  if (typeof value === 'string') return isSecretName(key) ? redactValue(value) : redactText(value);
  return isSecretName(key) && value !== null && typeof value !== 'boolean' ? REDACTED : value;
};

const redactAll = (value: unknown): unknown => {
  if (typeof value === 'string') return redactValue(value);
  if (Array.isArray(value)) return value.map(redactAll);
  return isRecord(value) ? mapMembers(value, (_key, member) => redactAll(member)) : REDACTED;
};

const redactList = (key: string, list: readonly unknown[]): unknown[] => {
  const areWords = list.every((word) => typeof word === 'string');
  if (WORDS.includes(key) && areWords) return redactArguments(list);
  return list.map((member) => redactMember('', member));
};

const mapMembers = (
  record: Readonly<Record<string, unknown>>,
  change: (key: string, value: unknown) => unknown,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(key, value)]));
