import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ParsedText } from './parse-text.ts';
import { parseFile, parseOwnText } from './read-source.ts';
import { readText, type TextFile } from './read-text.ts';

/** Reads as `readText` does. */
export type ReadText = typeof readText;

/** A project's configuration as it is judged, and, where it is trusted, used: nothing of it is read a second time. */
export interface ProjectSource {
  readonly parsed: ParsedText;
  /** The real folder of the file, without symbolic links: what relative paths in it begin at, and where its servers run. */
  readonly folder: string;
  /** Reads the files that it takes values from, each once: what was judged is what is filled in. */
  readonly read: ReadText;
  /** The file that a path leads to when all symbolic links are followed. */
  readonly targetOf: (file: string) => string;
}

/** Reads a project's file in its real folder. @throws HubError CONFIG_INVALID where it cannot be read */
export const readProject = async (file: string): Promise<ProjectSource> => {
  const folder = realFolder(file);
  return { parsed: await parseFile(join(folder, basename(file))), folder, ...createFiles() };
};

/** A project's file with a text that a person is about to write into it by a command. */
export const projectOfText = async (file: string, text: string): Promise<ProjectSource> => ({
  parsed: await parseOwnText(file, text),
  folder: realFolder(file),
  ...createFiles(),
});

/** The real path of a file's folder; as it is where there is none. */
export const realFolder = (file: string): string => realPathOf(dirname(file));

const realPathOf = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** Follows the links of a file once, and reads what they led to once. */
const createFiles = (): Pick<ProjectSource, 'read' | 'targetOf'> => {
  const targets = new Map<string, string>();
  const outcomes = new Map<string, () => TextFile>();
  const targetOf = (file: string): string => {
    const target = targets.get(file) ?? realPathOf(file);
    targets.set(file, target);
    return target;
  };
  return {
    targetOf,
    read(file, maxBytes) {
      const outcome = outcomes.get(file) ?? outcomeOf(() => readText(targetOf(file), maxBytes));
      outcomes.set(file, outcome);
      return outcome();
    },
  };
};

const outcomeOf = <T>(work: () => T): (() => T) => {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
};
