import type { ConfigProblem } from '../../config/hub-config.ts';
import { type ConfigValidation, validateConfig } from '../../config/validate.ts';
import type { CliContext } from '../context.ts';
import type { ConfigFlags } from '../declare-config-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { plural, shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { configOptions, problemLine } from '../load-servers.ts';

/** `config validate`: every problem with its place. Exit 3 when something is not served; warnings alone are exit 0. */
export const runConfigValidate = async (context: CliContext, flags: ConfigFlags): Promise<number> => {
  const validation = await validateConfig(configOptions(context, flags));
  const isValid = validation.problems.every((problem) => problem.severity === 'warning');
  if (flags.json === true) context.out(jsonText(validationObject(validation, isValid)));
  else context.out(validationText(validation, context.env));
  return isValid ? EXIT.ok : EXIT.config;
};

const validationObject = ({ files, problems }: ConfigValidation, isValid: boolean): object => ({
  schemaVersion: 1,
  isValid,
  files,
  problems,
});

const validationText = ({ files, problems, config }: ConfigValidation, env: NodeJS.ProcessEnv): string => {
  const lines = problems.map((problem) => `${problemLine(problem, env)}\n`).join('');
  const file = files.map((name) => shortPath(name, env)).join(', ');
  if (problems.length > 0) return `${lines}${countText(problems)}\n`;
  if (file === '') return 'no configuration yet: mcp-hub help add\n';
  return `${file} is valid: ${plural(config?.upstreams.length ?? 0, 'server')}, ${plural(config?.routes.length ?? 0, 'route')}\n`;
};

const countText = (problems: readonly ConfigProblem[]): string => {
  const count = (severity: ConfigProblem['severity']): number =>
    problems.filter((problem) => problem.severity === severity).length;
  const parts = [plural(count('error'), 'error'), `${count('skipped')} left out`, plural(count('warning'), 'warning')];
  return parts.filter((part) => !part.startsWith('0 ')).join(', ');
};
