import type { Requirement } from './requirement.ts';
import { LEGACY, MODERN } from './sources.ts';

/** How two sides agree on a revision: per request in the modern era, by a handshake in the legacy era. */
export const VERSIONING = {
  'version:unsupported': {
    source: `${MODERN}/basic/versioning#protocol-version-negotiation`,
    behavior:
      'A request of a revision that the server does not speak is refused with -32022, which lists those that it does.',
  },
  'version:unsupported:told': {
    source: `${MODERN}/basic/versioning#protocol-version-negotiation`,
    behavior: 'A client without a revision in common with a server says so, and names what the server speaks.',
  },
  'version:discover': {
    source: `${MODERN}/basic/versioning#protocol-version-negotiation`,
    behavior: '`server/discover` is answered, with everything that its result must have.',
  },
  'version:discover:optional': {
    source: `${MODERN}/basic/versioning#protocol-version-negotiation`,
    behavior: 'A modern client may begin with any request.',
  },
  'version:discover:dual-era': {
    source: `${MODERN}/server/discover#when-to-call`,
    behavior: 'A client that speaks both eras asks a server for its revisions before anything else.',
  },
  'version:extensions:advertised': {
    source: `${MODERN}/basic/versioning#extension-negotiation`,
    behavior: 'Extensions are declared in the capabilities, under their identifiers, by those who can carry them.',
  },
  'version:extensions:not-shared': {
    source: `${MODERN}/basic/versioning#extension-negotiation`,
    behavior: 'Where only one side knows an extension, the core protocol is used or the request is refused.',
  },
  'version:dual-era:modern-request': {
    source: `${MODERN}/basic/versioning#compatibility-matrix`,
    behavior: 'A server of both eras serves a request with the modern envelope by the modern revision.',
  },
  'version:dual-era:initialize': {
    source: `${MODERN}/basic/versioning#compatibility-matrix`,
    behavior: '`initialize` selects the legacy era for the process or the session that it opens.',
  },
  'version:dual-era:at-once': {
    source: `${MODERN}/basic/versioning#compatibility-matrix`,
    behavior: 'Both eras may be served at once on one endpoint.',
  },
  'version:initialize-refused': {
    source: `${MODERN}/basic/versioning#backward-compatibility-with-initialization-based-versions`,
    behavior: 'A refusal of `initialize` names the revisions that are spoken.',
  },
  'version:era:cached': {
    source: `${MODERN}/basic/versioning#backward-compatibility-with-initialization-based-versions`,
    behavior: 'The era of a server is remembered, and not asked for again.',
  },
  'version:era:asked-again': {
    source: `${MODERN}/basic/versioning#backward-compatibility-with-initialization-based-versions`,
    behavior: 'A remembered era that turns out wrong is found out anew.',
  },
  'version:era:stdio:modern': {
    source: `${MODERN}/basic/transports/stdio#backward-compatibility`,
    behavior: 'A server that answers `server/discover` is modern, and gets no `initialize`.',
  },
  'version:era:stdio:modern-error': {
    source: `${MODERN}/basic/transports/stdio#backward-compatibility`,
    behavior: 'A server that refuses with an error of the modern era is modern: there is no fall back to `initialize`.',
  },
  'version:era:stdio:any-other-error': {
    source: `${MODERN}/basic/transports/stdio#backward-compatibility`,
    behavior: 'Any other error means a legacy server, whatever its code.',
  },
  'version:era:stdio:silence': {
    source: `${MODERN}/basic/transports/stdio#backward-compatibility`,
    behavior: 'A server that says nothing for a while is a legacy server.',
  },
  'version:era:http:body-first': {
    source: `${MODERN}/basic/transports/streamable-http#backward-compatibility`,
    behavior: 'The body of an HTTP refusal is read before its status is taken to mean another era.',
  },
  'version:era:http:fall-back': {
    source: `${MODERN}/basic/transports/streamable-http#backward-compatibility`,
    behavior: 'An HTTP refusal without an error of the modern era means a legacy server, which gets `initialize`.',
  },
  'version:era:http:sse': {
    source: `${MODERN}/basic/transports/streamable-http#backward-compatibility`,
    behavior: 'A server that refuses `initialize` with 400, 404 or 405 is tried over HTTP+SSE.',
  },
  'lifecycle:initialize:first': {
    source: `${LEGACY}/basic/lifecycle#initialization`,
    behavior: '`initialize` is the first request to a legacy server.',
  },
  'lifecycle:initialize:answer': {
    source: `${LEGACY}/basic/lifecycle#initialization`,
    behavior: '`initialize` is answered with the revision, the capabilities and the name of the server.',
  },
  'lifecycle:initialized:sent': {
    source: `${LEGACY}/basic/lifecycle#initialization`,
    behavior: 'A client says `notifications/initialized` after the answer to `initialize`.',
  },
  'lifecycle:initialized:awaited': {
    source: `${LEGACY}/basic/lifecycle#initialization`,
    behavior: 'A server says nothing of its own before the client has said `notifications/initialized`.',
  },
  'lifecycle:version:same': {
    source: `${LEGACY}/basic/lifecycle#version-negotiation`,
    behavior: 'A revision that the server speaks is answered with the same.',
  },
  'lifecycle:version:newest': {
    source: `${LEGACY}/basic/lifecycle#version-negotiation`,
    behavior: 'Any other revision is answered with the newest of the era.',
  },
  'lifecycle:version:offered': {
    source: `${LEGACY}/basic/lifecycle#version-negotiation`,
    behavior: 'A client offers the newest revision of the era that it speaks.',
  },
  'lifecycle:capabilities:only-negotiated': {
    source: `${LEGACY}/basic/lifecycle#operation`,
    behavior: 'Nothing is asked of a peer that it did not declare.',
  },
  'lifecycle:ping': {
    source: `${LEGACY}/basic/utilities/ping#behavior-requirements`,
    behavior: 'A ping is answered at once with an empty result, whoever sends it.',
  },
} as const satisfies Readonly<Record<string, Requirement>>;
