import { checkSettings } from './check-settings.ts';
import {
  type EntryField,
  FIELD_ALIASES,
  isRecord,
  KEYS_NOT_HONOURED,
  KEYS_OF_CLIENTS,
  TYPE_ALIASES,
  transportType,
} from './client-shapes.ts';
import { type DeclaredLogin, declaredLogin } from './declared-login.ts';
import { translateReferences } from './foreign-references.ts';
import type { ProblemList } from './problem-list.ts';
import { didYouMean } from './problem-sentences.ts';
import type { EntrySettings } from './schema.ts';
import type { ServerEntry } from './server-entries.ts';

/** The transport as the file declares it: nothing is filled in yet. */
export type DeclaredTransport =
  | {
      readonly type: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd?: string;
    }
  | { readonly type: 'http' | 'sse'; readonly url: string; readonly headers: Readonly<Record<string, string>> };

export interface NormalEntry {
  readonly transport: DeclaredTransport;
  readonly enabled: boolean;
  /** Everything where it is not given, nothing where it is empty. */
  readonly include?: readonly string[];
  readonly exclude: readonly string[];
  readonly startMs?: number;
  readonly callMs?: number;
  /** How to log in at an HTTP server, where the entry says it. */
  readonly auth?: DeclaredLogin;
}

/**
 * An entry of any client in the hub's words. Undefined, with exactly one `skipped` problem, where it cannot be served;
 * what is merely ignored is a `warning`.
 */
export const normaliseEntry = async (entry: ServerEntry, problems: ProblemList): Promise<NormalEntry | undefined> => {
  const skip = (message: string, key?: string): undefined => {
    const path = key === undefined ? entry.path : [...entry.path, key];
    problems.report({
      severity: 'skipped',
      path,
      upstream: entry.name,
      message: sentence(entry, message),
      isWhole: true,
    });
  };
  if (!isRecord(entry.value)) return skip('it must be an object with "command" or "url"');
  const { fields, keys } = readFields(entry, entry.value, problems);
  const settings = await check(entry, fields, keys, problems);
  if (!settings) return undefined;
  reportForeignReferences(entry, fields, keys, problems);
  const type = chooseType(entry, settings, problems);
  if (!('type' in type)) return skip(type.why, type.key && keys[type.key]);
  const transport = type.type === 'stdio' ? stdioOf(settings) : { type: type.type, ...httpOf(settings) };
  const fault = faultOf(transport);
  if (fault !== undefined) return skip(fault);
  return {
    transport,
    enabled: settings.disabled !== true && settings.enabled !== false,
    ...(settings.includeTools && { include: settings.includeTools }),
    exclude: settings.excludeTools ?? [],
    ...timesOf(entry, settings),
    ...loginOf(settings),
  };
};

const sentence = ({ name }: ServerEntry, why: string): string => `server "${name}" is left out: ${why}`;

interface Fields {
  readonly fields: Readonly<Record<string, unknown>>;
  /** The key that the file uses for a field. */
  readonly keys: Readonly<Partial<Record<EntryField, string>>>;
}

const ALL_ALIASES: readonly string[] = Object.values(FIELD_ALIASES).flat();

const readFields = (entry: ServerEntry, value: Record<string, unknown>, problems: ProblemList): Fields => {
  const fields: Record<string, unknown> = {};
  const keys: Partial<Record<EntryField, string>> = {};
  for (const [field, aliases] of Object.entries(FIELD_ALIASES) as [EntryField, readonly string[]][]) {
    const key = aliases.find((alias) => Object.hasOwn(value, alias) && isMeant(alias, value[alias]));
    if (key !== undefined) [fields[field], keys[field]] = [value[key], key];
  }
  for (const key of Object.keys(value)) reportIgnored(entry, key, value[key], problems);
  return { fields, keys };
};

/** Null is nothing, and some clients keep other things under the names of a list or a text. */
const isMeant = (alias: string, value: unknown): boolean =>
  value !== null &&
  (alias !== 'tools' || Array.isArray(value)) &&
  (alias !== 'transport' || typeof value === 'string') &&
  // Goose means all tools by an empty list.
  (alias !== 'available_tools' || !Array.isArray(value) || value.length > 0);

