import type { Era } from './era.ts';

/** What a request names: it decides how the request is routed. */
export type Subject = 'tool' | 'prompt' | 'resource';

/** What a routed request may name besides: a prompt or template to complete for, or a task. */
export type NamedKind = Subject | 'reference' | 'task';

/** https://modelcontextprotocol.io/seps/2663-tasks-extension */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** What tells of a change of a task, in each era. */
export const TASK_NOTIFICATIONS: Readonly<Record<Era, string>> = {
  legacy: 'notifications/tasks/status',
  modern: 'notifications/tasks',
};

export const isTaskNotification = (method: string): boolean => Object.values(TASK_NOTIFICATIONS).includes(method);

/** The lists that an upstream offers; each has a method, a member of the result, and a notification of its change. */
export type ListKind = 'tools' | 'prompts' | 'resources' | 'templates';

/** A request from a client that the hub serves, and how. */
export type MethodEntry =
  /** Answered by the edge itself. */
  | { readonly way: 'local'; readonly eras: readonly Era[] }
  /** Answered from the catalog. */
  | { readonly way: 'list'; readonly eras: readonly Era[]; readonly list: ListKind }
  /** Sent to the one upstream that owns what it names. */
  | { readonly way: 'routed'; readonly eras: readonly Era[]; readonly subject: NamedKind };

const BOTH: readonly Era[] = ['legacy', 'modern'];

/**
 * Every method that a client may ask for. A method that is absent, or not in the client's era, is answered with -32601.
 * https://modelcontextprotocol.io/specification/2025-11-25/schema and https://modelcontextprotocol.io/specification/2026-07-28/schema
 */
export const METHODS: Readonly<Record<string, MethodEntry>> = {
  initialize: { way: 'local', eras: ['legacy'] },
  ping: { way: 'local', eras: ['legacy'] },
  'logging/setLevel': { way: 'local', eras: ['legacy'] },
  'resources/subscribe': { way: 'local', eras: ['legacy'] },
  'resources/unsubscribe': { way: 'local', eras: ['legacy'] },
  'server/discover': { way: 'local', eras: ['modern'] },
  'subscriptions/listen': { way: 'local', eras: ['modern'] },
  'tools/list': { way: 'list', eras: BOTH, list: 'tools' },
  'prompts/list': { way: 'list', eras: BOTH, list: 'prompts' },
  'resources/list': { way: 'list', eras: BOTH, list: 'resources' },
  'resources/templates/list': { way: 'list', eras: BOTH, list: 'templates' },
  'tools/call': { way: 'routed', eras: BOTH, subject: 'tool' },
  'prompts/get': { way: 'routed', eras: BOTH, subject: 'prompt' },
  'resources/read': { way: 'routed', eras: BOTH, subject: 'resource' },
  'tasks/get': { way: 'routed', eras: BOTH, subject: 'task' },
  'tasks/cancel': { way: 'routed', eras: BOTH, subject: 'task' },
  'tasks/list': { way: 'local', eras: ['legacy'] },
  'tasks/update': { way: 'routed', eras: ['modern'], subject: 'task' },
  'tasks/result': { way: 'routed', eras: ['legacy'], subject: 'task' },
  'completion/complete': { way: 'routed', eras: BOTH, subject: 'reference' },
};

/** The entry of a method in an era, or undefined where that era does not have it. */
export const methodEntry = (method: string, era: Era): MethodEntry | undefined => {
  const entry = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  return entry?.eras.includes(era) ? entry : undefined;
};

export interface ListEntry {
  readonly kind: ListKind;
  readonly method: string;
  /** The member of the result that holds the definitions. */
  readonly member: string;
  /** The member of a definition that names it. */
  readonly nameMember: 'name' | 'uri' | 'uriTemplate';
  /** The server capability without which the list is not asked for. */
  readonly capability: 'tools' | 'prompts' | 'resources';
  readonly changed: string;
}

/** The four lists. Resources and templates share a capability and a notification. */
export const LISTS: Readonly<Record<ListKind, ListEntry>> = {
  tools: {
    kind: 'tools',
    method: 'tools/list',
    member: 'tools',
    nameMember: 'name',
    capability: 'tools',
    changed: 'notifications/tools/list_changed',
  },
  prompts: {
    kind: 'prompts',
    method: 'prompts/list',
    member: 'prompts',
    nameMember: 'name',
    capability: 'prompts',
    changed: 'notifications/prompts/list_changed',
  },
  resources: {
    kind: 'resources',
    method: 'resources/list',
    member: 'resources',
    nameMember: 'uri',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
  },
  templates: {
    kind: 'templates',
    method: 'resources/templates/list',
    member: 'resourceTemplates',
    nameMember: 'uriTemplate',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
  },
};

export const LIST_KINDS: readonly ListKind[] = ['tools', 'prompts', 'resources', 'templates'];

/** Results that carry cache hints in the modern era, https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching. */
export const CACHEABLE_METHODS: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/** Requests that may be answered with `input_required`, https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr. */
export const INPUT_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);
