import type { Check, Finding } from './check.ts';

/** Names that had to be changed, because clients or the models behind them would refuse them, and definitions that were left out. */
export const checkNames: Check = {
  name: 'names',
  section: 'Servers',
  find: ({ probes }) =>
    [...(probes?.values() ?? [])].flatMap((probe): Finding[] =>
      probe.ok ? probe.problems.map((problem) => findingOf(probe.name, problem)) : [],
    ),
};

const findingOf = (name: string, problem: string): Finding => {
  const message = problem.startsWith(`${name}: `) ? problem.slice(name.length + 2) : problem;
  const isRenamed = / is offered as /.test(message);
  return {
    state: 'warning',
    server: name,
    message,
    fix: isRenamed
      ? `give it a short name: hub.servers.${name}.rename, or a shorter prefix (mcp-hub config edit)`
      : `tell the author of the server; the rest of it is served: mcp-hub tools ${name}`,
  };
};
