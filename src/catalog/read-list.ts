import type { UpstreamHandle } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { memberBytes, scanElements, spliceMembers } from '../protocol/json-bytes.ts';
import type { ResultBody } from '../protocol/message.ts';
import type { ListEntry } from '../protocol/methods.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { findDefinitionFaults } from './definition-fault.ts';
import { linkedUrisOf } from './linked-uris.ts';
import { joinHints, type ListHints, readHints } from './list-hints.ts';

/** A tool, prompt, resource or template as its upstream wrote it. */
export interface OwnDefinition {
  /** Its name, URI or URI template at the upstream. */
  readonly name: string;
  readonly bytes: Buffer;
  /** May be parsed only now. */
  readonly value: JsonObject;
  /** The `ui://` resources that it names as its user interface. */
  readonly linkedUris: readonly string[];
}

export interface ListReading {
  readonly definitions: readonly OwnDefinition[];
  /** One sentence for each part that had to be left out. */
  readonly problems: readonly string[];
  /** Those of all pages. */
  readonly hints: ListHints;
}

export interface ReadListOptions {
  /** More definitions are left out; default 5 000. */
  readonly maxDefinitions: number;
  /** Whether the upstream wants some arguments as HTTP headers; default false. */
  readonly mirrorsArguments?: boolean;
  readonly signal: CancelSignal;
}

/** An upstream that never ends its pages is stopped here. */
const MAX_PAGES = 100;

/** More problems of one list are counted, not told one by one. */
const MAX_PROBLEMS = 20;

/**
 * Reads all pages of one list of an upstream. A definition that cannot be used, or is named like an earlier one, is left
 * out with a problem, and an optional member of a wrong shape is taken away; all else stays.
 * https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination
 * @throws HubError when the upstream does not answer the request.
 */
export const readList = async (
  upstream: UpstreamHandle,
  entry: ListEntry,
  { maxDefinitions, mirrorsArguments = false, signal }: ReadListOptions,
): Promise<ListReading> => {
  const definitions = new Map<string, OwnDefinition>();
  const problems: string[] = [];
  const hints: ListHints[] = [];
  const cursors = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const body = await readPage(upstream, entry, cursor, signal);
    hints.push(readHints(body));
    for (const definition of definitionsOf(body, entry, mirrorsArguments, problems)) {
      if (definitions.has(definition.name))
        problems.push(`two ${entry.member} are named ${quote(definition.name)}; the first is used`);
      else if (definitions.size < maxDefinitions) definitions.set(definition.name, definition);
      else return toReading(definitions, [tooMany(entry, maxDefinitions), ...problems], hints);
    }
    const next = body.value['nextCursor'];
    if (typeof next !== 'string') break;
    if (cursors.has(next))
      problems.push(`${entry.method} repeats the cursor ${quote(next)}; the rest of the pages is left out`);
    else if (cursors.size + 1 >= MAX_PAGES)
      problems.push(`${entry.method} has more than ${MAX_PAGES} pages; the rest is left out`);
    else {
      cursors.add(next);
      cursor = next;
      continue;
    }
    break;
  }
  return toReading(definitions, problems, hints);
};

const toReading = (
  definitions: ReadonlyMap<string, OwnDefinition>,
  problems: readonly string[],
  hints: readonly ListHints[],
): ListReading => {
  const told = problems.slice(0, MAX_PROBLEMS);
  const rest = problems.length - told.length;
  return {
    definitions: [...definitions.values()],
    problems: rest === 0 ? told : [...told, `${rest} more problems of this kind are not told one by one`],
    hints: joinHints(hints),
  };
};

const readPage = async (
  upstream: UpstreamHandle,
  entry: ListEntry,
  cursor: string | undefined,
  signal: CancelSignal,
): Promise<ResultBody> => {
  const reply = await upstream.request({
    method: entry.method,
    params: cursor === undefined ? {} : { cursor },
    signal,
  });
  if (reply.kind === 'result') return reply.body;
  const failure = reply.kind === 'error' ? reply.failure : undefined;
  const why = reply.kind === 'error' ? reply.error.message : 'it asks for input';
  throw new HubError(
    'UPSTREAM_INVALID',
    // A failure of the hub's own names the upstream and the request itself.
    failure?.message ?? `${upstream.name} did not answer ${entry.method}: ${why}`,
    { upstream: upstream.name, cause: failure },
  );
};

const definitionsOf = (
  body: ResultBody,
  entry: ListEntry,
  mirrorsArguments: boolean,
  problems: string[],
): OwnDefinition[] => {
  const values = body.value[entry.member];
  if (!Array.isArray(values)) {
    problems.push(`${entry.method} has no array ${entry.member}`);
    return [];
  }
  const listBytes = memberBytes(Buffer.from(body.bytes), entry.member);
  return scanElements(listBytes).flatMap(({ start, end }, index) => {
    const value = values[index] as JsonValue;
    const which = `${entry.member}[${index}]${nameIn(value, entry)}`;
    const faulty: string[] = [];
    for (const fault of findDefinitionFaults(value, entry, mirrorsArguments)) {
      problems.push(
        `${which} ${fault.kind === 'member' ? `loses its ${fault.member}` : 'is left out'}: ${fault.reason}`,
      );
      if (fault.kind === 'definition') return [];
      faulty.push(fault.member);
    }
    return [withoutMembers({ bytes: listBytes.subarray(start, end), value: value as JsonObject }, faulty, entry)];
  });
};

/** The definition without members that clients would refuse the whole list for. */
const withoutMembers = (
  { bytes, value }: Pick<OwnDefinition, 'bytes' | 'value'>,
  members: readonly string[],
  { nameMember }: ListEntry,
): OwnDefinition => {
  const name = value[nameMember] as string;
  if (members.length === 0) return { name, bytes, value, linkedUris: linkedUrisOf(value) };
  const rest = Object.fromEntries(Object.entries(value).filter(([member]) => !members.includes(member)));
  return {
    name,
    bytes: spliceMembers(bytes, Object.fromEntries(members.map((member) => [member, undefined]))),
    value: rest,
    linkedUris: linkedUrisOf(rest),
  };
};

const nameIn = (value: JsonValue, entry: ListEntry): string => {
  const name = (value as JsonObject | null)?.[entry.nameMember];
  return typeof name === 'string' ? ` ${quote(name)}` : '';
};

const quote = (text: string): string => JSON.stringify(text.slice(0, 100));

const tooMany = (entry: ListEntry, most: number): string =>
  `more than ${most} ${entry.member}; the rest is left out (hub.limits.tools)`;
