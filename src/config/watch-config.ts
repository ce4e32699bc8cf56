import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../errors/hub-error.ts';
import type { HubConfig } from './hub-config.ts';
import { fatal, type LoadConfigOptions, requireUsable } from './load.ts';
import { type ConfigLocation, candidateFiles, locateConfig } from './locate.ts';
import { formatOf } from './parse-text.ts';
import { type ReadConfig, readConfig, readLocated } from './read-config.ts';
import { isApproved } from './trust.ts';
import { watchFiles } from './watch-files.ts';

export interface WatchConfigOptions {
  /** How the configuration was loaded that counts now. */
  readonly load: LoadConfigOptions;
  readonly current: HubConfig;
  /** What `current` was loaded from, as it was judged then: what a file has become since is a change. */
  readonly loaded: Pick<ReadConfig, 'location' | 'valueFiles'>;
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
export const watchConfig = ({ load, current, loaded, onConfig, tell }: WatchConfigOptions): (() => void) => {
  let present = current;
  let counting = loaded.location;
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
      const isRevoked = counting.trusted !== undefined && !isApproved(counting.trusted, load.env);
      const read = isRevoked ? await readWithoutProject(load) : await readConfig(load);
      if (!isRevoked) requireProject(read.location, counting);
      const next = isRevoked ? read.config : judge(read, present);
      files.watch(filesOf(read, load));
      if (isClosed) return undefined;
      if (!isSame(present, next)) {
        putIntoEffect(next);
        present = next;
      }
      if (isRevoked) tell(`${counting.file} is not trusted any more, and does not count`);
      else if (told !== undefined) tell('the configuration is right again, and counts');
      counting = read.location;
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
  if (counting.file !== undefined && formatOf(counting.file) === 'code') {
    files.close();
    return () => {};
  }
  files.watch(filesOf(loaded, load));
  // What was changed since it was loaded.
  onNews();
  return () => {
    isClosed = true;
    files.close();
  };
};

/**
 * A trusted project that is changed, or gone, is an edit that does not count: it does not bring back the user's own
 * configuration. The same holds for another file of the project that comes before it, and is not trusted.
 * @throws HubError CONFIG_INVALID
 */
const requireProject = (location: ConfigLocation, counting: ConfigLocation): void => {
  if (counting.source !== 'project' || location.source === 'project') return;
  const { ignoredProjectFile, ignoredBecause } = location;
  if (ignoredProjectFile === undefined) throw unusable(`${counting.file}: there is no such file`);
  if (ignoredProjectFile === counting.file) throw unusable(`${counting.file}: ${ignoredBecause}`);
  throw unusable(`${ignoredProjectFile} comes before ${counting.file}: ${ignoredBecause}`);
};

/**
 * What counts once the approval of a project was taken back: what a start would find now, and no server at all where that is
 * wrong, or is not there. Nothing about it can keep the project's servers running.
 */
const readWithoutProject = async (load: LoadConfigOptions): Promise<ReadConfig> => {
  const location = await locateConfig(load);
  const read = await readLocated(location, load).catch(() => undefined);
  if (read !== undefined && !read.config.problems.some(({ severity }) => severity === 'error')) return read;
  const { trusted: _, ...nowhere } = { ...location, file: undefined, source: 'none' as const };
  return { ...(await readLocated(nowhere, load)), location };
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

const filesOf = (
  { location, valueFiles }: WatchConfigOptions['loaded'],
  { env }: LoadConfigOptions,
): readonly string[] => [...candidateFiles(location, env), ...valueFiles];

const isSame = ({ problems: _, ...one }: HubConfig, { problems: __, ...other }: HubConfig): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
