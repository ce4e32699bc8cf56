import { isRecord } from './client-shapes.ts';
import type { LoginSettings } from './hub-config.ts';
import { type InterpolationContext, interpolate } from './interpolate.ts';

/** How a login is declared, with nothing filled in; `false` for never. */
export type DeclaredLogin = LoginSettings | false;

const NAMES = {
  clientId: ['clientId', 'client_id', 'CLIENT_ID'],
  clientSecret: ['clientSecret', 'client_secret', 'CLIENT_SECRET'],
  clientMetadataUrl: ['clientMetadataUrl', 'client_metadata_url'],
  scope: ['scope', 'scopes'],
  redirectPort: ['redirectPort', 'callbackPort', 'callback_port', 'redirect_port'],
} as const satisfies Record<keyof LoginSettings, readonly string[]>;

/**
 * What `oauth` or `auth` of an entry says in the words of Cursor, Claude Code, Gemini CLI, opencode and others. What is none
 * of it, such as the word `"oauth"` of mcporter, says nothing that the hub would not find out.
 */
export const declaredLogin = (value: unknown): DeclaredLogin | undefined => {
  if (value === false || (isRecord(value) && value['enabled'] === false)) return false;
  if (!isRecord(value)) return undefined;
  const find = (names: readonly string[]): unknown =>
    names.map((name) => value[name]).find((found) => found !== undefined);
  const scope = find(NAMES.scope);
  const port = find(NAMES.redirectPort) ?? portOf(value['redirectUri']);
  return {
    ...textOf('clientId', find(NAMES.clientId)),
    ...textOf('clientSecret', find(NAMES.clientSecret)),
    ...textOf('clientMetadataUrl', find(NAMES.clientMetadataUrl)),
    ...textOf('scope', Array.isArray(scope) ? scope.join(' ') : scope),
    ...(isPort(port) && { redirectPort: port }),
  };
};

const textOf = (key: string, value: unknown): Record<string, string> =>
  typeof value === 'string' && value !== '' ? { [key]: value } : {};

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;

/** opencode and Gemini CLI give the whole address that the browser comes back to; of it the hub takes the port. */
const portOf = (address: unknown): number | undefined => {
  const port = typeof address === 'string' ? URL.parse(address)?.port : undefined;
  return port ? Number(port) : undefined;
};

/** The same with references filled in; `missing` gets those that have no value. */
export const fillLogin = (
  declared: DeclaredLogin,
  context: InterpolationContext,
  missing: Set<string>,
): DeclaredLogin => {
  if (declared === false) return false;
  const entries = (Object.entries(declared) as [string, string | number][]).map(([key, value]) => {
    if (typeof value !== 'string') return [key, value] as const;
    const filled = interpolate(value, context);
    for (const name of filled.missing) missing.add(name);
    return [key, context.noted(key, filled.text)] as const;
  });
  return Object.fromEntries(entries) as LoginSettings;
};
