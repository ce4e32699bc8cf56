import type { Requirement } from './requirement.ts';
import { MODERN } from './sources.ts';

/** What every message keeps to: JSON-RPC, ids, result types, error codes, `_meta`. */
export const BASE = {
  'base:jsonrpc': {
    source: `${MODERN}/basic#messages`,
    behavior: 'A message that is not JSON-RPC 2.0 is refused with the code of JSON-RPC for its fault.',
  },
  'base:request:id-type': {
    source: `${MODERN}/basic#requests`,
    behavior: 'A request whose id is neither a string nor an integer is refused; `null` is neither.',
  },
  'base:request:id-unique': {
    source: `${MODERN}/basic#requests`,
    behavior: 'No request has the id of another of the same sender that still waits for its answer.',
  },
  'base:response:same-id': {
    source: `${MODERN}/basic#result-responses`,
    behavior: 'An answer has the id of its request, in value and in type.',
  },
  'base:response:result-or-error': {
    source: `${MODERN}/basic#responses`,
    behavior: 'An answer holds a result or an error; one that holds both is no answer.',
  },
  'base:error:shape': {
    source: `${MODERN}/basic#error-responses`,
    behavior: 'An error has an integer code and a message; without them it is no error.',
  },
  'base:error:id': {
    source: `${MODERN}/basic#error-responses`,
    behavior: 'An error has the id of its request wherever that could be read.',
  },
  'base:error-codes:own': {
    source: `${MODERN}/basic#error-codes`,
    behavior:
      "Error codes of an implementation's own lie outside the range that JSON-RPC and the specification reserve.",
  },
  'base:error-codes:retired': {
    source: `${MODERN}/basic#error-codes`,
    behavior: 'The codes that only earlier revisions define are not sent to a modern client.',
  },
  'base:notification:unanswered': {
    source: `${MODERN}/basic#notifications`,
    behavior: 'A notification is never answered.',
  },
  'base:result-type:present': {
    source: `${MODERN}/basic#resulttype`,
    behavior: 'Every result for a modern client says its type.',
  },
  'base:result-type:unknown': {
    source: `${MODERN}/basic#resulttype`,
    behavior: 'A result of a type that the client does not know, or did not declare, is invalid.',
  },
  'base:result-type:absent': {
    source: `${MODERN}/basic#resulttype`,
    behavior: 'A result without a type is complete.',
  },
  'base:stateless:request-tells-all': {
    source: `${MODERN}/basic#statelessness`,
    behavior: 'What a modern client is and can do is read from each of its requests, not from an earlier one.',
  },
  'base:stateless:any-connection': {
    source: `${MODERN}/basic#statelessness`,
    behavior: 'Requests that belong together may come over different connections.',
  },
  'base:stateless:explicit-handle': {
    source: `${MODERN}/basic#statelessness`,
    behavior: 'State that lasts longer than a request is named by a handle that the client passes.',
  },
  'base:stateless:process-is-no-conversation': {
    source: `${MODERN}/basic#statelessness`,
    behavior: 'A client does not end a stdio process with a conversation: one process serves many.',
  },
  'base:meta:required': {
    source: `${MODERN}/basic#meta`,
    behavior: 'A modern request without its revision or its client capabilities is refused with -32602.',
  },
  'base:meta:required:http': {
    source: `${MODERN}/basic#meta`,
    behavior: 'Over HTTP such a request is refused with status 400.',
  },
  'base:meta:sent': {
    source: `${MODERN}/basic#meta`,
    behavior: 'Each request to a modern server carries the revision and the client capabilities.',
  },
  'base:meta:client-info:sent': {
    source: `${MODERN}/basic#meta`,
    behavior: 'Each request to a modern server names the client that sends it.',
  },
  'base:meta:client-info:changes-nothing': {
    source: `${MODERN}/basic#meta`,
    behavior: 'What a client calls itself changes neither what it may do nor what it gets.',
    knownFailure:
      'Over HTTP the clients of one token are told apart by the name and version that they give, so that one cannot go on with the calls of another.',
  },
  'base:meta:client-capabilities:own': {
    source: `${MODERN}/basic#meta`,
    behavior: 'A request to a modern server declares what the client behind it can do, and not more.',
  },
  'base:meta:missing-capability': {
    source: `${MODERN}/basic#meta`,
    behavior:
      'A request that needs a capability which its client did not declare is refused with -32021, which names it.',
  },
  'base:meta:missing-capability:http': {
    source: `${MODERN}/basic#meta`,
    behavior: 'Over HTTP that refusal has status 400.',
  },
  'base:meta:server-info': {
    source: `${MODERN}/basic#meta`,
    behavior: 'Each result says which server it comes from.',
  },
  'base:meta:trace-context': {
    source: `${MODERN}/basic#meta`,
    behavior: 'The keys of a trace context pass unchanged.',
  },
  'base:meta:foreign-keys': {
    source: `${MODERN}/basic#meta`,
    behavior: 'Keys of `_meta` that mean nothing to an implementation are not touched by it.',
  },
  'base:json-schema:no-network-ref': {
    source: `${MODERN}/basic#json-schema-usage`,
    behavior: 'A `$ref` that leads to the network is not followed.',
  },
  'base:json-schema:bounded': {
    source: `${MODERN}/basic#composition-keyword-resource-use`,
    behavior: 'A schema that is made to be expensive costs no more than the bounds allow.',
  },
} as const satisfies Readonly<Record<string, Requirement>>;
