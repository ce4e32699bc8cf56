import { valueHash } from '../utils/value-hash.ts';
import { type DeclaredLogin, declaredLogin, fillLogin } from './declared-login.ts';
import { resolveUserPath } from './home-directory.ts';
import type { HttpSettings, NameFilter, StdioSettings, UpstreamConfig, UpstreamTimeouts } from './hub-config.ts';
import { type InterpolationContext, interpolate } from './interpolate.ts';
import type { DeclaredTransport, NormalEntry } from './normal-entry.ts';
import type { ProblemList } from './problem-list.ts';
import type { ServerSettings } from './schema.ts';
import type { ServerEntry } from './server-entries.ts';

export interface UpstreamParts {
  readonly entry: ServerEntry;
  readonly normal: NormalEntry;
  readonly settings: ServerSettings;
  readonly timeouts: UpstreamTimeouts;
  readonly context: InterpolationContext;
  readonly problems: ProblemList;
}

/** One upstream, complete. Undefined, with one `skipped` problem, where what was filled in makes no sense. */
export const buildUpstream = (parts: UpstreamParts): UpstreamConfig | undefined => {
  const { entry, normal, settings } = parts;
  const { transport, missing: unset, unknown } = fillIn(normal.transport, parts.context);
  const lacking = new Set(unset);
  const auth = loginOf(parts, lacking);
  const missing = [...lacking];
  for (const reference of unknown) reportUnknownReference(parts, reference);
  const fault = missing.length === 0 ? faultOf(transport) : undefined;
  if (fault !== undefined) {
    const message = `server "${entry.name}" is left out: ${fault}`;
    parts.problems.report({ severity: 'skipped', path: entry.path, upstream: entry.name, message, isWhole: true });
    return undefined;
  }
  const { start, idleStopMs, protocol, isolation, retry, breaker, maxConcurrent, trusted, allowPrivate } = settings;
  return {
    name: entry.name,
    enabled: normal.enabled,
    transport,
    missingVariables: missing,
    prefix: settings.prefix ?? entry.name,
    rename: settings.rename,
    describe: settings.describe,
    tools: filterOf(settings.tools, normal),
    prompts: filterOf(settings.prompts),
    resources: filterOf(settings.resources),
    start,
    idleStopMs,
    protocol,
    isolation,
    timeouts: timeoutsOf(parts),
    retry,
    breaker,
    maxConcurrent,
    trusted,
    allowPrivate,
    ...(auth !== undefined && { auth }),
    hash: hashOf(normal.transport, protocol, parts.context.serverFolder),
  };
};

/** What the hub's own settings say of the login outranks the entry, key by key. */
const loginOf = ({ normal, settings, context }: UpstreamParts, missing: Set<string>): DeclaredLogin | undefined => {
  if (normal.transport.type === 'stdio') return undefined;
  const own = declaredLogin(settings.auth);
  const declared = own === false || own === undefined ? (own ?? normal.auth) : { ...normal.auth, ...own };
  return declared === undefined ? undefined : fillLogin(declared, context, missing);
};

/**
 * SHA-256 of what makes an upstream this one: where it is, and in which protocol it is spoken to. Values count as they are
 * declared, so that a new token does not make another server of it, and secrets stay out.
 * @param folder of the trusted project that it is of: what two projects call the same are two servers
 */
export const hashOf = (transport: DeclaredTransport, protocol: string, folder?: string): string =>
  valueHash(folder === undefined ? [transport, protocol] : [transport, protocol, folder]);

interface Filled {
  readonly transport: StdioSettings | HttpSettings;
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}

const fillIn = (declared: DeclaredTransport, context: InterpolationContext): Filled => {
  const missing = new Set<string>();
  const unknown = new Set<string>();
  const fill = (text: string): string => {
    const result = interpolate(text, context);
    for (const name of result.missing) missing.add(name);
    for (const reference of result.unknown) unknown.add(reference);
    return result.text;
  };
  const fillAll = (record: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).map(([key, text]) => [key, context.noted(key, fill(text))]));
  const transport = fillTransport(declared, context, fill, fillAll);
  return { transport, missing: [...missing], unknown: [...unknown] };
};

