import { isJsonObject, type JsonValue } from '../protocol/json.ts';

/** The kinds of change that can be listened for, and the notification that each stands for. */
export const LIST_CHANGES = {
  toolsListChanged: 'notifications/tools/list_changed',
  promptsListChanged: 'notifications/prompts/list_changed',
  resourcesListChanged: 'notifications/resources/list_changed',
} as const;

export type ListChange = keyof typeof LIST_CHANGES;

/** What a `subscriptions/listen` wants to be told of, as far as the hub knows it. */
export interface ListenFilter {
  readonly lists: readonly ListChange[];
  /** Each once. */
  readonly uris: readonly string[];
  /** Each once; of the extension for tasks. */
  readonly taskIds: readonly string[];
}

/**
 * Reads a filter. A member that the hub does not know is left out, as what a server does not support is to be; one that it
 * knows has to be of its type.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#notification-filter
 * @returns in words what is wrong with it, where something is.
 */
export const readListenFilter = (wanted: JsonValue | undefined): ListenFilter | string => {
  if (!isJsonObject(wanted)) return 'params.notifications must be an object';
  const { resourceSubscriptions = [], taskIds = [] } = wanted;
  const lists = (Object.keys(LIST_CHANGES) as ListChange[]).filter((list) => wanted[list] !== undefined);
  const wrong = lists.find((list) => typeof wanted[list] !== 'boolean');
  if (wrong !== undefined) return `params.notifications.${wrong} must be true or false`;
  if (!isTexts(resourceSubscriptions)) return 'params.notifications.resourceSubscriptions must be a list of URIs';
  if (!isTexts(taskIds)) return 'params.notifications.taskIds must be a list of ids of tasks';
  return {
    lists: lists.filter((list) => wanted[list] === true),
    uris: [...new Set(resourceSubscriptions)],
    taskIds: [...new Set(taskIds)],
  };
};

const isTexts = (value: JsonValue): value is string[] =>
  Array.isArray(value) && value.every((element) => typeof element === 'string');
