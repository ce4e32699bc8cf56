import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HubError } from '../errors/hub-error.ts';
import { isRecord } from './client-shapes.ts';
import { formatPath } from './key-path.ts';
import { formatOf, type KeyPath, type ParsedText, parseText } from './parse-text.ts';
import { readText } from './read-text.ts';
import { replaceFile } from './replace-file.ts';
import { schemaFile } from './schema-file.ts';
import { findServers, type ServerEntry, valueAt } from './server-entries.ts';

/** A configuration file that is being edited. Nothing is written before `save`. Comments and unknown keys stay. */
export interface ConfigDocument {
  readonly file: string;
  /** Whether the file was there when it was opened. */
  readonly exists: boolean;
  /** The text that it had when it was opened; empty where there was none. */
  readonly original: string;
  /** Names in the order of the file, disabled ones included. */
  readonly serverNames: () => readonly string[];
  /** The entry as the file has it, not interpolated. */
  readonly getServer: (name: string) => unknown | undefined;
  /** Adds an entry, or replaces the one of that name where it stands. */
  readonly setServer: (name: string, entry: unknown) => void;
  /** Removes an entry, and what `hub.servers` says about it; false where there is none. */
  readonly removeServer: (name: string) => boolean;
  /** Switches an entry off or on; false where there is none. */
  readonly setEnabled: (name: string, enabled: boolean) => boolean;
  /** The value below `hub`, for example of `['log', 'keepDays']`. */
  readonly getHub: (path: readonly string[]) => unknown | undefined;
  /** Sets a value below `hub`; `undefined` removes it. */
  readonly setHub: (path: readonly string[], value: unknown | undefined) => void;
  /** What the file says about `${input:ID}`, as VS Code writes it; none where it is no list. */
  readonly inputs: () => readonly unknown[];
  readonly setInputs: (inputs: readonly unknown[]) => void;
  /** The whole text as `save` would write it. */
  readonly text: () => string;
  /**
   * Writes the file in one step. Throws `CONFIG_INVALID` where it cannot be written, or where someone else has changed it
   * since it was opened; then nothing has changed.
   */
  readonly save: () => Promise<void>;
}

/**
 * Opens a configuration file for editing; a missing one begins as a skeleton. Throws `CONFIG_INVALID`, with the place,
 * for a file with syntax errors or with keys that are given twice, and for files that are programs.
 */
export const openConfigDocument = async (file: string): Promise<ConfigDocument> => {
  const original = await readOriginal(file);
  const editor = await createEditor(file, original?.text ?? skeleton(file), original !== undefined);
  const bom = original?.encoding === 'utf-8-bom' ? '\uFEFF' : '';
  return {
    ...editor,
    file,
    exists: original !== undefined,
    original: original?.text ?? '',
    save: async () => {
      if ((await readOriginal(file))?.text !== original?.text)
        throw refuse(file, 'someone else has just changed it', RETRY);
      await replaceFile(file, bom + editor.text());
    },
  };
};

const RETRY = 'run the command again';

type Editor = Omit<ConfigDocument, 'file' | 'exists' | 'original' | 'save'>;

