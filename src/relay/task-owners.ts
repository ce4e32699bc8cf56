import { isJsonObject, type JsonObject } from '../protocol/json.ts';

/** Tasks beyond this many push out the oldest. */
const MAX_TASKS = 10_000;

/** Which upstream works on a task, and for whom. */
export interface TaskOwners {
  /** Remembers the task that a result announces, for the client that asked for it. */
  learn(clientId: string, upstream: string, result: JsonObject): void;
  /** The upstream of a task of this client; another client's task is as unknown as any. */
  ownerOf(clientId: string, taskId: string): string | undefined;
}

export const createTaskOwners = (): TaskOwners => {
  const owners = new Map<string, string>();
  const keyOf = (clientId: string, taskId: string): string => `${clientId}\0${taskId}`;
  return {
    learn(clientId, upstream, result) {
      const taskId = taskIdIn(result);
      if (taskId === undefined) return;
      owners.set(keyOf(clientId, taskId), upstream);
      const [oldest] = owners.keys();
      if (owners.size > MAX_TASKS && oldest !== undefined) owners.delete(oldest);
    },
    ownerOf: (clientId, taskId) => owners.get(keyOf(clientId, taskId)),
  };
};

/**
 * In the modern era the result itself is the task, in the legacy era it holds it.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
 */
const taskIdIn = ({ resultType, taskId, task }: JsonObject): string | undefined => {
  if (resultType === 'task') return typeof taskId === 'string' ? taskId : undefined;
  return isJsonObject(task) && typeof task['taskId'] === 'string' ? task['taskId'] : undefined;
};
