import type { Requirement } from './requirement.ts';
import { LEGACY } from './sources.ts';

/** Streamable HTTP with sessions, 2025-03-26 to 2025-11-25, and HTTP+SSE before it. */
export const HTTP_LEGACY = {
  'http-legacy:accepted': {
    source: `${LEGACY}/basic/transports#sending-messages-to-the-server`,
    behavior: 'A notification or an answer that is accepted gets status 202 and no body.',
  },
  'http-legacy:stream:first-event': {
    source: `${LEGACY}/basic/transports#sending-messages-to-the-server`,
    behavior: 'A stream begins with an event that has an id, from which it can be resumed.',
  },
  'http-legacy:stream:ends': {
    source: `${LEGACY}/basic/transports#sending-messages-to-the-server`,
    behavior: 'A stream ends after the answer that it was opened for.',
  },
  'http-legacy:disconnect': {
    source: `${LEGACY}/basic/transports#sending-messages-to-the-server`,
    behavior: 'A broken connection cancels nothing; a cancellation is said.',
  },
  'http-legacy:get': {
    source: `${LEGACY}/basic/transports#listening-for-messages-from-the-server`,
    behavior: 'A GET opens a stream of what nobody has asked for.',
  },
  'http-legacy:get:refused': {
    source: `${LEGACY}/basic/transports#listening-for-messages-from-the-server`,
    behavior: 'A server may have no such stream; its client goes on without.',
  },
  'http-legacy:one-stream': {
    source: `${LEGACY}/basic/transports#multiple-connections`,
    behavior: 'A message goes over one stream, not over all that are open.',
  },
  'http-legacy:resume:ids': {
    source: `${LEGACY}/basic/transports#resumability-and-redelivery`,
    behavior: 'No two events of a session have one id.',
  },
  'http-legacy:resume:served': {
    source: `${LEGACY}/basic/transports#resumability-and-redelivery`,
    behavior: 'A stream that is resumed goes on after the last event that was seen.',
  },
  'http-legacy:resume:own-stream': {
    source: `${LEGACY}/basic/transports#resumability-and-redelivery`,
    behavior: 'What another stream has carried is not repeated on this one.',
  },
  'http-legacy:resume:asked': {
    source: `${LEGACY}/basic/transports#resumability-and-redelivery`,
    behavior: 'A client goes on with a broken stream by a GET with the last event id.',
  },
  'http-legacy:resume:retry': {
    source: `${LEGACY}/basic/transports#sending-messages-to-the-server`,
    behavior: 'A client waits as long as the server says before it asks for a stream again.',
  },
  'http-legacy:session:id': {
    source: `${LEGACY}/basic/transports#session-management`,
    behavior: 'The id of a session is random, and made of visible ASCII characters.',
  },
  'http-legacy:session:required': {
    source: `${LEGACY}/basic/transports#session-management`,
    behavior: 'A request without a session is refused with 400.',
  },
  'http-legacy:session:unknown': {
    source: `${LEGACY}/basic/transports#session-management`,
    behavior: 'A session that is unknown, or has ended, is answered with 404.',
  },
  'http-legacy:session:delete': {
    source: `${LEGACY}/basic/transports#session-management`,
    behavior: 'A client ends its session with DELETE.',
  },
  'http-legacy:session:delete:sent': {
    source: `${LEGACY}/basic/transports#session-management`,
    behavior: 'A session that is not needed any more is ended at the server.',
  },
  'http-legacy:session:sent': {
    source: `${LEGACY}/basic/transports#session-management`,
    behavior: 'The id that a server gives is sent with every later request.',
  },
  'http-legacy:session:opened-anew': {
    source: `${LEGACY}/basic/transports#session-management`,
    behavior: 'A client whose session the server has forgotten opens a new one.',
  },
  'http-legacy:version-header:sent': {
    source: `${LEGACY}/basic/transports#protocol-version-header`,
    behavior: 'Each request after the handshake has the revision that was settled on in a header.',
  },
  'http-legacy:version-header:refused': {
    source: `${LEGACY}/basic/transports#protocol-version-header`,
    behavior: 'A revision that is not spoken is refused with 400.',
  },
  'http-legacy:http-sse': {
    source: `${LEGACY}/basic/transports#backwards-compatibility`,
    behavior: 'A server of HTTP+SSE can still be used.',
  },
} as const satisfies Readonly<Record<string, Requirement>>;
