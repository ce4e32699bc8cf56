import { isDeepStrictEqual } from 'node:util';
import { HubError } from '../../errors/hub-error.ts';
import { isRecord } from '../client-shapes.ts';
import type { KeyPath } from '../parse-text.ts';
import { valueAt } from '../server-entries.ts';
import type { ClientFile, ClientFormat } from './client.ts';
import { parseClientText } from './client-document.ts';

/** What is changed in a client's file: servers that go, and one that comes. */
export interface ClientEdit {
  readonly remove: readonly KeyPath[];
  readonly add?: { readonly name: string; readonly entry: Readonly<Record<string, unknown>> };
}

/**
 * The text with an edit made: nothing else is touched. What was meant is compared with what the new text says, so that no
 * text is given that would say anything else.
 * @throws HubError `CONFIG_INVALID` where the file is written in a way that cannot be edited so.
 */
export const editClientText = async (
  path: string,
  text: string,
  { format, servers }: ClientFile,
  edit: ClientEdit,
): Promise<string> => {
  const container = servers[0] ?? [];
  const before = (await parseClientText(path, text, format)).value;
  // From the end, so that the indices of a list stay right.
  const remove = edit.remove.toSorted((a, b) => Number(b.at(-1)) - Number(a.at(-1)) || 0);
  let changed = text;
  let meant: unknown = before ?? {};
  try {
    for (const at of remove) [changed, meant] = [await without(changed, at, format), withoutValue(meant, at)];
    if (edit.add) {
      const { name, entry } = edit.add;
      changed = await withServer(changed, container, edit.add, format);
      meant = withValue(
        meant,
        container,
        format === 'yaml' ? { name, ...entry } : entry,
        format === 'yaml' ? -1 : name,
      );
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw cannotEdit(path, container, error);
  }
  if (!isDeepStrictEqual((await parseClientText(path, changed, format)).value ?? {}, meant))
    throw cannotEdit(path, container);
  return changed;
};

const cannotEdit = (path: string, container: KeyPath, cause?: unknown): HubError =>
  new HubError(
    'CONFIG_INVALID',
    `cannot change ${path}: "${container.join('.')}" is not written as a table of servers`,
    {
      hint: 'make the change by hand; nothing was written',
      cause,
    },
  );

const without = async (text: string, at: KeyPath, format: ClientFormat): Promise<string> => {
  if (format === 'toml') return (await import('../toml-edit.ts')).removeToml(text, at.map(String));
  if (format === 'json') return (await import('../jsonc-edit.ts')).removeAt(text, at);
  const { removeYamlItem } = await import('../yaml-list-edit.ts');
  return (
    removeYamlItem(text, String(at[0]), Number(at[1])) ??
    (await import('../yaml-edit.ts')).editYaml(text, at, undefined)
  );
};

const withServer = async (
  text: string,
  container: KeyPath,
  { name, entry }: NonNullable<ClientEdit['add']>,
  format: ClientFormat,
): Promise<string> => {
  const path = [...container.map(String), name];
  if (format === 'toml') return (await import('../toml-edit.ts')).setTomlTable(text, path, entry);
  if (format === 'json') return (await import('../jsonc-edit.ts')).setAt(text, path, entry);
  const key = String(container[0]);
  const item = { name, ...entry };
  const { appendYamlItem } = await import('../yaml-list-edit.ts');
  const appended = appendYamlItem(text, key, item);
  if (appended !== undefined) return appended;
  const { value } = (await import('../parse-yaml.ts')).parseYaml('', text);
  const list = valueAt(value, [key]);
  return (await import('../yaml-edit.ts')).editYaml(text, [key, Array.isArray(list) ? list.length : 0], item);
};

const withoutValue = (root: unknown, at: KeyPath): unknown => {
  const copy = structuredClone(root);
  const holder = valueAt(copy, at.slice(0, -1));
  if (Array.isArray(holder)) holder.splice(Number(at.at(-1)), 1);
  else if (isRecord(holder)) delete holder[String(at.at(-1))];
  return copy;
};

const withValue = (root: unknown, container: KeyPath, value: unknown, key: string | -1): unknown => {
  const copy = structuredClone(root) as Record<string, unknown>;
  let holder = copy;
  for (const part of container.slice(0, -1)) {
    holder[String(part)] ??= {};
    holder = holder[String(part)] as Record<string, unknown>;
  }
  const last = String(container.at(-1));
  if (key === -1) holder[last] = [...((holder[last] as unknown[] | null) ?? []), structuredClone(value)];
  else holder[last] = { ...((holder[last] as object | null) ?? {}), [key]: structuredClone(value) };
  return copy;
};
