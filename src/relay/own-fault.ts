import { failureReply } from '../dispatch/failure.ts';
import type { ErrorReply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';

/**
 * The reply to a request whose work has thrown. What is no HubError is a fault of the hub itself: it ends this request alone,
 * and a person is told of it, with its cause, in one line.
 */
export const replyToFault = (bus: EventBus, method: string, thrown: unknown): ErrorReply => {
  if (thrown instanceof HubError) return failureReply(thrown);
  const cause = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  bus.emit({ type: 'problem', message: `${method} failed by a fault of the hub itself: ${cause}`, at: Date.now() });
  return failureReply(HubError.from(thrown));
};
