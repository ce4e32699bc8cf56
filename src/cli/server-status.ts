import type { UpstreamConfig } from '../config/hub-config.ts';
import { LOGIN_REASONS, wantsLogin } from '../errors/login-reasons.ts';
import { canLogIn, type LoginStatus } from '../hub/logins.ts';
import type { ProbeResult } from '../hub/probe.ts';
import type { UpstreamStatus } from '../store/upstream-statuses.ts';
import { estimateTokens } from './format.ts';

/** How a server is, as `list` says it. `unknown` has never been started; `invalid` is left out of what is served. */
export type StatusWord = 'ok' | 'failed' | 'disabled' | 'needs_variables' | 'needs_login' | 'invalid' | 'unknown';

/** A server's state as it was last seen, or as it has just been found. Members that nobody has learned are absent. */
export interface ServerStatus {
  readonly status: StatusWord;
  /** Why it is not `ok`, in words for a person. */
  readonly reason?: string;
  readonly missingVariables?: readonly string[];
  readonly era?: 'legacy' | 'modern';
  /** ISO 8601. */
  readonly lastSeen?: string;
  readonly tools?: number;
  readonly prompts?: number;
  readonly resources?: number;
  /** Estimate of what the tool definitions cost a client. */
  readonly tokens?: number;
  readonly latencyMs?: { readonly p50: number; readonly p95: number };
}

/** The status by the configuration, by what the store remembers and by the login that is kept; nothing is started. */
export const lastStatus = (
  upstream: UpstreamConfig,
  seen: UpstreamStatus | undefined,
  login?: LoginStatus,
): ServerStatus => ({
  ...verdict(upstream, seen, login),
  ...(seen === undefined ? {} : remembered(seen)),
});

const verdict = (
  upstream: UpstreamConfig,
  seen: UpstreamStatus | undefined,
  login: LoginStatus | undefined,
): ServerStatus => {
  if (!upstream.enabled) return { status: 'disabled' };
  if (upstream.missingVariables.length > 0) {
    return { status: 'needs_variables', missingVariables: upstream.missingVariables, reason: missingText(upstream) };
  }
  if (login !== undefined && login.state !== 'ok')
    return needsLogin(upstream.name, login.state === 'expired' ? LOGIN_REASONS.over : LOGIN_REASONS.scope);
  if (seen?.state === 'backing_off' && canLogIn(upstream) && wantsLogin(seen.reason ?? ''))
    return login === undefined || Date.parse(login.updatedAt) < (seen.stateAt ?? 0)
      ? needsLogin(upstream.name, reasonOf(upstream.name, seen.reason ?? ''))
      : { status: 'unknown' };
  if (seen?.state === 'backing_off')
    return { status: 'failed', ...(seen.reason === undefined ? {} : { reason: reasonOf(upstream.name, seen.reason) }) };
  return { status: seen?.lastSeen === undefined ? 'unknown' : 'ok' };
};

const needsLogin = (name: string, why: string): ServerStatus => ({
  status: 'needs_login',
  reason: `${why.replace(/^cannot be used: /, '')}; run: mcp-hub login ${name}`,
});

/** A reason without the server's name before it, for places where the name stands already. */
export const reasonOf = (name: string, reason: string): string => {
  const before = [`server "${name}" is left out: `, `${name} `].find((start) => reason.startsWith(start));
  return before === undefined ? reason : reason.slice(before.length);
};

/** `needs GITHUB_TOKEN`. */
export const missingText = (upstream: UpstreamConfig): string => `needs ${upstream.missingVariables.join(', ')}`;

const remembered = (seen: UpstreamStatus): Omit<ServerStatus, 'status'> => ({
  ...(seen.era === undefined ? {} : { era: seen.era }),
  ...(seen.lastSeen === undefined ? {} : { lastSeen: new Date(seen.lastSeen).toISOString() }),
  ...(seen.tools === undefined ? {} : { tools: seen.tools }),
  ...(seen.prompts === undefined ? {} : { prompts: seen.prompts }),
  ...(seen.resources === undefined ? {} : { resources: seen.resources }),
  ...(seen.definitionBytes === undefined ? {} : { tokens: estimateTokens(seen.definitionBytes) }),
  ...(seen.latencyMs === undefined ? {} : { latencyMs: rounded(seen.latencyMs) }),
});

const rounded = ({ p50, p95 }: { readonly p50: number; readonly p95: number }) => ({
  p50: Math.round(p50),
  p95: Math.round(p95),
});

/** The status that a check has found; what only the store knows is kept from it. */
export const checkedStatus = (probe: ProbeResult, before: ServerStatus): ServerStatus => {
  const { reason: _reason, ...kept } = before;
  if (!probe.ok) {
    const reason = reasonOf(probe.name, probe.reason);
    return { ...kept, ...(wantsLogin(reason) ? needsLogin(probe.name, reason) : { status: 'failed', reason }) };
  }
  return {
    ...kept,
    status: 'ok',
    era: probe.era,
    lastSeen: new Date().toISOString(),
    tools: probe.tools,
    prompts: probe.prompts,
    resources: probe.resources,
    tokens: estimateTokens(probe.definitionBytes),
  };
};
