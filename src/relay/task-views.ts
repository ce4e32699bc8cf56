import type { ClientContext } from '../dispatch/call.ts';
import type { View } from './view.ts';

/** Finds the view in which a task was made: the processes of another one do not know it. */
export interface TaskViews {
  /** Remembers a view that clients use. */
  note(view: View): void;
  /** The view of a client's task; where it has no such task, the one of the client as it is now. */
  of(client: ClientContext, taskId: unknown): View;
}

/** A client without a session may declare other capabilities with each request, and so change its view. */
export const createTaskViews = (viewOf: (client: ClientContext) => View): TaskViews => {
  const views = new Set<View>();
  let last: View | undefined;
  return {
    note(view) {
      if (view !== last) views.add(view);
      last = view;
    },
    of(client, taskId) {
      const own = viewOf(client);
      if (typeof taskId !== 'string' || client.hasSession) return own;
      return [own, ...views].find(({ tasks }) => tasks.ownerOf(client.id, taskId) !== undefined) ?? own;
    },
  };
};
