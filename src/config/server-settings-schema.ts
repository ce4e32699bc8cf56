// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is what users write in the file.
import * as z from 'zod';
import { CALL_MS, globs, later, MAX_CALL_MS, MAX_TIMER_MS, milliseconds, name, START_MS } from './schema-parts.ts';

const filterSchema = (what: string) =>
  z
    .strictObject({
      include: globs()
        .optional()
        .describe(`Globs of ${what} that are let through; everything where it is left out, nothing for [].`),
      exclude: globs().optional().describe(`Globs of ${what} that are taken away again.`),
    })
    .optional();

const loginSchema = z.strictObject({
  clientId: name().optional().describe('The id of a client that was registered by hand.'),
  clientSecret: name().optional().describe('Its secret, where it has one; as a reference: "${keychain:NAME}".'),
  clientMetadataUrl: z
    .string()
    .regex(/^https:\/\/[^/]+\/./, 'must be an https address with a path')
    .optional()
    .describe('The address of a client metadata document (CIMD), which is the id where such are known.'),
  scope: z
    .union([name(), z.array(name()).min(1)])
    .optional()
    .describe('The scopes to ask for; default those that the server asks for.'),
  redirectPort: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('The port on 127.0.0.1 that the browser comes back to; default any that is free.'),
});

/** `hub.servers.NAME` */
export const serverSettingsSchema = z.strictObject({
  prefix: z
    .string()
    .max(40)
    .optional()
    .describe(
      'Put before the names of this server, with the separator; default its name. "" exposes them as they are.',
    ),
  rename: z
    .record(name(), name())
    .default({})
    .describe(
      "The server's own name of a tool or prompt, and the name to show instead (the prefix still goes before it).",
    ),
  describe: z
    .record(name(), z.string())
    .default({})
    .describe("The server's own name of a tool or prompt, and the description to show instead."),
  tools: filterSchema("the server's own tool names").describe('Which tools are shown and can be called.'),
  prompts: filterSchema("the server's own prompt names").describe('Which prompts are shown and can be used.'),
  resources: filterSchema('resource URIs').describe('Which resources are shown and can be read.'),
  start: z
    .enum(['lazy', 'eager'])
    .default('lazy')
    .describe('"lazy" starts the server when something needs it, "eager" after the first list of a client.'),
  idleStopMs: z
    .int()
    .min(0)
    .max(MAX_TIMER_MS)
    .default(0)
    .describe('Stop the server after this long without a call, in milliseconds, until it is needed again; 0 is never.'),
  protocol: z
    .enum(['auto', 'legacy', 'modern'])
    .default('auto')
    .describe('"legacy" speaks revisions up to 2025-11-25, "modern" from 2026-07-28; "auto" finds out and remembers.'),
  isolation: z
    .enum(['shared', 'session'])
    .default('shared')
    .describe(later('"shared" serves all clients with one process, "session" gives each its own.')),
  timeouts: z
    .strictObject({
      startMs: milliseconds().optional().describe(START_MS),
      callMs: milliseconds().optional().describe(CALL_MS),
      maxCallMs: milliseconds().optional().describe(MAX_CALL_MS),
    })
    .default({})
    .describe('The times of this server; default those of hub.timeouts.'),
  retry: z
    .enum(['auto', 'safe', 'off'])
    .default('auto')
    .describe(
      'What is sent again after a failure: "auto" what never left or cannot do harm twice, "safe" every call, "off" nothing.',
    ),
  breaker: z.boolean().default(true).describe('Stop asking a server that keeps failing, and try again after a while.'),
  maxConcurrent: z
    .int()
    .min(1)
    .max(65_536)
    .default(64)
    .describe(
      'Calls that may be with the server at one time; up to 1,024 are there or wait in turn, and further ones are refused.',
    ),
  trusted: z
    .boolean()
    .default(false)
    .describe(
      'Believe what the tools of this server say about themselves: one that only reads, or is idempotent, may be called again; one that only reads is replayed in the monitor without a question.',
    ),
  auth: z
    .union([z.boolean(), loginSchema])
    .optional()
    .describe(
      'How to log in at an HTTP server with OAuth (mcp-hub login); false never does. What is left out the hub finds out.',
    ),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe('Let the addresses that an HTTP server names for its login be in a private network.'),
});