const reportIgnored = (entry: ServerEntry, key: string, value: unknown, problems: ProblemList): void => {
  if (ALL_ALIASES.includes(key) || KEYS_OF_CLIENTS.includes(key) || /^[$_/#]|^x-/.test(key)) return;
  if (value === null || value === false) return;
  const advice = Object.hasOwn(KEYS_NOT_HONOURED, key) ? KEYS_NOT_HONOURED[key] : undefined;
  const message = advice === undefined ? `is ignored${didYouMean(key, ALL_ALIASES)}` : `is ignored: ${advice}`;
  problems.report({ severity: 'warning', path: [...entry.path, key], upstream: entry.name, message });
};

const reportForeignReferences = (
  entry: ServerEntry,
  fields: Fields['fields'],
  keys: Fields['keys'],
  problems: ProblemList,
): void => {
  for (const { path, written, ours } of translateReferences(fields).found) {
    const [field, ...rest] = path;
    problems.report({
      severity: 'warning',
      path: [...entry.path, keys[field as EntryField] ?? String(field), ...rest],
      upstream: entry.name,
      message: `holds ${written}, which is passed on as it is; for the variable write ${ours}`,
    });
  }
};

const check = async (
  entry: ServerEntry,
  fields: Fields['fields'],
  keys: Fields['keys'],
  problems: ProblemList,
): Promise<EntrySettings | undefined> => {
  const worded: ProblemList = {
    ...problems,
    report: (report) => {
      const [field, ...rest] = report.path;
      const path = [...entry.path, keys[field as EntryField] ?? String(field), ...rest];
      const message = sentence(entry, `${path.slice(entry.path.length).join('.')} ${report.message}`);
      problems.report({ ...report, path, message, isWhole: true });
    },
  };
  const checked = await checkSettings<EntrySettings>({
    kind: 'entry',
    value: fields,
    path: [],
    problems: worded,
    upstream: entry.name,
    isWhole: true,
  });
  return checked.isSound ? checked.value : undefined;
};

type Choice = { readonly type: 'stdio' | 'http' | 'sse' } | { readonly why: string; readonly key?: EntryField };

const chooseType = (entry: ServerEntry, settings: EntrySettings, problems: ProblemList): Choice => {
  const { type, command, url } = settings;
  const declared = transportType(type);
  if (type !== undefined && declared === undefined) {
    const names = Object.keys(TYPE_ALIASES);
    return { why: `type "${type}" is unknown; choices are stdio, http, sse${didYouMean(type, names)}`, key: 'type' };
  }
  if (declared === 'stdio') return command === undefined ? { why: 'it has no "command"' } : { type: declared };
  if (declared !== undefined) return url === undefined ? { why: 'it has no "url"' } : { type: declared };
  if (command !== undefined && url !== undefined)
    return { why: 'it has both "command" and "url"; add "type" or remove one' };
  if (command !== undefined) return { type: 'stdio' };
  if (url === undefined) return { why: 'it has neither "command" nor "url"' };
  if (!/\/sse\/?(?:[?#]|$)/.test(url)) return { type: 'http' };
  const message = `server "${entry.name}" is taken for HTTP+SSE, as its address ends in /sse; add "type": "sse" or "http"`;
  problems.report({ severity: 'warning', path: entry.path, upstream: entry.name, message, isWhole: true });
  return { type: 'sse' };
};

const stdioOf = ({ command = '', args = [], env = {}, envVars = [], cwd }: EntrySettings): DeclaredTransport => {
  const [program = '', ...first] = typeof command === 'string' ? [command] : command;
  return {
    type: 'stdio',
    command: program,
    args: [...first, ...args.map(String)],
    env: { ...references(envVars), ...texts(env) },
    ...(cwd !== undefined && { cwd }),
  };
};

const httpOf = ({ url = '', headers = {}, envHeaders = {}, bearerTokenEnvVar }: EntrySettings) => ({
  url,
  headers: {
    ...(bearerTokenEnvVar !== undefined && { Authorization: `Bearer \${${bearerTokenEnvVar}}` }),
    ...Object.fromEntries(Object.entries(envHeaders).map(([header, variable]) => [header, `\${${variable}}`])),
    ...texts(headers),
  },
});

const references = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, `\${${name}}`]));

const texts = (record: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, String(value)]));

const timesOf = ({ container }: ServerEntry, settings: EntrySettings): Pick<NormalEntry, 'startMs' | 'callMs'> => {
  const { timeout, startTimeoutMs, startTimeoutSec, callTimeoutSec } = settings;
  const isSeconds = container.timeout === 'call-seconds' || (timeout !== undefined && timeout < 1000);
  const timeoutMs = timeout === undefined ? undefined : Math.ceil(isSeconds ? timeout * 1000 : timeout);
  const isStart = container.timeout === 'start-ms';
  const startMs = startTimeoutMs ?? secondsToMs(startTimeoutSec) ?? (isStart ? timeoutMs : undefined);
  const callMs = secondsToMs(callTimeoutSec) ?? (isStart ? undefined : timeoutMs);
  return { ...(startMs !== undefined && { startMs }), ...(callMs !== undefined && { callMs }) };
};

const loginOf = ({ auth }: EntrySettings): Pick<NormalEntry, 'auth'> => {
  const declared = declaredLogin(auth);
  return declared === undefined ? {} : { auth: declared };
};

const secondsToMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.ceil(seconds * 1000);

/** What no process and no request could be made of, whatever is filled in. */
const faultOf = (transport: DeclaredTransport): string | undefined => {
  if (transport.type !== 'stdio') {
    const header = Object.keys(transport.headers).find((name) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name));
    return header === undefined ? undefined : `${JSON.stringify(header)} is no name of a header`;
  }
  if (/^https?:\/\//i.test(transport.command)) return 'its "command" is an address; write it as "url"';
  if (transport.command.trim() === '') return 'its "command" is empty';
  const variable = Object.keys(transport.env).find((name) => name === '' || /[=\0]/.test(name));
  return variable === undefined ? undefined : `${JSON.stringify(variable)} is no name of a variable`;
};
