import type { UpstreamHandle } from '../dispatch/call.ts';
import { encodeListBody } from '../protocol/encode-list.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import { memberBytes, scanElements } from '../protocol/json-bytes.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import type { View } from './view.ts';

/** Further pages of one upstream are not read. */
const MAX_PAGES = 32;

/** So many tasks of an upstream that has no list of them are asked for one by one, the newest. */
const MAX_SINGLE = 100;

/**
 * The result of `tasks/list` for a client with a session: its own tasks over all upstreams that it has tasks at, on one page.
 * An upstream that does not answer has none in it. Never rejects.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#listing-tasks
 */
export const listTasks = async (
  { upstreams, tasks }: View,
  clientId: string,
  signal: CancelSignal,
): Promise<Uint8Array> => {
  const own = [...tasks.tasksOf(clientId)];
  const lists = await Promise.all(
    own.map(async ([name, taskIds]) => {
      const upstream = upstreams.get(name);
      return upstream === undefined ? [] : readOwn(upstream, taskIds, signal);
    }),
  );
  return encodeListBody('tasks', lists.flat());
};

const readOwn = async (
  upstream: UpstreamHandle,
  taskIds: readonly string[],
  signal: CancelSignal,
): Promise<readonly Buffer[]> => {
  try {
    const { era, capabilities } = await upstream.connect(signal);
    if (era !== 'legacy') return [];
    const canList = isJsonObject(capabilities['tasks']) && isJsonObject(capabilities['tasks']['list']);
    return canList ? await readList(upstream, new Set(taskIds), signal) : await readEach(upstream, taskIds, signal);
  } catch {
    // The upstream itself has announced why it cannot be reached.
    return [];
  }
};

const readList = async (
  upstream: UpstreamHandle,
  taskIds: ReadonlySet<string>,
  signal: CancelSignal,
): Promise<Buffer[]> => {
  const found = new Map<string, Buffer>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const reply = await upstream.request({
      method: 'tasks/list',
      params: cursor === undefined ? {} : { cursor },
      signal,
    });
    if (reply.kind !== 'result' || !Array.isArray(reply.body.value['tasks'])) break;
    const { tasks, nextCursor } = reply.body.value as JsonObject & { tasks: JsonValue[] };
    const bytes = memberBytes(Buffer.from(reply.body.bytes), 'tasks');
    for (const [index, { start, end }] of scanElements(bytes).entries()) {
      const task = tasks[index];
      if (!isJsonObject(task) || typeof task['taskId'] !== 'string' || !taskIds.has(task['taskId'])) continue;
      found.set(task['taskId'], bytes.subarray(start, end));
    }
    if (typeof nextCursor !== 'string' || nextCursor === cursor) break;
    cursor = nextCursor;
  }
  return [...found.values()];
};

const readEach = async (
  upstream: UpstreamHandle,
  taskIds: readonly string[],
  signal: CancelSignal,
): Promise<readonly Buffer[]> => {
  const replies = await Promise.all(
    taskIds.slice(-MAX_SINGLE).map((taskId) => upstream.request({ method: 'tasks/get', params: { taskId }, signal })),
  );
  return replies.flatMap((reply) => (reply.kind === 'result' ? [Buffer.from(reply.body.bytes)] : []));
};
