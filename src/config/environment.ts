import { dirname } from 'node:path';
import { parseEnv } from 'node:util';
import { isSecretName } from '../utils/secret-name.ts';
import { isRecord } from './client-shapes.ts';
import { homeDirectory, resolveUserPath } from './home-directory.ts';
import type { InterpolationContext } from './interpolate.ts';
import type { ProblemList } from './problem-list.ts';
import type { ProjectSource, ReadText } from './project-source.ts';
import { readText } from './read-text.ts';
import type { SecretTexts } from './secret-texts.ts';

export interface EnvironmentOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The configuration file; undefined where there is none. */
  readonly file: string | undefined;
  /** `hub.envFile` */
  readonly envFile: string | undefined;
  /** The `inputs` of the file, as VS Code has them. */
  readonly inputs: unknown;
  /** What is kept under the names that the file refers to. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Told of each value that was filled in and is secret. */
  readonly secretTexts: SecretTexts;
  readonly problems: ProblemList;
  /** The trusted project that the file is of; default: it is of none. */
  readonly project?: Pick<ProjectSource, 'folder' | 'read'> | undefined;
  /** Told of each file that something is looked for in; default: nobody is. */
  readonly onFile?: (file: string) => void;
}

/** Secrets are short; what is larger is no value of a variable. */
export const MAX_VALUE_BYTES = 64 * 1024;

/** What references in the configuration are filled in from: the environment first, then `hub.envFile`. */
export const createInterpolationContext = (options: EnvironmentOptions): InterpolationContext => {
  const { env, cwd, file, project } = options;
  const folder = project?.folder ?? (file === undefined ? cwd : dirname(file));
  const read = project?.read ?? readText;
  const envFile = options.envFile === undefined ? undefined : resolveUserPath(options.envFile, folder, env);
  if (envFile !== undefined) options.onFile?.(envFile);
  const fromFile = envFile === undefined ? {} : readEnvFile(envFile, read, options);
  const inputs = Array.isArray(options.inputs) ? options.inputs.filter(isRecord) : [];
  const { secretTexts } = options;
  return {
    variable: (name) => {
      const value = lookUp(env, name) ?? lookUp(fromFile, name);
      if (value !== undefined && isSecretName(name)) secretTexts.addLikely(value);
      return value;
    },
    noted: (key, value) => {
      if (isSecretName(key)) secretTexts.addLikely(value);
      return value;
    },
    secret: (name) => secretTexts.add(options.secrets.get(name)),
    inputDefault: (id) => {
      const value = inputs.find((input) => input['id'] === id)?.['default'];
      return typeof value === 'string' ? value : undefined;
    },
    readFile: (path) => {
      options.onFile?.(path);
      try {
        return secretTexts.add(read(path, MAX_VALUE_BYTES).text);
      } catch {
        return undefined;
      }
    },
    userHome: homeDirectory(env),
    workspaceFolder: project?.folder ?? cwd,
    folder,
    serverFolder: project?.folder,
  };
};

/** Names of variables are the same in upper and lower case on Windows, also in a copy of its environment. */
export const lookUp = (variables: Readonly<Record<string, string | undefined>>, name: string): string | undefined => {
  if (Object.hasOwn(variables, name)) return variables[name];
  if (process.platform !== 'win32') return undefined;
  const key = Object.keys(variables).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : variables[key];
};

const readEnvFile = (file: string, read: ReadText, { problems }: EnvironmentOptions) => {
  const path = ['hub', 'envFile'];
  try {
    const { text, mode } = read(file);
    if (isOpenTo(mode, 0o077)) {
      const message = `${file} can be read by other users; run: chmod 600 ${file}`;
      problems.report({ severity: 'warning', path, message, isWhole: true });
    }
    return parseEnvFile(text);
  } catch (error) {
    const message = `is not used: ${error instanceof Error ? error.message : String(error)}`;
    problems.report({ severity: 'warning', path, message });
    return {};
  }
};

/** The variables of a file of lines `NAME=value`. */
export const parseEnvFile = (text: string): Record<string, string> => parseEnv(text) as Record<string, string>;

/** Whether permission bits let others do something. Windows has none: there it is never said. */
export const isOpenTo = (mode: number, bits: number): boolean => process.platform !== 'win32' && (mode & bits) !== 0;
