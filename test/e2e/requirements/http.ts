import type { Requirement } from './requirement.ts';
import { LEGACY, MODERN } from './sources.ts';

/** Streamable HTTP of the modern era, as a server and as a client. */
export const HTTP = {
  'http:endpoint': {
    source: `${MODERN}/basic/transports/streamable-http#sending-messages`,
    behavior: 'There is one path for messages; no other takes any.',
  },
  'http:origin': {
    source: `${LEGACY}/basic/transports#security-warning`,
    behavior: 'An `Origin` that is not this machine is refused with 403 on every route.',
  },
  'http:loopback': {
    source: `${LEGACY}/basic/transports#security-warning`,
    behavior: 'A local server can be reached from this machine only.',
  },
  'http:authentication': {
    source: `${LEGACY}/basic/transports#security-warning`,
    behavior: 'Every connection has to show that it may connect.',
  },
  'http:accept:sent': {
    source: `${MODERN}/basic/transports/streamable-http#sending-messages`,
    behavior: 'A client accepts JSON and event streams with each message.',
  },
  'http:post:one-message': {
    source: `${MODERN}/basic/transports/streamable-http#sending-messages`,
    behavior: 'A body is one message; a batch, or anything else, is refused.',
  },
  'http:notification:refused': {
    source: `${MODERN}/basic/transports/streamable-http#sending-messages`,
    behavior: 'A notification that is not accepted is refused with an HTTP error.',
  },
  'http:response:json-or-stream': {
    source: `${MODERN}/basic/transports/streamable-http#sending-messages`,
    behavior: 'A request is answered with one JSON object or with an event stream.',
  },
  'http:response:both-read': {
    source: `${MODERN}/basic/transports/streamable-http#sending-messages`,
    behavior: 'A client reads both kinds of answer.',
  },
  'http:stream:own-messages': {
    source: `${MODERN}/basic/transports/streamable-http#receiving-messages`,
    behavior: 'The stream of a request carries only what belongs to it.',
  },
  'http:stream:no-requests': {
    source: `${MODERN}/basic/transports/streamable-http#receiving-messages`,
    behavior: 'No request of the server comes on a stream; what it wants to know comes as a result.',
  },
  'http:stream:ends': {
    source: `${MODERN}/basic/transports/streamable-http#receiving-messages`,
    behavior: 'The answer ends the stream of its request.',
  },
  'http:stream:unbuffered': {
    source: `${MODERN}/basic/transports/streamable-http#receiving-messages`,
    behavior: 'A stream asks the proxies on its way not to buffer it.',
  },
  'http:stream:not-resumable': {
    source: `${MODERN}/basic/transports/streamable-http#earlier-streamable-http-revisions`,
    behavior: 'A modern stream has no event ids, and `Last-Event-ID` means nothing.',
  },
  'http:session:ignored': {
    source: `${MODERN}/basic/transports/streamable-http#earlier-streamable-http-revisions`,
    behavior: 'A session id on a modern request is ignored, and none is given out.',
  },
  'http:get-delete': {
    source: `${MODERN}/basic/transports/streamable-http#earlier-streamable-http-revisions`,
    behavior: 'GET and DELETE outside of a session are answered with 405.',
  },
  'http:cancel:served': {
    source: `${MODERN}/basic/transports/streamable-http#cancellation`,
    behavior: 'The end of the connection by the client cancels its request.',
  },
  'http:cancel:sent': {
    source: `${MODERN}/basic/transports/streamable-http#cancellation`,
    behavior: 'A client gives a request up by ending it, and says nothing besides.',
  },
  'http:version-header:sent': {
    source: `${MODERN}/basic/transports/streamable-http#protocol-version-header`,
    behavior: 'Each request to a modern server has its revision in a header.',
  },
  'http:version-header:checked': {
    source: `${MODERN}/basic/transports/streamable-http#protocol-version-header`,
    behavior:
      'A revision in the header that is missing, or differs from that in the body, is refused with 400 and -32020.',
  },
  'http:version-header:unsupported': {
    source: `${MODERN}/basic/transports/streamable-http#protocol-version-header`,
    behavior: 'A revision that is not spoken is refused with 400 and -32022.',
  },
  'http:unknown-method': {
    source: `${MODERN}/basic/transports/streamable-http#protocol-version-header`,
    behavior: 'An unknown method is answered with 404 and -32601.',
  },
  'http:standard-headers:sent': {
    source: `${MODERN}/basic/transports/streamable-http#standard-request-headers`,
    behavior: 'Each request to a modern server has its method in a header, and the name or URI that it is about.',
  },
  'http:standard-headers:checked': {
    source: `${MODERN}/basic/transports/streamable-http#server-validation`,
    behavior: 'A standard header that is missing, or differs from the body, is refused with 400 and -32020.',
  },
  'http:standard-headers:decoded': {
    source: `${MODERN}/basic/transports/streamable-http#value-encoding`,
    behavior: 'An encoded name is decoded before it is compared.',
  },
  'http:standard-headers:invalid': {
    source: `${MODERN}/basic/transports/streamable-http#server-validation`,
    behavior: 'A header with characters that it must not have is refused.',
  },
  'http:standard-headers:case': {
    source: `${MODERN}/basic/transports/streamable-http#case-sensitivity`,
    behavior: 'The names of headers are read in any case, their values are not.',
  },
  'http:param-headers:sent': {
    source: `${MODERN}/basic/transports/streamable-http#client-behavior`,
    behavior: 'Arguments that a tool wants as headers are sent as headers too.',
  },
  'http:param-headers:path': {
    source: `${MODERN}/basic/transports/streamable-http#schema-extension`,
    behavior: 'The value is the one at the exact path of its property.',
  },
  'http:param-headers:absent': {
    source: `${MODERN}/basic/transports/streamable-http#schema-extension`,
    behavior: 'There is no header for an argument that is absent or null.',
  },
  'http:param-headers:encoded': {
    source: `${MODERN}/basic/transports/streamable-http#value-encoding`,
    behavior: 'A value that a header cannot carry is encoded, and so is one that looks encoded.',
  },
  'http:param-headers:retried': {
    source: `${MODERN}/basic/transports/streamable-http#client-behavior`,
    behavior: 'After a refusal for its headers a call is repeated once, with the definition read anew.',
  },
  'http:param-headers:checked': {
    source: `${MODERN}/basic/transports/streamable-http#server-behavior-for-custom-headers`,
    behavior: 'A header of an argument that is missing, or differs from the body, is refused with 400 and -32020.',
  },
  'http:param-headers:numbers': {
    source: `${MODERN}/basic/transports/streamable-http#server-validation`,
    behavior: 'Numbers are compared as numbers.',
  },
} as const satisfies Readonly<Record<string, Requirement>>;
