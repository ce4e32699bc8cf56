import { HubError } from '../../errors/hub-error.ts';
import { parseDate } from '../../utils/parse-date.ts';

/** One condition of a filter. All must hold; a negated one must not. */
export type Term = { readonly isNegated: boolean } & (
  | { readonly kind: 'server' | 'tool' | 'client'; readonly glob: string }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'longer' | 'shorter'; readonly ms: number }
  | { readonly kind: 'since'; readonly ms: number }
  | { readonly kind: 'from'; readonly at: number }
  | { readonly kind: 'word'; readonly word: string }
);

export const STATUSES = [
  'ok',
  'error',
  'running',
  'slow',
  'tool_error',
  'timeout',
  'cancelled',
  'denied',
  'unknown',
] as const;

export type Status = (typeof STATUSES)[number];

/**
 * Reads a filter: `server:git* tool:*issue* client:cursor status:error >1s <5s since:30m !tool:ping words "two words"`.
 * Words are looked for in the names of server and tool, and in the message of an error.
 * @throws HubError USAGE with what is wrong, and what it could be
 */
export const parseFilter = (text: string): readonly Term[] => wordsOf(text).map(toTerm);

interface Word {
  readonly text: string;
  readonly isQuoted: boolean;
}

const wordsOf = (text: string): Word[] =>
  [...text.matchAll(/(!?)"([^"]*)"?|\S+/g)].map(([whole, not, quoted]) =>
    quoted === undefined ? { text: whole, isQuoted: false } : { text: `${not}${quoted}`, isQuoted: true },
  );

const toTerm = ({ text, isQuoted }: Word): Term => {
  const isNegated = text.startsWith('!') && text.length > 1;
  const bare = isNegated ? text.slice(1) : text;
  if (isQuoted) return { kind: 'word', word: bare.toLowerCase(), isNegated };
  const [, sign, limit] = /^([<>])(.*)$/.exec(bare) ?? [];
  if (sign !== undefined)
    return { kind: sign === '>' ? 'longer' : 'shorter', ms: duration(limit ?? '', bare), isNegated };
  const [, key, value] = /^([A-Za-z]+):(.*)$/.exec(bare) ?? [];
  if (key === undefined || value === undefined) return { kind: 'word', word: bare.toLowerCase(), isNegated };
  return keyedTerm(key.toLowerCase(), value, bare, isNegated);
};

const keyedTerm = (key: string, value: string, whole: string, isNegated: boolean): Term => {
  if (value === '') throw wrong(`"${whole}" says nothing after the colon`, `like this: ${key}:${EXAMPLES[key] ?? 'x'}`);
  switch (key) {
    case 'server':
    case 'tool':
    case 'client':
      return { kind: key, glob: value, isNegated };
    case 'status':
      return { kind: 'status', status: statusOf(value), isNegated };
    case 'since':
      return sinceTerm(value, whole, isNegated);
    default:
      throw wrong(`"${key}:" is no key of a filter`, 'use server: tool: client: status: since: >1s or plain words');
  }
};

/** A length of time goes along with the present, a date stays where it is. */
const sinceTerm = (value: string, whole: string, isNegated: boolean): Term => {
  const at = parseDate(value);
  return at === undefined ? { kind: 'since', ms: duration(value, whole), isNegated } : { kind: 'from', at, isNegated };
};

const EXAMPLES: Readonly<Record<string, string>> = {
  server: 'git*',
  tool: '*issue*',
  client: 'cursor',
  status: 'error',
  since: '30m',
};

const statusOf = (value: string): Status => {
  const status = STATUSES.find((known) => known === value.toLowerCase());
  if (status === undefined)
    throw wrong(`"${value}" is no status`, `use ${STATUSES.slice(0, 4).join(', ')}, or ${STATUSES.at(5)}`);
  return status;
};

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const duration = (text: string, whole: string): number => {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d+)?)(ms|[smhdw])$/.exec(text) ?? [];
  if (amount === undefined)
    throw wrong(
      `"${whole}" has no time that can be read`,
      'use 500ms, 2s, 30m, 1h or 7d; with since: a date too, 2026-11-20 or 2026-11-20T10:31',
    );
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
};

const wrong = (message: string, hint: string): HubError => new HubError('USAGE', message, { hint });
