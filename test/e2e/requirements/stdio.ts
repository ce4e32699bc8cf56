import type { Requirement } from './requirement.ts';
import { MODERN } from './sources.ts';

/** The transport over standard input and output, as a server and as a client. */
export const STDIO = {
  'stdio:framing': {
    source: `${MODERN}/basic/transports/stdio#receiving-messages`,
    behavior: 'A message is one line; how its bytes arrive does not matter.',
  },
  'stdio:framing:no-newline-inside': {
    source: `${MODERN}/basic/transports/stdio#sending-messages`,
    behavior: 'No message that is passed on has a line feed in it.',
  },
  'stdio:utf-8': {
    source: `${MODERN}/basic/transports#messages`,
    behavior: 'Messages are UTF-8; other bytes are refused.',
  },
  'stdio:stdout:only-messages': {
    source: `${MODERN}/basic/transports/stdio#receiving-messages`,
    behavior: 'The server writes nothing but messages to its standard output.',
  },
  'stdio:stderr:no-error': {
    source: `${MODERN}/basic/transports/stdio#receiving-messages`,
    behavior: 'What a server writes to its standard error is not taken for a failure.',
  },
  'stdio:no-requests': {
    source: `${MODERN}/basic/transports/stdio#receiving-messages`,
    behavior: 'A modern client gets no requests: what a server wants to know comes in an interim result.',
  },
  'stdio:cancel:sent': {
    source: `${MODERN}/basic/transports/stdio#cancellation`,
    behavior: 'A client that gives a request up says `notifications/cancelled` with its id.',
  },
  'stdio:cancel:silence': {
    source: `${MODERN}/basic/transports/stdio#cancellation`,
    behavior: 'A server sends nothing more for a request that was cancelled.',
  },
  'stdio:shutdown:order': {
    source: `${MODERN}/basic/transports/stdio#shutdown`,
    behavior: 'A client ends a server by closing its input, waits, and only then ends it by signals.',
  },
  'stdio:shutdown:end-of-input': {
    source: `${MODERN}/basic/transports/stdio#shutdown`,
    behavior: 'A server ends promptly when its input ends.',
  },
  'stdio:crash:restart': {
    source: `${MODERN}/basic/transports/stdio#unexpected-termination`,
    behavior: 'A server that ended unexpectedly is started again.',
  },
  'stdio:crash:subscriptions': {
    source: `${MODERN}/basic/transports/stdio#unexpected-termination`,
    behavior: 'Subscriptions are opened again with the new process.',
  },
  'stdio:credentials': {
    source: `${MODERN}/basic#auth`,
    behavior: "A stdio server has its credentials from its environment, and gets nobody else's.",
  },
} as const satisfies Readonly<Record<string, Requirement>>;
