import { renameLinkedUris } from '../catalog/linked-uris.ts';
import type { UriNaming } from '../catalog/uri-naming.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseLossless } from '../protocol/json.ts';
import { memberBytes, spliceElements, spliceMembers } from '../protocol/json-bytes.ts';
import { changedBody } from '../protocol/large-result.ts';
import type { ResultBody } from '../protocol/message.ts';

/** The new bytes of a value, or undefined where it stays as it is. */
type Rename = (value: JsonValue, bytes: Buffer) => Buffer | undefined;

/**
 * A result in which the URIs that name resources are those that reach them through the hub; everything else keeps its
 * bytes. They stand in what was read, in links and embedded resources of tools, and in those of prompts; a tool may
 * name its user interface.
 * https://modelcontextprotocol.io/specification/2026-07-28/server/tools#resource-links
 */
export const renameUris = (body: ResultBody, naming: UriNaming): ResultBody => {
  const inHolder: Rename = (value, bytes) => {
    const uri = isJsonObject(value) && typeof value['uri'] === 'string' ? naming(value['uri']) : undefined;
    return uri === undefined ? undefined : spliceMembers(bytes, { uri: JSON.stringify(uri) });
  };
  const inPart: Rename = (part, bytes) => {
    if (!isJsonObject(part)) return undefined;
    return part['type'] === 'resource_link'
      ? inHolder(part, bytes)
      : part['type'] === 'resource'
        ? inMember('resource', inHolder)(part, bytes)
        : undefined;
  };
  const inMessage = inMember('content', inPart);
  const renames = [
    inMember('contents', inEach(inHolder)),
    inMember('content', inEach(inPart)),
    inMember('messages', inEach(inMessage)),
    (value: JsonValue, bytes: Buffer) => (isJsonObject(value) ? renameLinkedUris(bytes, value, naming) : undefined),
  ];
  const inResult: Rename = (value, bytes) => {
    const renamed = renames.reduce<Buffer>((before, rename) => rename(value, before) ?? before, bytes);
    return renamed === bytes ? undefined : renamed;
  };
  const own = Buffer.from(body.bytes);
  const bytes =
    inResult(body.value, own) ?? (isTask(body.value) ? inMember('result', inResult)(body.value, own) : undefined);
  return bytes === undefined ? body : changedBody(body, bytes, JSON.parse(bytes.toString('utf8')) as JsonObject);
};

/**
 * What an upstream tells of a task, with the same done to the result that may be in it.
 * https://modelcontextprotocol.io/seps/2663-tasks-extension#task-status-notifications
 */
export const renameTaskUris = (task: JsonObject, naming: UriNaming | undefined): JsonObject => {
  if (naming === undefined) return task;
  const body: ResultBody = { era: 'modern', bytes: Buffer.from(JSON.stringify(task)), value: task };
  const renamed = renameUris(body, naming);
  return renamed === body ? task : (parseLossless(Buffer.from(renamed.bytes).toString()) as JsonObject);
};

/** A task of the modern era holds its result once it has ended. */
const isTask = ({ taskId, result }: JsonObject): boolean => typeof taskId === 'string' && isJsonObject(result);

const inMember =
  (key: string, rename: Rename): Rename =>
  (value, bytes) => {
    if (!isJsonObject(value) || value[key] === undefined) return undefined;
    const renamed = rename(value[key], memberBytes(bytes, key));
    return renamed && spliceMembers(bytes, { [key]: renamed });
  };

const inEach =
  (rename: Rename): Rename =>
  (value, bytes) =>
    Array.isArray(value) ? spliceElements(bytes, (element, index) => rename(value[index] ?? null, element)) : undefined;
