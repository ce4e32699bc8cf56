import type { Call, ClientContext } from '../dispatch/call.ts';
import type { JsonObject } from '../protocol/json.ts';
import { isLogLevel, isWanted } from '../protocol/log-level.ts';

/**
 * Whose a log message is that came while these calls were under way, and on the stream of none in particular. It is the one
 * client's whose calls they are, and everybody's while there are none. What may be any one of several clients' is nobody's: a
 * client must not read what the upstream says of another's call.
 */
export const logOwner = ({ level }: JsonObject, underWay: readonly Call[]): Call | 'everybody' | 'nobody' => {
  const [first, ...others] = underWay;
  if (first === undefined) return 'everybody';
  if (others.some(({ client }) => connectionOf(client) !== connectionOf(first.client))) return 'nobody';
  // It is told once, for a call that wants it.
  return underWay.find(({ logLevel }) => isLogLevel(logLevel) && isWanted(level, logLevel)) ?? first;
};

/** Programs that look the same may be several clients: each of their requests is a connection of its own. */
const connectionOf = ({ id, connectionId = id }: ClientContext): string => connectionId;
