import type { UpstreamConfig } from '../config/hub-config.ts';
import type { ProbeResult } from '../hub/probe.ts';
import type { UpstreamStatus } from '../store/upstream-statuses.ts';
import { estimateTokens } from './format.ts';

/** How a server is, as `list` says it. `unknown` has never been started; `invalid` is left out of what is served. */
export type StatusWord = 'ok' | 'failed' | 'disabled' | 'needs_variables' | 'invalid' | 'unknown';

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

/** The status by the configuration and by what the store remembers; nothing is started. */
export const lastStatus = (upstream: UpstreamConfig, seen: UpstreamStatus | undefined): ServerStatus => ({
  ...verdict(upstream, seen),
  ...(seen === undefined ? {} : remembered(seen)),
});

const verdict = (upstream: UpstreamConfig, seen: UpstreamStatus | undefined): ServerStatus => {
  if (!upstream.enabled) return { status: 'disabled' };
  if (upstream.missingVariables.length > 0) {
    return { status: 'needs_variables', missingVariables: upstream.missingVariables, reason: missingText(upstream) };
  }
  if (seen?.state === 'backing_off')
    return { status: 'failed', ...(seen.reason === undefined ? {} : { reason: reasonOf(upstream.name, seen.reason) }) };
  return { status: seen?.lastSeen === undefined ? 'unknown' : 'ok' };
};

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
  if (!probe.ok) return { ...kept, status: 'failed', reason: reasonOf(probe.name, probe.reason) };
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
