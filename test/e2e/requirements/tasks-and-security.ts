import type { Requirement } from './requirement.ts';
import { LEGACY, MODERN, SECURITY, TASKS } from './sources.ts';

/** The tasks extension, and what a proxy must not be used for. */
export const TASKS_AND_SECURITY = {
  'tasks:declared': {
    source: `${TASKS}#capability-negotiation`,
    behavior: 'A client that does not know tasks never gets one.',
  },
  'tasks:undeclared': {
    source: `${TASKS}#protocol-errors`,
    behavior: 'A client that asks for a task without knowing tasks is refused with -32021.',
  },
  'tasks:unknown': {
    source: `${TASKS}#protocol-errors`,
    behavior: 'An unknown task is refused with -32602.',
  },
  'tasks:owner': {
    source: `${TASKS}#security-implications`,
    behavior: 'Only the client that a task was made for gets at it.',
  },
  'tasks:notifications': {
    source: `${TASKS}#task-status-notifications`,
    behavior: 'The status of a task is told on a subscription that names it.',
  },
  'tasks:notifications:undeclared': {
    source: `${TASKS}#task-status-notifications`,
    behavior: 'To subscribe to tasks without knowing them is refused with -32021.',
  },
  'tasks:header:sent': {
    source: `${TASKS}#streamable-http-routing-headers`,
    behavior: 'A request about a task has its id in a header.',
  },
  'tasks:header:checked': {
    source: `${TASKS}#streamable-http-routing-headers`,
    behavior: 'A header that names another task than the body is refused.',
  },
  'tasks:legacy:list': {
    source: `${LEGACY}/basic/utilities/tasks#task-listing`,
    behavior: 'A task that can be asked for is listed, and only to its owner.',
  },
  'tasks:legacy:owner': {
    source: `${LEGACY}/basic/utilities/tasks#task-isolation-and-access-control`,
    behavior: 'In the legacy era too a task belongs to the one who made it.',
  },
  'security:token:not-passed-on': {
    source: `${SECURITY}#token-passthrough`,
    behavior: 'The token of a client goes to no server.',
  },
  'security:token:not-in-url': {
    source: `${MODERN}/basic/authorization#token-requirements`,
    behavior: 'A token in the URL is no token.',
  },
  'security:token:refused': {
    source: `${MODERN}/basic/authorization#token-handling`,
    behavior: 'A wrong token is refused with 401.',
  },
  'security:handle:no-credential': {
    source: `${SECURITY}#state-handle-hijacking`,
    behavior: 'To have a session or a state of another does not help without being them.',
  },
  'security:handle:random': {
    source: `${SECURITY}#state-handle-hijacking`,
    behavior: 'Sessions and states cannot be guessed.',
  },
  'security:local:restricted': {
    source: `${SECURITY}#local-mcp-server-compromise`,
    behavior: 'A server that runs locally lets in only who has its token.',
  },
  'security:proxy:no-commands': {
    source: `${SECURITY}#stdio-transport-security-in-proxy-scenarios`,
    behavior: 'Nobody can start a process by a request.',
  },
} as const satisfies Readonly<Record<string, Requirement>>;
