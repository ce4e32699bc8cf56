import { isJsonObject, type JsonObject } from '../protocol/json.ts';

/** Tasks beyond this many push out the oldest. */
const MAX_TASKS = 10_000;

/** News of so many tasks that nobody follows are kept. */
const MAX_EARLY = 64;

/** Takes what an upstream says of a task of one client. */
export type TaskListener = (task: JsonObject) => void;

/** Which upstream works on a task, and for whom. */
export interface TaskOwners {
  /** Remembers the task that a result announces, for the client that asked for it. */
  learn(clientId: string, upstream: string, result: JsonObject): void;
  /** The upstream of a task of this client; another client's task is as unknown as any. */
  ownerOf(clientId: string, taskId: string): string | undefined;
  /** The ids of the tasks of this client, the oldest first, by the upstream that works on them. */
  tasksOf(clientId: string): ReadonlyMap<string, readonly string[]>;
  /** Passes what an upstream says of one of its tasks to those who follow the client that owns it; whether there is one. */
  tell(upstream: string, task: JsonObject): boolean;
  /** Calls the listener with what upstreams say of the tasks of a client, until the returned function is called. */
  follow(clientId: string, listener: TaskListener): () => void;
}

export const createTaskOwners = (): TaskOwners => {
  const owners = new Map<string, string>();
  const followers = new Set<{ readonly clientId: string; readonly listener: TaskListener }>();
  /** The last news of tasks that nobody followed: the result that announces them may still be on its way. */
  const early = new Map<string, JsonObject>();

  const tell: TaskOwners['tell'] = (upstream, task) => {
    const { taskId } = task;
    if (typeof taskId !== 'string') return false;
    const heard = [...followers].filter(({ clientId }) => owners.get(keyOf(clientId, taskId)) === upstream);
    for (const { listener } of heard) listener(task);
    if (heard.length === 0) keep(early, keyOf(upstream, taskId), task, MAX_EARLY);
    return heard.length > 0;
  };

  return {
    tell,
    learn(clientId, upstream, result) {
      const taskId = taskIdIn(result);
      // A task stays with the upstream that made it, whoever gives another the same id.
      if (taskId === undefined || owners.has(keyOf(clientId, taskId))) return;
      keep(owners, keyOf(clientId, taskId), upstream, MAX_TASKS);
      const news = early.get(keyOf(upstream, taskId));
      early.delete(keyOf(upstream, taskId));
      // The client hears of the task itself first.
      if (news !== undefined) setImmediate(tell, upstream, news);
    },
    ownerOf: (clientId, taskId) => owners.get(keyOf(clientId, taskId)),
    tasksOf(clientId) {
      const prefix = keyOf(clientId, '');
      const own = [...owners].filter(([key]) => key.startsWith(prefix));
      return new Map(
        own.map(([, upstream]) => [
          upstream,
          own.filter(([, owner]) => owner === upstream).map(([key]) => key.slice(prefix.length)),
        ]),
      );
    },
    follow(clientId, listener) {
      const follower = { clientId, listener };
      followers.add(follower);
      return () => void followers.delete(follower);
    },
  };
};

const keyOf = (owner: string, taskId: string): string => `${owner}\0${taskId}`;

const keep = <V>(map: Map<string, V>, key: string, value: V, most: number): void => {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
};

/**
 * The id of the task that a result announces: in the modern era the result itself is the task, in the legacy era it holds it.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
 */
export const taskIdIn = ({ resultType, taskId, task }: JsonObject): string | undefined => {
  if (resultType === 'task') return typeof taskId === 'string' ? taskId : undefined;
  return isJsonObject(task) && typeof task['taskId'] === 'string' ? task['taskId'] : undefined;
};
