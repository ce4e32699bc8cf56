import type { Place } from './model/place.ts';
import type { PlaceName } from './model/state.ts';
import { CALL_PLACE } from './screens/call-place.ts';
import { CALLS_PLACE } from './screens/calls-place.ts';
import { SERVER_PLACE } from './screens/server-place.ts';
import { SERVERS_PLACE } from './screens/servers-place.ts';
import { SESSION_PLACE } from './screens/session-place.ts';
import { SESSIONS_PLACE } from './screens/sessions-place.ts';
import { STATS_PLACE } from './screens/stats-place.ts';
import { TOOLS_PLACE } from './screens/tools-place.ts';

export const PLACES: Readonly<Record<PlaceName, Place>> = {
  calls: CALLS_PLACE,
  call: CALL_PLACE,
  servers: SERVERS_PLACE,
  server: SERVER_PLACE,
  tools: TOOLS_PLACE,
  stats: STATS_PLACE,
  sessions: SESSIONS_PLACE,
  session: SESSION_PLACE,
};
