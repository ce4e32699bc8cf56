import type { UpstreamConfig } from '../../config/hub-config.ts';
import type { ProbeResult } from '../../hub/probe.ts';
import { howToSet } from '../../utils/how-to-set.ts';
import { fixFor } from '../check-added.ts';
import { findCommand } from '../find-command.ts';
import { estimateTokens, plural, shortCount, shortDuration } from '../format.ts';
import { missingText, reasonOf } from '../server-status.ts';
import type { Check, Examination, Finding } from './check.ts';
import { installHint } from './install-hint.ts';

/** Each server: that its command is found, that it starts, which era it speaks, what it offers, and how long that took. */
export const checkServers: Check = {
  name: 'servers',
  section: 'Servers',
  find: (examination) => (examination.config?.upstreams ?? []).map((upstream) => findingOf(examination, upstream)),
};

const findingOf = (examination: Examination, upstream: UpstreamConfig): Finding => {
  const { name } = upstream;
  if (!upstream.enabled) return { state: 'ok', server: name, message: 'disabled' };
  if (upstream.missingVariables.length > 0) return unset(upstream);
  const program = programOf(examination, upstream);
  if (program.isMissing) return missing(upstream, program.command);
  const probe = examination.probes?.get(name);
  if (probe === undefined)
    return {
      state: 'ok',
      server: name,
      message: program.path === undefined ? 'not started' : `found: ${program.path}`,
    };
  return probed(probe, program.path);
};

const unset = (upstream: UpstreamConfig): Finding => ({
  state: 'fails',
  server: upstream.name,
  message: `${missingText(upstream)}: not set here, so it is not started`,
  fix: upstream.missingVariables.some((name) => name.startsWith('${'))
    ? howToSet(upstream.missingVariables)
    : `export ${upstream.missingVariables[0]}=VALUE, or keep it in a file: hub.envFile (mcp-hub config edit)`,
  details: { missingVariables: [...upstream.missingVariables] },
});

interface Program {
  readonly command: string;
  readonly path?: string;
  readonly isMissing: boolean;
}

const programOf = ({ context }: Examination, { transport }: UpstreamConfig): Program => {
  if (transport.type !== 'stdio') return { command: '', isMissing: false };
  const path = findCommand(transport.command, { ...context.env, ...transport.env }, transport.cwd ?? context.cwd);
  return { command: transport.command, isMissing: path === undefined, ...(path === undefined ? {} : { path }) };
};

const missing = ({ name }: UpstreamConfig, command: string): Finding => ({
  state: 'fails',
  server: name,
  message: /[\\/]/.test(command) ? `${command} is not there, or cannot be run` : `${command} is not on PATH`,
  fix: installHint(command) ?? `mcp-hub add --force ${name} -- /path/to/command`,
  details: { command },
});

const probed = (probe: ProbeResult, path: string | undefined): Finding => {
  const { name } = probe;
  if (!probe.ok) {
    const reason = reasonOf(name, probe.reason);
    return { state: 'fails', server: name, message: reason, fix: fixFor(name, reason) };
  }
  const { era, tools, prompts, resources, definitionBytes, startMs, serverInfo } = probe;
  const tokens = estimateTokens(definitionBytes);
  const offers =
    tools === 0 ? noTools(prompts, resources) : `${plural(tools, 'tool')}, about ${shortCount(tokens)} tokens`;
  return {
    state: 'ok',
    server: name,
    message: `${era}, ${offers}, started in ${shortDuration(startMs)}`,
    details: {
      era,
      tools,
      prompts,
      resources,
      tokens,
      startMs: Math.round(startMs),
      serverInfo: { name: serverInfo.name, version: serverInfo.version },
      ...(path === undefined ? {} : { path }),
    },
  };
};

const noTools = (prompts: number, resources: number): string =>
  `no tools, ${plural(prompts, 'prompt')}, ${plural(resources, 'resource')}`;
