import type { Requirement } from './requirement.ts';
import { LEGACY, MODERN } from './sources.ts';

/** Resources, prompts, completion, pagination, logging and cache hints. */
export const SERVER_FEATURES = {
  'resources:capability': {
    source: `${MODERN}/server/resources#capabilities`,
    behavior: 'The capability is declared where there are resources, with subscriptions where they can be had.',
  },
  'resources:list': {
    source: `${MODERN}/server/resources#listing-resources`,
    behavior: '`resources/list` is answered with every resource that there is.',
  },
  'resources:read': {
    source: `${MODERN}/server/resources#reading-resources`,
    behavior: 'A resource is read where it belongs.',
  },
  'resources:templates': {
    source: `${MODERN}/server/resources#resource-templates`,
    behavior: 'A URI that a template covers can be read.',
  },
  'resources:list-changed': {
    source: `${MODERN}/server/resources#list-changed-notification`,
    behavior: 'Clients that want to know are told when the list changes.',
  },
  'resources:updated': {
    source: `${LEGACY}/server/resources#subscriptions`,
    behavior: 'Who watches a resource is told of its changes, and of no others.',
  },
  'resources:unsubscribed': {
    source: `${LEGACY}/server/resources#subscriptions`,
    behavior: 'Who watches no more is told no more.',
  },
  'resources:not-found': {
    source: `${MODERN}/server/resources#error-handling`,
    behavior: 'That a resource is missing is said with -32602 in the modern era.',
  },
  'resources:not-found:older': {
    source: `${MODERN}/server/resources#error-handling`,
    behavior: 'The older -32002 is understood as well.',
  },
  'resources:not-found:legacy': {
    source: `${LEGACY}/server/resources#error-handling`,
    behavior: 'That a resource is missing is said with -32002 in the legacy era.',
  },
  'resources:uri:scheme': {
    source: `${MODERN}/server/resources#custom-uri-schemes`,
    behavior: "A URI scheme of one's own keeps to RFC 3986.",
  },
  'resources:uri:checked': {
    source: `${MODERN}/server/resources#security-considerations`,
    behavior: 'A URI is checked before anything is read by it.',
  },
  'prompts:capability': {
    source: `${MODERN}/server/prompts#capabilities`,
    behavior: 'The capability is declared where there are prompts.',
  },
  'prompts:list': {
    source: `${MODERN}/server/prompts#listing-prompts`,
    behavior: '`prompts/list` is answered with every prompt that there is.',
  },
  'prompts:list-changed': {
    source: `${MODERN}/server/prompts#list-changed-notification`,
    behavior: 'Clients that want to know are told when the list changes.',
  },
  'prompts:get': {
    source: `${MODERN}/server/prompts#getting-a-prompt`,
    behavior: 'A prompt is resolved with its arguments.',
  },
  'prompts:unknown': {
    source: `${MODERN}/server/prompts#error-handling`,
    behavior: 'An unknown prompt is refused with -32602.',
  },
  'completion:capability': {
    source: `${MODERN}/server/utilities/completion#capabilities`,
    behavior: 'The capability is declared where there are completions.',
  },
  'completion:references': {
    source: `${MODERN}/server/utilities/completion#reference-types`,
    behavior: 'Arguments of prompts and of templates can be completed.',
  },
  'completion:unknown': {
    source: `${MODERN}/server/utilities/completion#error-handling`,
    behavior: 'A completion for an unknown prompt is refused with -32602.',
  },
  'pagination:opaque': {
    source: `${MODERN}/server/utilities/pagination#implementation-guidelines`,
    behavior: 'A cursor is handed back as it came.',
  },
  'pagination:empty-cursor': {
    source: `${MODERN}/server/utilities/pagination#implementation-guidelines`,
    behavior: 'An empty cursor is a cursor.',
  },
  'pagination:end': {
    source: `${MODERN}/server/utilities/pagination#implementation-guidelines`,
    behavior: 'A page without a cursor is the last.',
  },
  'pagination:page-size': {
    source: `${MODERN}/server/utilities/pagination#pagination-model`,
    behavior: 'Pages may have any size, none of it assumed.',
  },
  'pagination:unknown-cursor': {
    source: `${MODERN}/server/utilities/pagination#error-handling`,
    behavior: 'A cursor that was not given out is refused with -32602.',
  },
  'logging:capability': {
    source: `${MODERN}/server/utilities/logging#capabilities`,
    behavior: 'The capability is declared where there are log messages.',
  },
  'logging:only-asked': {
    source: `${MODERN}/server/utilities/logging#per-request-log-level`,
    behavior: 'A modern client gets log messages only for requests that ask for them, from their level on.',
  },
  'logging:own-stream': {
    source: `${MODERN}/server/utilities/logging#per-request-log-level`,
    behavior: 'They come with the request that asked, and not on a subscription or after the answer.',
  },
  'logging:invalid-level': {
    source: `${MODERN}/server/utilities/logging#error-handling`,
    behavior: 'A request for a level that does not exist is refused with -32602.',
  },
  'logging:level:sent': {
    source: `${MODERN}/server/utilities/logging#per-request-log-level`,
    behavior: 'The level that a client wants goes to a modern server with each request.',
  },
  'logging:session-level': {
    source: `${LEGACY}/server/utilities/logging#setting-log-level`,
    behavior: 'A session gets messages from the level on that it has set.',
  },
  'logging:session-level:invalid': {
    source: `${LEGACY}/server/utilities/logging#error-handling`,
    behavior: 'A level that does not exist cannot be set: -32602.',
  },
  'caching:hints': {
    source: `${MODERN}/server/utilities/caching#cacheable-results`,
    behavior: 'Lists and readings say how long and for whom they may be kept.',
  },
  'caching:hints:interim': {
    source: `${MODERN}/server/utilities/caching#cacheable-results`,
    behavior: 'Interim results carry no such hints.',
  },
  'caching:ttl': {
    source: `${MODERN}/server/utilities/caching#time-to-live-ttl-field`,
    behavior: 'The time for which a result may be kept is never negative.',
  },
  'caching:ttl:stale': {
    source: `${MODERN}/server/utilities/caching#freshness-calculation`,
    behavior: 'A list that was kept for longer than its server allows is fetched anew when it is needed.',
  },
  'caching:scope:private': {
    source: `${MODERN}/server/utilities/caching#cache-scope-field`,
    behavior: 'What may be private is not offered for sharing.',
  },
} as const satisfies Readonly<Record<string, Requirement>>;