const fillTransport = (
  declared: DeclaredTransport,
  context: InterpolationContext,
  fill: (text: string) => string,
  fillAll: (record: Readonly<Record<string, string>>) => Record<string, string>,
): StdioSettings | HttpSettings => {
  if (declared.type !== 'stdio') {
    return { type: declared.type, url: fill(declared.url), headers: fillAll(declared.headers) };
  }
  const command = fill(declared.command);
  const args = declared.args.map(fill);
  const env = fillAll(declared.env);
  const declaredFolder = declared.cwd === undefined ? '' : fill(declared.cwd);
  const home = { HOME: context.userHome, USERPROFILE: context.userHome };
  const cwd = declaredFolder === '' ? context.serverFolder : resolveUserPath(declaredFolder, context.folder, home);
  return {
    type: 'stdio',
    command: /^~[/\\]/.test(command) ? resolveUserPath(command, context.folder, home) : command,
    args,
    env,
    ...(cwd !== undefined && { cwd }),
  };
};

const reportUnknownReference = ({ entry, problems }: UpstreamParts, reference: string): void => {
  const message =
    `server "${entry.name}" is not started: ${reference} is not something that the hub fills in; ` +
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what users write in the file.
    'use ${VAR}, ${VAR:-default}, ${file:PATH}, ${keychain:NAME} or ${input:ID}';
  problems.report({ severity: 'warning', path: entry.path, upstream: entry.name, message, isWhole: true });
};

/**
 * What no start could use of an entry in which nothing is left to fill in; undefined where there is no fault, and where there
 * are references, of which it is not known yet what they will be.
 */
export const faultOfDeclared = (transport: DeclaredTransport): string | undefined =>
  JSON.stringify(transport).includes('${') ? undefined : faultOf(transport);

/** What cannot be started or asked now that everything is filled in. No value is told: it may hold a secret. */
const faultOf = (transport: StdioSettings | HttpSettings): string | undefined => {
  if (transport.type === 'stdio') {
    const texts = [transport.command, transport.cwd ?? '', ...transport.args, ...Object.values(transport.env)];
    if (transport.command.trim() === '') return 'its "command" is empty';
    return texts.some((text) => text.includes('\0')) ? 'a value in it contains a NUL character' : undefined;
  }
  const url = URL.canParse(transport.url) ? new URL(transport.url) : undefined;
  if (url === undefined) return 'its "url" is not an address; begin it with https:// or http://';
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return `its "url" begins with ${url.protocol}, not https: or http:`;
  const header = Object.entries(transport.headers).find(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value))?.[0];
  return header === undefined
    ? undefined
    : `the value of its header "${header}" contains characters that no header may have`;
};

const filterOf = (filter: ServerSettings['tools'], entry?: Pick<NormalEntry, 'include' | 'exclude'>): NameFilter => {
  const include = filter?.include ?? entry?.include ?? [];
  const isNothing = include.length === 0 && (filter?.include ?? entry?.include) !== undefined;
  return {
    include,
    // An empty list is a list: it lets nothing through, where no list lets everything.
    exclude: isNothing ? ['*'] : [...(filter?.exclude ?? []), ...(entry?.exclude ?? [])],
  };
};

const timeoutsOf = ({ normal, settings, timeouts }: UpstreamParts): UpstreamTimeouts => {
  const callMs = settings.timeouts.callMs ?? normal.callMs ?? timeouts.callMs;
  return {
    startMs: settings.timeouts.startMs ?? normal.startMs ?? timeouts.startMs,
    callMs,
    maxCallMs: Math.max(callMs, settings.timeouts.maxCallMs ?? timeouts.maxCallMs),
  };
};
