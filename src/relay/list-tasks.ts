import type { UpstreamHandle } from '../dispatch/call.ts';
import { encodeListBody } from '../protocol/encode-list.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import { memberBytes, scanElements } from '../protocol/json-bytes.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import type { View } from './view.ts';

/** Further pages of one upstream are not read. */
const MAX_PAGES = 32;

/**
 * The result of `tasks/list` for a client with a session: its own tasks, as the upstreams that it has tasks at list them, on
 * one page. An upstream that cannot list tasks, or does not answer, has none in it. Never rejects.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#listing-tasks
 */
export const listTasks = async (
  { upstreams, tasks }: View,
  clientId: string,
  signal: CancelSignal,
): Promise<Uint8Array> => {
  const handles = tasks.upstreamsOf(clientId).flatMap((name) => upstreams.get(name) ?? []);
  const lists = await Promise.all(
    handles.map((upstream) =>
      readTasks(upstream, signal, (taskId) => tasks.ownerOf(clientId, taskId) === upstream.name),
    ),
  );
  return encodeListBody('tasks', lists.flat());
};

const readTasks = async (
  upstream: UpstreamHandle,
  signal: CancelSignal,
  isOwn: (taskId: string) => boolean,
): Promise<Buffer[]> => {
  const found = new Map<string, Buffer>();
  if (!(await canList(upstream, signal))) return [];
  let cursor: JsonValue | undefined;
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
      if (!isJsonObject(task) || typeof task['taskId'] !== 'string' || !isOwn(task['taskId'])) continue;
      found.set(task['taskId'], bytes.subarray(start, end));
    }
    if (typeof nextCursor !== 'string' || nextCursor === cursor) break;
    cursor = nextCursor;
  }
  return [...found.values()];
};

const canList = async (upstream: UpstreamHandle, signal: CancelSignal): Promise<boolean> => {
  try {
    const { era, capabilities } = await upstream.connect(signal);
    return era === 'legacy' && isJsonObject(capabilities['tasks']) && isJsonObject(capabilities['tasks']['list']);
  } catch {
    // The upstream itself has announced why.
    return false;
  }
};
