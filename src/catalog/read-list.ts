import type { UpstreamHandle } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { memberBytes, scanElements } from '../protocol/json-bytes.ts';
import type { ResultBody } from '../protocol/message.ts';
import type { ListEntry } from '../protocol/methods.ts';
import { findDefinitionFault } from './definition-fault.ts';

/** A tool, prompt, resource or template as its upstream wrote it. */
export interface OwnDefinition {
  /** Its name, URI or URI template at the upstream. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly value: JsonObject;
}

export interface ListReading {
  readonly definitions: readonly OwnDefinition[];
  /** One sentence for each part that had to be left out. */
  readonly problems: readonly string[];
}

export interface ReadListOptions {
  /** More definitions are left out; default 5 000. */
  readonly maxDefinitions: number;
  readonly signal: AbortSignal;
}

/** An upstream that never ends its pages is stopped here. */
const MAX_PAGES = 100;

/**
 * Reads all pages of one list of an upstream. A definition that is malformed, or named like an earlier one, is left out
 * with a problem; the others stay.
 * https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination
 * @throws HubError when the upstream does not answer the request.
 */
export const readList = async (
  upstream: UpstreamHandle,
  entry: ListEntry,
  { maxDefinitions, signal }: ReadListOptions,
): Promise<ListReading> => {
  const definitions = new Map<string, OwnDefinition>();
  const problems: string[] = [];
  const cursors = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const body = await readPage(upstream, entry, cursor, signal);
    for (const definition of definitionsOf(body, entry, problems)) {
      if (definitions.has(definition.name))
        problems.push(`two ${entry.member} are named ${quote(definition.name)}; the first is used`);
      else if (definitions.size < maxDefinitions) definitions.set(definition.name, definition);
      else return { definitions: [...definitions.values()], problems: [...problems, tooMany(entry, maxDefinitions)] };
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
  return { definitions: [...definitions.values()], problems };
};

const readPage = async (
  upstream: UpstreamHandle,
  entry: ListEntry,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<ResultBody> => {
  const reply = await upstream.request({
    method: entry.method,
    params: cursor === undefined ? {} : { cursor },
    signal,
  });
  if (reply.kind === 'result') return reply.body;
  const why = reply.kind === 'error' ? reply.error.message : 'it asks for input';
  throw new HubError('UPSTREAM_INVALID', `${upstream.name} did not answer ${entry.method}: ${why}`, {
    upstream: upstream.name,
    cause: reply.kind === 'error' ? reply.failure : undefined,
  });
};

const definitionsOf = (body: ResultBody, entry: ListEntry, problems: string[]): OwnDefinition[] => {
  const values = body.value[entry.member];
  if (!Array.isArray(values)) {
    problems.push(`${entry.method} has no array ${entry.member}`);
    return [];
  }
  const listBytes = memberBytes(Buffer.from(body.bytes), entry.member);
  return scanElements(listBytes).flatMap(({ start, end }, index) => {
    const value = values[index] as JsonValue;
    const fault = findDefinitionFault(value, entry);
    if (fault === undefined) {
      const definition = value as JsonObject;
      return [
        { name: definition[entry.nameMember] as string, bytes: listBytes.subarray(start, end), value: definition },
      ];
    }
    problems.push(`${entry.member}[${index}]${nameIn(value, entry)} is left out: ${fault}`);
    return [];
  });
};

const nameIn = (value: JsonValue, entry: ListEntry): string => {
  const name = (value as JsonObject | null)?.[entry.nameMember];
  return typeof name === 'string' ? ` ${quote(name)}` : '';
};

const quote = (text: string): string => JSON.stringify(text.slice(0, 100));

const tooMany = (entry: ListEntry, most: number): string =>
  `more than ${most} ${entry.member}; the rest is left out (hub.limits.tools)`;
