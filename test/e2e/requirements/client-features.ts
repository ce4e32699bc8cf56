import type { Requirement } from './requirement.ts';
import { LEGACY, MODERN } from './sources.ts';

/** What servers ask of clients: elicitation, sampling and roots. */
export const CLIENT_FEATURES = {
  'elicitation:capability': {
    source: `${MODERN}/client/elicitation#capabilities`,
    behavior: 'What a client can be asked is declared to servers, mode for mode.',
  },
  'elicitation:modes': {
    source: `${MODERN}/client/elicitation#capabilities`,
    behavior: 'A client is not asked in a mode that it did not declare; to declare none means forms.',
  },
  'elicitation:form': {
    source: `${MODERN}/client/elicitation#form-mode-elicitation-requests`,
    behavior: 'A form reaches the client with its schema, and the answer goes back.',
  },
  'elicitation:url': {
    source: `${MODERN}/client/elicitation#url-mode-elicitation-requests`,
    behavior: 'A URL reaches the client with its message.',
  },
  'elicitation:url:id': {
    source: `${LEGACY}/client/elicitation#url-mode-elicitation-requests`,
    behavior: 'In the legacy era a URL elicitation has an id.',
  },
  'elicitation:url:not-fetched': {
    source: `${MODERN}/client/elicitation#safe-url-handling`,
    behavior: 'The URL is not fetched by anybody but the user.',
  },
  'elicitation:url-required': {
    source: `${LEGACY}/client/elicitation#url-elicitation-required-error`,
    behavior: 'A legacy client is told with -32042 which URLs have to be visited first.',
  },
  'elicitation:url-required:bridged': {
    source: `${MODERN}/client/elicitation#url-mode-elicitation-requests`,
    behavior: 'A modern client is asked to visit them instead.',
  },
  'elicitation:answers': {
    source: `${MODERN}/client/elicitation#response-actions`,
    behavior: 'To accept, to decline and to cancel are answers, and reach the server as such.',
  },
  'elicitation:failure': {
    source: `${MODERN}/client/elicitation#error-handling`,
    behavior: 'A question that cannot be answered ends the call in words, not in silence.',
  },
  'elicitation:right-client': {
    source: `${MODERN}/client/elicitation#security-considerations`,
    behavior: 'A question goes to the client whose call asks, and to no other.',
  },
  'elicitation:names-the-server': {
    source: `${MODERN}/client/elicitation#security-considerations`,
    behavior: 'A person can see which server asks, where the question is put by the hub.',
  },
  'elicitation:names-the-server:passed-on': {
    source: `${MODERN}/client/elicitation#security-considerations`,
    behavior: 'A person can see which server asks, where its interim result is passed on.',
    knownFailure: 'The interim result of a modern server passes to a modern client byte for byte.',
  },
  'sampling:request': {
    source: `${MODERN}/client/sampling#creating-messages`,
    behavior: 'A request for a completion reaches the client, and its answer goes back.',
  },
  'sampling:tools': {
    source: `${MODERN}/client/sampling#tools-in-sampling`,
    behavior: 'A client that did not declare tools in sampling is not asked for any.',
  },
  'roots:list': {
    source: `${MODERN}/client/roots#listing-roots`,
    behavior: 'A request for the roots reaches the client, and its answer goes back.',
  },
  'roots:unsupported': {
    source: `${LEGACY}/client/roots#error-handling`,
    behavior: 'A server that asks for the roots of a client without any is told -32601.',
  },
  'roots:list-changed': {
    source: `${LEGACY}/client/roots#root-list-changes`,
    behavior: 'A change of the roots is told to servers that were told of roots that change.',
  },
} as const satisfies Readonly<Record<string, Requirement>>;
