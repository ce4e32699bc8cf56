import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import type { NamedKind, Subject } from '../protocol/methods.ts';

/** What a request names, and how the name is put back into its params. */
export type NamedSubject =
  | {
      readonly ok: true;
      readonly subject: Subject | 'task';
      readonly name: string;
      /** Whether the name is a URI template, which only a completion may name. */
      readonly isTemplate: boolean;
      /** The params with the name replaced. */
      withName(name: string): JsonObject;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Judges the params of a routed request. Only exact keys count, each of its type; what is judged here is what is sent on.
 */
export const readSubject = (subject: NamedKind, params: JsonObject): NamedSubject => {
  switch (subject) {
    case 'tool':
    case 'prompt':
      return readNamed(subject, params);
    case 'resource':
      return readUri(params);
    case 'reference':
      return readReference(params);
    case 'task':
      return readTask(params);
  }
};

const fault = (reason: string): NamedSubject => ({ ok: false, reason });

const readNamed = (subject: 'tool' | 'prompt', params: JsonObject): NamedSubject => {
  const { name } = params;
  if (typeof name !== 'string' || name === '') return fault('params.name must be a string that is not empty');
  if (params['arguments'] !== undefined && !isJsonObject(params['arguments']))
    return fault('params.arguments must be an object');
  return { ok: true, subject, name, isTemplate: false, withName: (own) => ({ ...params, name: own }) };
};

const readUri = (params: JsonObject): NamedSubject => {
  const { uri } = params;
  if (typeof uri !== 'string' || uri === '') return fault('params.uri must be a string that is not empty');
  return { ok: true, subject: 'resource', name: uri, isTemplate: false, withName: (own) => ({ ...params, uri: own }) };
};

const readTask = (params: JsonObject): NamedSubject => {
  const { taskId } = params;
  if (typeof taskId !== 'string' || taskId === '') return fault('params.taskId must be a string that is not empty');
  return { ok: true, subject: 'task', name: taskId, isTemplate: false, withName: () => params };
};

/** https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion */
const readReference = (params: JsonObject): NamedSubject => {
  const { ref, argument } = params;
  if (!isJsonObject(ref)) return fault('params.ref must be an object');
  if (!isJsonObject(argument) || typeof argument['name'] !== 'string' || typeof argument['value'] !== 'string') {
    return fault('params.argument must be an object with a name and a value');
  }
  if (ref['type'] === 'ref/prompt' && typeof ref['name'] === 'string') {
    const withName = (own: string): JsonObject => ({ ...params, ref: { ...ref, name: own } });
    return { ok: true, subject: 'prompt', name: ref['name'], isTemplate: false, withName };
  }
  if (ref['type'] === 'ref/resource' && typeof ref['uri'] === 'string') {
    const withName = (own: string): JsonObject => ({ ...params, ref: { ...ref, uri: own } });
    return { ok: true, subject: 'resource', name: ref['uri'], isTemplate: true, withName };
  }
  return fault('params.ref must be a ref/prompt with a name, or a ref/resource with a uri');
};
