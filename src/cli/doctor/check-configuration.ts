import { statSync } from 'node:fs';
import { isOpenTo } from '../../config/environment.ts';
import type { ConfigProblem } from '../../config/hub-config.ts';
import { plural, shellWords, shortPath } from '../format.ts';
import { redactEntry } from '../redact-entry.ts';
import { reasonOf } from '../server-status.ts';
import type { Check, Examination, Finding } from './check.ts';

/** The configuration: every problem with its place, and whether others can read the secrets in it. */
export const checkConfiguration: Check = {
  name: 'configuration',
  section: 'Configuration',
  find: (examination) => {
    const { context, validation, location, config } = examination;
    const problems = validation.problems.map((problem) => problemFinding(examination, problem));
    const [file] = validation.files;
    if (file === undefined && problems.length === 0) return [nothingYet(location.userFile, context.env)];
    if (file === undefined) return problems;
    const open = openSecrets(examination, file);
    const servers = plural(config?.upstreams.length ?? 0, 'server');
    const routes = (config?.routes.length ?? 0) === 0 ? '' : `, ${plural(config?.routes.length ?? 0, 'route')}`;
    const usable = config === undefined ? 'cannot be used' : `${servers}${routes}`;
    const isWell = config !== undefined;
    const summary: Finding = {
      state: 'ok',
      message: `${shortPath(file, context.env)}: ${usable}`,
      details: { path: file },
    };
    return [...(isWell ? [summary] : []), ...problems, ...open];
  },
};

const nothingYet = (userFile: string, env: NodeJS.ProcessEnv): Finding => ({
  state: 'warning',
  message: `no configuration yet; the first server that is added makes ${shortPath(userFile, env)}`,
  fix: 'mcp-hub add NAME -- COMMAND',
});

const problemFinding = ({ context, flags }: Examination, problem: ConfigProblem): Finding => {
  const { severity, message, place, upstream } = problem;
  const where = place === undefined ? '' : `${shortPath(place.file, context.env)}:${place.line}:${place.column}: `;
  return {
    state: severity === 'warning' ? 'warning' : 'fails',
    ...(upstream === undefined ? {} : { server: upstream }),
    message: `${where}${upstream === undefined ? message : reasonOf(upstream, message)}`,
    fix: problem.isUntrusted
      ? 'mcp-hub trust'
      : shellWords(['mcp-hub', 'config', 'edit', ...(flags.config === undefined ? [] : ['--config', flags.config])]),
    ...(place === undefined ? {} : { details: { ...place } }),
  };
};

/** References are no secrets; a token that stands in the file is one. */
const openSecrets = ({ declared }: Examination, file: string): Finding[] => {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode;
  if (mode === undefined || !isOpenTo(mode, 0o044)) return [];
  const holds = [...declared.values()].some(
    ({ entry }) => JSON.stringify(redactEntry(entry)) !== JSON.stringify(entry),
  );
  if (!holds) return [];
  const message = 'the file holds secrets, and other users of this machine can read it';
  return [{ state: 'warning', message, fix: shellWords(['chmod', '600', file]) }];
};
