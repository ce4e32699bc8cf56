import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import type { OwnDefinition } from './read-list.ts';

/**
 * The definitions of one list as bytes: the length of an index as four bytes, big-endian; the index, JSON of
 * `{names, lengths, links}`; then the definitions as their upstream wrote them, one after the other. To read it, no
 * definition has to be parsed.
 */
export const packList = (definitions: readonly OwnDefinition[]): Buffer => {
  const links = Object.fromEntries(
    definitions.flatMap(({ linkedUris }, index) => (linkedUris.length === 0 ? [] : [[index, [...linkedUris]]])),
  );
  const names = definitions.map(({ name }) => name);
  const lengths = definitions.map(({ bytes }) => bytes.length);
  const index = Buffer.from(JSON.stringify({ names, lengths, links }));
  const size = Buffer.alloc(INDEX_SIZE_BYTES);
  size.writeUInt32BE(index.length);
  return Buffer.concat([size, index, ...definitions.map(({ bytes }) => bytes)]);
};

/** The definitions of a packed list, each parsed when its value is first asked for; undefined where the bytes are no such list. */
export const unpackList = (packed: Buffer): OwnDefinition[] | undefined => {
  const index = readIndex(packed);
  if (index === undefined) return undefined;
  const { names, lengths, links } = index;
  const definitions: OwnDefinition[] = [];
  let position = index.end;
  for (const [at, name] of names.entries()) {
    const end = position + (lengths[at] ?? Number.NaN);
    if (!(end <= packed.length)) return undefined;
    definitions.push(parsedLater(name, packed.subarray(position, end), links[at] ?? NO_LINKS));
    position = end;
  }
  return position === packed.length ? definitions : undefined;
};

const INDEX_SIZE_BYTES = 4;

const NO_LINKS: readonly string[] = [];

interface ListIndex {
  readonly names: readonly string[];
  readonly lengths: readonly number[];
  readonly links: Readonly<Record<number, readonly string[]>>;
  /** Where the definitions begin. */
  readonly end: number;
}

const readIndex = (packed: Buffer): ListIndex | undefined => {
  if (packed.length < INDEX_SIZE_BYTES) return undefined;
  const end = INDEX_SIZE_BYTES + packed.readUInt32BE(0);
  try {
    const index = JSON.parse(packed.toString('utf8', INDEX_SIZE_BYTES, end)) as JsonValue;
    return isIndex(index) ? { ...(index as unknown as Omit<ListIndex, 'end'>), end } : undefined;
  } catch {
    return undefined;
  }
};

const isIndex = (index: JsonValue): boolean =>
  isJsonObject(index) &&
  Array.isArray(index['names']) &&
  index['names'].every((name) => typeof name === 'string') &&
  Array.isArray(index['lengths']) &&
  index['lengths'].every((length) => Number.isInteger(length) && (length as number) >= 0) &&
  isJsonObject(index['links']) &&
  Object.values(index['links']).every(Array.isArray);

const parsedLater = (name: string, bytes: Buffer, linkedUris: readonly string[]): OwnDefinition => {
  let value: JsonObject | undefined;
  return {
    name,
    bytes,
    linkedUris,
    get value() {
      value ??= JSON.parse(bytes.toString('utf8')) as JsonObject;
      return value;
    },
  };
};
