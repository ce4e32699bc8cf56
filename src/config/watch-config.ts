import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../errors/hub-error.ts';
import type { HubConfig } from './hub-config.ts';
import { fatal, type LoadConfigOptions, requireUsable } from './load.ts';
import { type ConfigLocation, candidateFiles } from './locate.ts';
import { formatOf } from './parse-text.ts';
import { type ReadConfig, readConfig } from './read-config.ts';
import { watchFiles } from './watch-files.ts';

export interface WatchConfigOptions {
  /** How the configuration was loaded that counts now. */
  readonly load: LoadConfigOptions;
  readonly current: HubConfig;
  /** Takes one that is sound, and other than the one before; where it throws, the one before is the one that counts. */
  readonly onConfig: (config: HubConfig) => void;
  /** Takes a line for a person: why an edit does not count, and when one does after that. */
  readonly tell: (line: string) => void;
}

/** An edit that looks wrong may not be at its end. Milliseconds. */
const SECOND_LOOK_MS = 500;

/**
 * Watches the file that the configuration is from, and those that it takes values from. An edit counts when it is sound as a
 * whole; one that is not is told once, with its place, and the configuration that counted goes on. A file that is gone or
 * empty is such an edit, and so is one by which an entry is left out that a start would leave out too. A program is run once and not watched.
 * @returns what ends it
 */
export const watchConfig = async ({ load, current, onConfig, tell }: WatchConfigOptions): Promise<() => void> => {
  let present = current;
  let counting: ConfigLocation | undefined;
  let told: string | undefined;
  let refused: { readonly config: HubConfig; readonly error: unknown } | undefined;
  let isClosed = false;
  let isWorking = false;
  let hasNews = false;

  /** What is only looked at again is not tried again; a person who saves the same once more has it tried. */
  const putIntoEffect = (next: HubConfig): void => {
    if (refused !== undefined && isSame(refused.config, next)) throw refused.error;
    try {
      onConfig(next);
    } catch (error) {
      refused = { config: next, error };
      throw error;
    }
  };

  const look = async (): Promise<string | undefined> => {
    try {
      const read = await readConfig(load);
      requireProject(read.location, counting);
      const next = judge(read, present);
      files.watch(filesOf(read, load));
      if (isClosed) return undefined;
      if (!isSame(present, next)) {
        putIntoEffect(next);
        present = next;
      }
      counting = read.location;
      if (told !== undefined) tell('the configuration is right again, and counts');
      told = undefined;
      refused = undefined;
      return undefined;
    } catch (error) {
      return HubError.from(error).message;
    }
  };

  const work = async (): Promise<void> => {
    isWorking = true;
    while (hasNews && !isClosed) {
      hasNews = false;
      if ((await look()) === undefined) continue;
      await delay(SECOND_LOOK_MS, undefined, { ref: false });
      if (hasNews) continue;
      const problem = await look();
      refused = undefined;
      if (problem === undefined || problem === told || isClosed) continue;
      told = problem;
      tell(`${problem}; the configuration that counted before goes on`);
    }
    isWorking = false;
  };

  const onNews = (): void => {
    hasNews = true;
    if (!isWorking) void work();
  };
  const files = watchFiles(onNews);
  const first = await readConfig(load).catch(() => undefined);
  if (first?.location.file !== undefined && formatOf(first.location.file) === 'code') {
    files.close();
    return () => {};
  }
  counting = first?.location;
  files.watch(first === undefined ? current.files : filesOf(first, load));
  // What was changed since it was loaded.
  onNews();
  return () => {
    isClosed = true;
    files.close();
  };
};

/**
 * A trusted project that is changed, or gone, is an edit that does not count: it does not bring back the user's own
 * configuration. One that is not trusted any more does.
 * @throws HubError CONFIG_INVALID
 */
const requireProject = (location: ConfigLocation, counting: ConfigLocation | undefined): void => {
  if (counting?.source !== 'project' || location.source === 'project') return;
  if (location.ignoredProjectFile !== counting.file) throw unusable(`${counting.file}: there is no such file`);
  if (location.isUnknownProject !== true) throw unusable(`${counting.file}: ${location.ignoredBecause}`);
};

/** @throws HubError CONFIG_INVALID where it is no configuration to go over to */
const judge = ({ config, parsed }: ReadConfig, present: HubConfig): HubConfig => {
  requireUsable(config);
  const [file] = present.files;
  if (file !== undefined && parsed === undefined) throw unusable(`${file}: there is no such file`);
  // A program that writes a file may have it empty first.
  if (present.upstreams.length > 0 && parsed?.value === undefined) throw unusable(`${parsed?.file}:1:1: it is empty`);
  const known = new Set(present.problems.map(({ message }) => message));
  const spoiled = config.problems.find(({ severity, message }) => severity === 'skipped' && !known.has(message));
  if (spoiled !== undefined) throw fatal(spoiled);
  return config;
};

const unusable = (message: string): HubError => new HubError('CONFIG_INVALID', message);

const filesOf = ({ location, valueFiles }: ReadConfig, { env }: LoadConfigOptions): readonly string[] => [
  ...candidateFiles(location, env),
  ...valueFiles,
];

const isSame = ({ problems: _, ...one }: HubConfig, { problems: __, ...other }: HubConfig): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
