import * as z from 'zod';
import { DEFAULT_REDACT_NAME } from './default-redact.ts';
import {
  bytes,
  CALL_MS,
  globs,
  later,
  MAX_CALL_MS,
  MAX_TIMER_MS,
  MIB,
  milliseconds,
  name,
  START_MS,
} from './schema-parts.ts';
import { serverSettingsSchema } from './server-settings-schema.ts';

/*
 * The one description of the configuration file: its types, its checks and the published JSON Schema come from here.
 * What a key does stands in `describe`, which is what docs/config.md and editors show.
 */

/** One row of `hub.routes`. */
export const routeSchema = z.strictObject({
  match: name().describe('A glob on the name or URI that the client uses. "*" is a default route.'),
  kind: z.enum(['tool', 'prompt', 'resource']).optional().describe('What the route is for; default all three.'),
  to: z
    .union([name(), z.array(name()).min(1)])
    .describe('The server, or the servers, that answer; names as in mcpServers.'),
  strategy: z
    .enum(['failover', 'round-robin', 'least-pending', 'weighted'])
    .default('failover')
    .describe(
      'Which of several servers is asked first: the first, each in turn, the one with the fewest calls, or by weight. The others follow when it cannot be asked.',
    ),
  weights: z
    .record(z.string(), z.int().min(1).max(1_000_000))
    .optional()
    .describe('For "weighted": a server and its weight; default 1 each.'),
  scope: z.string().min(1).optional().describe(later('A scope that the client must hold.')),
});

const timeoutsSchema = z.strictObject({
  startMs: milliseconds().default(30_000).describe(START_MS),
  callMs: milliseconds().default(60_000).describe(CALL_MS),
  maxCallMs: milliseconds().default(3_600_000).describe(MAX_CALL_MS),
  firstListMs: milliseconds()
    .default(10_000)
    .describe('How long the first list waits for servers that were never seen, in milliseconds.'),
  graceMs: z
    .int()
    .min(0)
    .max(MAX_TIMER_MS)
    .default(10_000)
    .describe('How long calls in flight may finish when the hub ends, in milliseconds.'),
});

const limitsSchema = z.strictObject({
  lineBytes: bytes()
    .default(10 * MIB)
    .describe('The longest message on stdio, in bytes.'),
  resultBytes: bytes()
    .default(10 * MIB)
    .describe('The largest result that is passed on, in bytes.'),
  httpBodyBytes: bytes()
    .default(4 * MIB)
    .describe('The largest body of an HTTP request, in bytes.'),
  clientQueueBytes: bytes()
    .default(16 * MIB)
    .describe(
      'What may wait for a client that reads slowly, in bytes; above it progress and log messages are left out, changes are ' +
        'told later, and no more is read from the client, nor from the servers where it is the only one and on stdio.',
    ),
  tools: z.int().min(1).default(5_000).describe('Tools of one server.'),
});

const logSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Write each call to the log.'),
  payloadBytes: z
    .int()
    .min(0)
    .max(64 * MIB)
    .default(16_384)
    .describe('Bytes of each request and result that are kept; 0 keeps none.'),
  redact: z
    .array(z.string().min(1))
    .default([DEFAULT_REDACT_NAME])
    .describe(
      'What is replaced before anything is stored: globs of keys, "!glob" for keys to keep, and "/pattern/flags" for parts ' +
        'of texts. "@default" stands for the list that comes with the hub.',
    ),
  keepDays: z.int().min(1).max(36_500).default(14).describe('Days after which calls are removed.'),
  maxBytes: z
    .int()
    .min(MIB)
    .default(1024 * MIB)
    .describe('Size of the database above which the oldest calls are removed.'),
  durability: z
    .enum(['batched', 'audit'])
    .default('batched')
    .describe(
      '"audit" commits the beginning of a call to disk before it is sent to its server, and its end before it is answered; ' +
        '"batched" keeps nobody waiting and may lose the last moments.',
    ),
  onFailure: z
    .enum(['serve', 'block'])
    .default('serve')
    .describe(
      'What happens to calls while the log cannot be written: "serve" goes on and says so on stderr; "block" refuses them, ' +
        'and with "audit" gives no answer that is not logged.',
    ),
  chain: z
    .boolean()
    .optional()
    .describe(
      'Link the entries of the log by hashes, so that `mcp-hub logs verify` finds what was changed; default with "audit" alone.',
    ),
});

const cacheSchema = z.strictObject({
  refresh: z
    .enum(['on-use', 'eager', 'off'])
    .default('on-use')
    .describe(
      'When what a server offered last time is asked again: when a call starts it, after the first list of a client, or only when it tells of a change or a call shows that it is wrong.',
    ),
});

const httpSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe(later('The address to listen on.')),
  port: z.int().min(0).max(65_535).optional().describe(later('The port to listen on; 0 takes a free one.')),
});

/** `hub` without its servers and routes, which are checked one by one. */
export const hubSettingsSchema = z.strictObject({
  separator: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,8}$/, 'must be one to eight letters, digits, "_" or "-"')
    .default('__')
    .describe('Between prefix and name.'),
  maxNameLength: z.int().min(16).max(128).default(54).describe('The longest exposed name, in characters.'),
  timeouts: timeoutsSchema.prefault({}).describe('Times that hold for every server.'),
  limits: limitsSchema.prefault({}).describe('Sizes above which something is refused.'),
  log: logSchema.prefault({}).describe('The log of calls.'),
  cache: cacheSchema.prefault({}).describe('What is remembered of servers between runs.'),
  envFile: z
    .string()
    .min(1)
    .optional()
    .describe('A file of NAME=value lines for variables that the environment lacks. Keep it at mode 0600.'),
  http: httpSchema.optional().describe(later('Where `serve --http` listens.')),
});

const text = () => z.union([z.string(), z.number(), z.boolean()]);

/** An entry of `mcpServers` in the words of the hub; client-shapes.ts says how clients write them. */
export const entrySchema = z.looseObject({
  type: z.string().optional().describe('"stdio", "http" or "sse"; default by what else is there.'),
  command: z
    .union([z.string().min(1), z.array(z.string()).min(1)])
    .optional()
    .describe('The program to start.'),
  args: z.array(text()).optional().describe('Its arguments, one each; no shell sees them.'),
  env: z
    .record(z.string(), z.union([text(), z.null()]))
    .optional()
    .describe('Variables for the program.'),
  cwd: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The program's working directory, relative to this file; default the hub's own, or in a trusted project's file its folder.",
    ),
  url: z.string().min(1).optional().describe('The address of an HTTP server.'),
  headers: z.record(z.string(), text()).optional().describe('Headers of each HTTP request.'),
  disabled: z.boolean().optional().describe('true switches the server off.'),
  enabled: z.boolean().optional().describe('false switches the server off.'),
  includeTools: globs().optional().describe('As hub.servers.NAME.tools.include.'),
  excludeTools: globs().optional().describe('As hub.servers.NAME.tools.exclude.'),
  timeout: z
    .number()
    .positive()
    .max(MAX_TIMER_MS)
    .optional()
    .describe('Time of a call, in milliseconds (below 1000: in seconds).'),
});

/** An entry after its names were brought to those of the hub, with what only some clients have. */
export const normalEntrySchema = entrySchema.extend({
  auth: z.unknown().optional(),
  envVars: z.array(z.string().min(1)).optional(),
  envHeaders: z.record(z.string(), z.string().min(1)).optional(),
  bearerTokenEnvVar: z.string().min(1).optional(),
  startTimeoutSec: z
    .number()
    .positive()
    .max(MAX_TIMER_MS / 1000)
    .optional(),
  startTimeoutMs: z.number().positive().max(MAX_TIMER_MS).optional(),
  callTimeoutSec: z
    .number()
    .positive()
    .max(MAX_TIMER_MS / 1000)
    .optional(),
});

/** The whole file. */
export const fileSchema = z.looseObject({
  $schema: z.string().optional().describe('Where editors find the description of this file.'),
  mcpServers: z
    .record(z.string(), entrySchema)
    .optional()
    .describe(
      'The servers, as any MCP client writes them. "servers", "context_servers" and "mcp" are read too. ' +
        // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what users write in the file.
        '${VAR}, ${VAR:-default}, ${env:VAR}, ${userHome}, ${workspaceFolder}, ${pathSeparator}, ${file:PATH}, ${keychain:NAME} and ' +
        // biome-ignore lint/suspicious/noTemplateCurlyInString: this is what users write in the file.
        '${input:ID} are filled in when a server starts.',
    ),
  hub: hubSettingsSchema
    .extend({
      servers: z.record(z.string(), serverSettingsSchema).optional().describe('Settings of one server, by its name.'),
      routes: z
        .array(routeSchema)
        .optional()
        .describe('Which server answers to a name. The first row that matches decides.'),
    })
    .optional()
    .describe("The hub's own settings."),
});

export type EntrySettings = z.output<typeof normalEntrySchema>;
export type HubSettings = z.output<typeof hubSettingsSchema>;
export type RouteSettings = z.output<typeof routeSchema>;
export type ServerSettings = z.output<typeof serverSettingsSchema>;
