import { isSecretName } from '../utils/secret-name.ts';

/** What stands in the place of a secret. */
export const REDACTED = '***';

const REFERENCE = /\$\{[^}]*\}/g;
const AUTH_SCHEME = /^(?:bearer|basic|token|apikey)?$/i;
const KNOWN_TOKEN = /^(?:gh[pousr]_|github_pat_|glpat-|sk-|pk_|rk_|xox[a-z]-|AKIA|AIza|ya29\.|eyJ|hf_|npm_|Bearer\s)/;
const URL_SHAPE = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i;

/**
 * Hides a value that is secret by its place (a variable, a header). References such as `${VAR}` stay readable, their
 * default does not; so does the name of an authentication scheme before them.
 */
export const redactValue = (value: string): string => {
  let result = '';
  let end = 0;
  for (const reference of value.matchAll(REFERENCE)) {
    result += redactLiteral(value.slice(end, reference.index)) + redactDefault(reference[0]);
    end = reference.index + reference[0].length;
  }
  return result + redactLiteral(value.slice(end));
};

const redactLiteral = (text: string): string => (AUTH_SCHEME.test(text.trim()) ? text : REDACTED);

const redactDefault = (reference: string): string => reference.replace(/:-.+\}$/, `:-${REDACTED}}`);

/** Hides the values of a table of variables or headers. */
export const redactTable = (table: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [key, redactValue(value)]));

/** Hides secrets among the arguments of a command: after `--api-key`, in `TOKEN=x`, in headers, in URLs, and what looks like a token. */
export const redactArguments = (args: readonly string[]): string[] =>
  args.map((arg, index) => redactArgument(arg, args[index - 1] ?? ''));

const redactArgument = (arg: string, before: string): string => {
  if (/^(?:-e|--env)$/.test(before) && arg.includes('=')) return redactAssignment(arg, true);
  if (/^(?:-H|--header)$/.test(before)) return redactHeaderLine(arg);
  if (before.startsWith('-') && !before.includes('=') && isSecretName(before) && !arg.startsWith('-'))
    return redactValue(arg);
  if (/^-{0,2}[A-Za-z][\w.-]*=/.test(arg)) return redactAssignment(arg, false);
  if (/^[A-Za-z][\w-]*:\s/.test(arg)) return redactHeaderLine(arg);
  return redactText(arg);
};

const redactAssignment = (arg: string, always: boolean): string => {
  const at = arg.indexOf('=');
  const [name, value] = [arg.slice(0, at), arg.slice(at + 1)];
  return `${name}=${always || isSecretName(name) ? redactValue(value) : redactText(value)}`;
};

const redactHeaderLine = (line: string): string => {
  const at = line.indexOf(':');
  return at < 0 ? redactValue(line) : `${line.slice(0, at)}: ${redactValue(line.slice(at + 1).trim())}`;
};

/** Hides what looks like a secret in a text that need not be one: a URL with a password, a token. */
export const redactText = (text: string): string => {
  if (URL_SHAPE.test(text)) return redactUrl(text);
  return isTokenLike(text) ? REDACTED : text;
};

/** Hides the password of a URL, query values that are named or look like secrets, and path segments that look like tokens. */
export const redactUrl = (url: string): string => {
  const [, scheme = '', authority = '', path = '', query = '', hash = ''] = URL_SHAPE.exec(url) ?? [];
  if (scheme === '') return url;
  const segments = path.split('/').map((segment) => (isTokenLike(segment) ? REDACTED : segment));
  const parameters = query.slice(1).split('&').map(redactParameter);
  return (
    scheme +
    redactAuthority(authority, scheme) +
    segments.join('/') +
    (query === '' ? '' : `?${parameters.join('&')}`) +
    redactHash(hash)
  );
};

const redactAuthority = (authority: string, scheme: string): string => {
  const at = authority.lastIndexOf('@');
  if (at < 0) return authority;
  const user = authority.slice(0, at);
  const colon = user.indexOf(':');
  if (colon >= 0) return `${user.slice(0, colon)}:${redactValue(user.slice(colon + 1))}${authority.slice(at)}`;
  return `${/^https?:/i.test(scheme) ? redactValue(user) : user}${authority.slice(at)}`;
};

const redactParameter = (parameter: string): string => {
  const at = parameter.indexOf('=');
  if (at < 0) return isTokenLike(parameter) ? REDACTED : parameter;
  const [name, value] = [parameter.slice(0, at), parameter.slice(at + 1)];
  return `${name}=${isSecretName(name) || isTokenLike(value) ? redactValue(value) : value}`;
};

const redactHash = (hash: string): string => (isTokenLike(hash.slice(1)) ? `#${REDACTED}` : hash);

/** Known beginnings of tokens, or 24 and more letters and digits that no words make up. */
const isTokenLike = (text: string): boolean => {
  if (text.length >= 12 && KNOWN_TOKEN.test(text)) return true;
  if (text.length < 24 || !/^[\w+=-]+$/.test(text)) return false;
  return text.split(/[-_]/).some((part) => part.length >= 16 && /\d/.test(part) && /[a-z]/i.test(part));
};
