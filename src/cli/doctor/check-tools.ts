import { estimateTokens, plural, shortCount } from '../format.ts';
import type { Check, Examination, Finding } from './check.ts';

/** How many tools clients take (Cursor, https://docs.cursor.com/context/mcp; VS Code, https://code.visualstudio.com/docs/copilot/chat/mcp-servers). */
const LIMITS = [
  { client: 'Cursor', tools: 40 },
  { client: 'VS Code', tools: 128 },
] as const;

/** A tenth of the window that most models have. */
const MANY_TOKENS = 20_000;

/** Whether all tools together are more than clients take, and what their definitions cost. */
export const checkTools: Check = {
  name: 'tools',
  section: 'Clients',
  find: (examination) => {
    const { tools, bytes } = totals(examination);
    if (tools === 0) return [];
    return [countFinding(tools), tokenFinding(estimateTokens(bytes))];
  },
};

const totals = ({ probes }: Examination): { tools: number; bytes: number } => {
  let tools = 0;
  let bytes = 0;
  for (const probe of probes?.values() ?? []) {
    if (!probe.ok) continue;
    tools += probe.tools;
    bytes += probe.definitionBytes;
  }
  return { tools, bytes };
};

const countFinding = (tools: number): Finding => {
  const exceeded = LIMITS.filter((limit) => tools > limit.tools);
  const details = { tools };
  if (exceeded.length === 0) {
    const limits = LIMITS.map(({ client, tools: most }) => `${client} takes ${most}`).join(', ');
    return { state: 'ok', message: `${plural(tools, 'tool')} in all (${limits})`, details };
  }
  const limits = exceeded.map(({ client, tools: most }) => `${client} takes (${most})`).join(' and ');
  return {
    state: 'warning',
    message: `${plural(tools, 'tool')} in all, more than ${limits}`,
    fix: "mcp-hub tools --tokens shows which are never called; then mcp-hub disable 'SERVER.GLOB'",
    details,
  };
};

const tokenFinding = (tokens: number): Finding => {
  const message = `about ${shortCount(tokens)} tokens of definitions, if a client loads all up front (an estimate)`;
  const details = { tokens };
  if (tokens <= MANY_TOKENS) return { state: 'ok', message, details };
  return { state: 'warning', message, fix: 'mcp-hub tools --tokens', details };
};
