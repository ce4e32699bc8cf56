import { isDeepStrictEqual } from 'node:util';
import { applyPatch, structuredPatch } from 'diff';
import { isRecord } from '../../config/client-shapes.ts';
import { type ClientEntry, clientEntries, parseClientText } from '../../config/clients/client-document.ts';
import { editClientText } from '../../config/clients/client-edit.ts';
import type { LocatedFile } from '../../config/clients/client-paths.ts';
import { normaliseEntry } from '../../config/normal-entry.ts';
import { createProblemList } from '../../config/problem-list.ts';
import { isHub } from './recognise-hub.ts';
import type { Registration } from './registration.ts';

/**
 * The text of a client's file as it would be had the hub never been registered. Where nothing else was changed since, that
 * is the old text to the byte. Else what was changed stays, and the registration alone is taken back: as a patch where that
 * fits, else entry by entry. Undefined: the file would not be there.
 */
export const withoutHub = async (
  located: LocatedFile,
  text: string,
  registration: Registration | undefined,
): Promise<string | undefined> => {
  if (registration !== undefined && text === registration.after) return registration.before;
  const entries = await ownEntries(located, text);
  const hubs = await hubEntries(entries, registration);
  const remove = hubs.map(({ path }) => path);
  const patched = registration && hubs.length > 0 ? await patchedBack(located, text, registration) : undefined;
  if (patched !== undefined) return patched;
  const removed = remove.length === 0 ? text : await editClientText(located.path, text, located.file, { remove });
  return withMoved(located, removed, registration);
};

/** The servers that stand where the hub is registered. */
export const ownEntries = async ({ path, file }: LocatedFile, text: string): Promise<readonly ClientEntry[]> =>
  clientEntries((await parseClientText(path, text, file.format)).value, file.servers.slice(0, 1));

/** The entries that are the hub, whoever has written them. */
export const hubEntries = async (
  entries: readonly ClientEntry[],
  registration?: Registration,
): Promise<readonly ClientEntry[]> => {
  const written = registration === undefined ? [] : [registration.name];
  const found: ClientEntry[] = [];
  for (const entry of entries) {
    const normal = await normaliseEntry(entry, createProblemList(undefined));
    if (normal && (isHub(entry.name, normal.transport) || (written.includes(entry.name) && mentionsHub(entry.value))))
      found.push(entry);
  }
  return found;
};

const mentionsHub = (value: unknown): boolean => JSON.stringify(value).includes('mcp-hub');

/** The difference that the registration made, taken back; undefined where it does not fit the text any more. */
const patchedBack = async (
  located: LocatedFile,
  text: string,
  registration: Registration,
): Promise<string | undefined> => {
  const { before, after, path } = registration;
  if (before === undefined) return undefined;
  const patched = applyPatch(text, structuredPatch(path, path, after, before, undefined, undefined, { context: 1 }), {
    autoConvertLineEndings: false,
  });
  if (patched === false) return undefined;
  return (await isMeant(located, text, patched, registration).catch(() => false)) ? patched : undefined;
};

/** Whether a text says all that another says, without the hub and with the servers that were moved. */
const isMeant = async (
  located: LocatedFile,
  text: string,
  patched: string,
  registration: Registration,
): Promise<boolean> => {
  const entries = await ownEntries(located, text);
  const hubs = await hubEntries(entries, registration);
  const own = entries.filter((entry) => !hubs.includes(entry));
  const now = await ownEntries(located, patched);
  const moved = await movedEntries(located, registration);
  const wanted = new Map([...moved, ...own].map(({ name, value }) => [name, value]));
  const rest = async (source: string) =>
    outside(located, (await parseClientText(located.path, source, located.file.format)).value);
  return (
    now.length === wanted.size &&
    now.every(({ name, value }) => isDeepStrictEqual(wanted.get(name), value)) &&
    isDeepStrictEqual(await rest(text), await rest(patched))
  );
};

/** What a file says beside the servers. */
const outside = ({ file }: LocatedFile, root: unknown): unknown => {
  const copy: unknown = structuredClone(root);
  const path = file.servers[0] ?? [];
  let holder = copy;
  for (const key of path.slice(0, -1)) holder = isRecord(holder) ? holder[String(key)] : undefined;
  if (isRecord(holder)) delete holder[String(path.at(-1))];
  return copy;
};

const movedEntries = async (located: LocatedFile, { before, moved }: Registration): Promise<readonly ClientEntry[]> =>
  before === undefined ? [] : (await ownEntries(located, before)).filter(({ name }) => moved.includes(name));

const withMoved = async (
  located: LocatedFile,
  text: string,
  registration: Registration | undefined,
): Promise<string> => {
  let whole = text;
  for (const { name, value } of registration === undefined ? [] : await movedEntries(located, registration)) {
    const isThere = (await ownEntries(located, whole)).some((entry) => entry.name === name);
    if (isThere || !isRecord(value)) continue;
    const { name: _, ...unnamed } = value;
    const entry = located.file.format === 'yaml' ? unnamed : value;
    whole = await editClientText(located.path, whole, located.file, { remove: [], add: { name, entry } });
  }
  return whole;
};