const createEditor = async (file: string, initial: string, exists: boolean): Promise<Editor> => {
  const edit = await editFunction(file, initial);
  // In package.json the configuration is below a key of the package's own.
  const base: KeyPath = basename(file) === 'package.json' ? ['mcp-hub'] : [];
  let text = initial;
  let root = rootOf(await parseChecked(file, text, exists), base);

  const change = (path: KeyPath, value: unknown): void => {
    const whole = [...base, ...path];
    try {
      [text, root] = [edit(text, whole, value), withChange(root, path, value)];
    } catch (error) {
      throw refuse(file, `${formatPath(whole)} cannot be set: something above it is not an object`, FIX, error);
    }
  };
  const servers = () => findServers(root);
  const find = (name: string): ServerEntry | undefined => servers().entries.findLast((entry) => entry.name === name);

  const setServer = (name: string, entry: unknown): void => {
    if (name.trim() === '' || name === '__proto__')
      throw new HubError('USAGE', `cannot add a server: "${name}" is no name`);
    const found = find(name);
    const container = servers().containers[0]?.path ?? ['mcpServers'];
    const members = valueAt(root, container);
    const isList = Array.isArray(members);
    const path = found?.path ?? [...container, isList ? members.length : name];
    change(path, typeof path.at(-1) === 'number' && isRecord(entry) ? { name, ...entry } : entry);
  };

  const removeServer = (name: string): boolean => {
    const found = find(name);
    if (!found) return false;
    change(found.path, undefined);
    if (valueAt(root, ['hub', 'servers', name]) !== undefined) change(['hub', 'servers', name], undefined);
    return true;
  };

  const setEnabled = (name: string, enabled: boolean): boolean => {
    const found = find(name);
    if (!found || !isRecord(found.value)) return false;
    const { disabled, enabled: enabledKey } = found.value;
    if (enabled && disabled !== undefined) change([...found.path, 'disabled'], undefined);
    if (enabled && enabledKey !== undefined) change([...found.path, 'enabled'], undefined);
    if (!enabled) change([...found.path, enabledKey === undefined ? 'disabled' : 'enabled'], enabledKey === undefined);
    return true;
  };

  return {
    serverNames: () => [...new Set(servers().entries.map(({ name }) => name))],
    getServer: (name) => find(name)?.value,
    setServer,
    removeServer,
    setEnabled,
    getHub: (path) => valueAt(root, ['hub', ...path]),
    setHub: (path, value) => {
      if (value !== undefined || valueAt(root, ['hub', ...path]) !== undefined) change(['hub', ...path], value);
    },
    inputs: () => (Array.isArray(root['inputs']) ? (root['inputs'] as unknown[]) : []),
    setInputs: (inputs) => change(['inputs'], inputs),
    text: () => text,
  };
};

type Edit = (text: string, path: KeyPath, value: unknown) => string;

const editFunction = async (file: string, text: string): Promise<Edit> => {
  if (formatOf(file, text) === 'yaml') return (await import('./yaml-edit.ts')).editYaml;
  const { removeAt, setAt } = await import('./jsonc-edit.ts');
  return (before, path, value) => (value === undefined ? removeAt(before, path) : setAt(before, path, value));
};

const readOriginal = async (file: string) => {
  if (formatOf(file) === 'code') throw refuse(file, 'it is a program, not data', 'edit it by hand');
  const original = await access(file).then(
    () => readText(file),
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? undefined : readText(file)),
  );
  if (original?.encoding === 'utf-16') throw refuse(file, 'it is encoded in UTF-16', 'save it as UTF-8');
  return original;
};

const parseChecked = async (file: string, text: string, exists: boolean): Promise<ParsedText> => {
  const parsed = await parseText(file, text);
  const problem = parsed.problems[0];
  if (!problem) return parsed;
  const { line, column } = problem.place ?? { line: 1, column: 1 };
  throw refuse(exists ? `${file}:${line}:${column}` : file, problem.message, FIX);
};

const FIX = 'correct the file by hand first; nothing was changed';

const rootOf = ({ file, value }: ParsedText, base: KeyPath): Record<string, unknown> => {
  const root = valueAt(value, base) ?? {};
  if (!isRecord(root)) throw refuse(file, 'it does not hold an object', FIX);
  return root;
};

/** A copy of `root` with the same change that was made to the text. */
const withChange = (root: Record<string, unknown>, path: KeyPath, value: unknown): Record<string, unknown> => {
  const copy = structuredClone(root);
  let holder: unknown = copy;
  for (const [depth, key] of path.entries()) {
    const members = holder as Record<string | number, unknown>;
    if (depth < path.length - 1) holder = members[key] ??= {};
    else if (value !== undefined) members[key] = structuredClone(value);
    else if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete members[key];
  }
  return copy;
};

const refuse = (what: string, why: string, hint: string, cause?: unknown): HubError =>
  new HubError('CONFIG_INVALID', `cannot change ${what}: ${why}`, { hint, cause });

/** What a new file begins with: the schema, so that editors complete and check it, and the two places to fill. */
const skeleton = (file: string): string => {
  const schema = schemaFile();
  const url = schema && pathToFileURL(schema).href;
  if (formatOf(file) === 'yaml')
    return `${url ? `# yaml-language-server: $schema=${url}\n` : ''}mcpServers: {}\nhub: {}\n`;
  return `${JSON.stringify({ ...(url && { $schema: url }), mcpServers: {}, hub: {} }, undefined, 2)}\n`;
};
