import { Client as ModernClient } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { legacyTransport, modernTransport, type Target } from './sdk-transports.ts';

/** What a client was asked, as its SDK gave it. */
export interface Asked {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

type Answer = Readonly<Record<string, unknown>>;

export interface AskedClientOptions {
  /** Default: everything. */
  readonly capabilities?: Readonly<Record<string, object>>;
  /** Answers a question; `undefined` lets the usual answer be given. */
  readonly answer?: (asked: Asked, signal: AbortSignal) => Answer | undefined | Promise<Answer | undefined>;
}

export interface CallOptions {
  readonly onProgress?: (progress: number) => void;
  readonly signal?: AbortSignal;
}

/** A client of an SDK that can be asked everything, with what it was asked and told. */
export interface AskedClient {
  readonly asked: Asked[];
  /** The URIs of resources that were said to have changed. */
  readonly updated: string[];
  /** The log messages, `level data`. */
  readonly logged: string[];
  /** How often the list of tools was said to have changed. */
  readonly toolChanges: number;
  /** How often the list of resources was said to have changed. */
  readonly resourceChanges: number;
  /** The text of a tool's answer. @throws the error of the SDK */
  callText(name: string, args?: object, options?: CallOptions): Promise<string>;
  toolNames(): Promise<string[]>;
  resourceUris(): Promise<string[]>;
  /** What a resource holds: its text, or the bytes of its blob. */
  read(uri: string): Promise<string | Buffer>;
  /** Watches resources until the returned function is called. */
  watch(...uris: readonly string[]): Promise<() => Promise<void>>;
  /** Asks for log messages of a level and above, with all later calls. */
  setLogLevel(level: 'debug' | 'info' | 'warning' | 'error'): Promise<void>;
  /** Says that its roots have changed, as a client with a session can. */
  tellRootsChanged(): Promise<void>;
  close(): Promise<void>;
}

export const CAN_ALL = { elicitation: { form: {}, url: {} }, sampling: {}, roots: { listChanged: true } };

const usualAnswer = ({ method }: Asked): Answer => {
  switch (method) {
    case 'sampling/createMessage':
      return { role: 'assistant', model: 'test', content: { type: 'text', text: 'hi there' } };
    case 'roots/list':
      return { roots: [{ uri: 'file:///work', name: 'Work' }] };
    default:
      return { action: 'accept', content: { value: 'red' } };
  }
};

const METHODS = ['elicitation/create', 'sampling/createMessage', 'roots/list'] as const;
const CAPABILITY = { 'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' };
const REQUESTS = {
  'elicitation/create': ElicitRequestSchema,
  'sampling/createMessage': CreateMessageRequestSchema,
  'roots/list': ListRootsRequestSchema,
};

/** What every client of these does alike. */
const createRecord = ({ answer }: AskedClientOptions) => {
  const record = {
    asked: [] as Asked[],
    updated: [] as string[],
    logged: [] as string[],
    toolChanges: 0,
    resourceChanges: 0,
  };
  const onAsked = async (method: string, params: unknown, signal: AbortSignal): Promise<Answer> => {
    const asked: Asked = { method, params: (params ?? {}) as Asked['params'] };
    record.asked.push(asked);
    return (await answer?.(asked, signal)) ?? usualAnswer(asked);
  };
  return { record, onAsked };
};

const textIn = (result: unknown): string =>
  ((result as { content?: { text?: string }[] }).content ?? []).map(({ text }) => text ?? '').join('\n');

const contentOf = (result: unknown): string | Buffer => {
  const [content] = (result as { contents: { text?: string; blob?: string }[] }).contents;
  return content?.text ?? Buffer.from(content?.blob ?? '', 'base64');
};

/** The client of the v1 SDK, connected. */
export const connectAskedV1 = async (target: Target, options: AskedClientOptions = {}): Promise<AskedClient> => {
  const capabilities = options.capabilities ?? CAN_ALL;
  const client = new LegacyClient({ name: 'asked-v1', version: '1' }, { capabilities });
  const { record, onAsked } = createRecord(options);
  for (const method of METHODS) {
    if (capabilities[CAPABILITY[method] as keyof typeof capabilities] === undefined) continue;
    client.setRequestHandler(
      REQUESTS[method],
      ({ params }: { params?: unknown }, { signal }: { signal: AbortSignal }) =>
        onAsked(method, params, signal) as never,
    );
  }
  client.setNotificationHandler(
    ResourceUpdatedNotificationSchema,
    ({ params }) => void record.updated.push(params.uri),
  );
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void record.logged.push(`${params.level} ${String(params.data)}`),
  );
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    record.toolChanges += 1;
  });
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
    record.resourceChanges += 1;
  });
  await client.connect(legacyTransport(target));
  return Object.assign(record, {
    callText: async (name: string, args: object = {}, { onProgress, signal }: CallOptions = {}) =>
      textIn(
        await client.callTool({ name, arguments: { ...args } }, undefined, {
          ...(signal && { signal }),
          ...(onProgress && { onprogress: ({ progress }) => onProgress(progress) }),
        }),
      ),
    toolNames: async () => (await client.listTools()).tools.map(({ name }) => name),
    resourceUris: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    read: async (uri: string) => contentOf(await client.readResource({ uri })),
    watch: async (...uris: readonly string[]) => {
      for (const uri of uris) await client.subscribeResource({ uri });
      return async () => {
        for (const uri of uris) await client.unsubscribeResource({ uri });
      };
    },
    setLogLevel: async (level: 'debug' | 'info' | 'warning' | 'error') => void (await client.setLoggingLevel(level)),
    tellRootsChanged: () => client.sendRootsListChanged(),
    close: () => client.close(),
  });
};

/** The client of the v2 SDK, connected in an era; `auto` finds 2026-07-28 at the hub. */
export const connectAskedV2 = async (
  target: Target,
  era: 'legacy' | 'modern' | 'auto',
  options: AskedClientOptions = {},
): Promise<AskedClient> => {
  const capabilities = options.capabilities ?? CAN_ALL;
  const mode = era === 'modern' ? { pin: '2026-07-28' } : era;
  const client = new ModernClient(
    { name: `asked-v2-${era}`, version: '2' },
    { capabilities, versionNegotiation: { mode } },
  );
  const { record, onAsked } = createRecord(options);
  for (const method of METHODS) {
    if (capabilities[CAPABILITY[method] as keyof typeof capabilities] === undefined) continue;
    client.setRequestHandler(method, ({ params }, { mcpReq }) => onAsked(method, params, mcpReq.signal) as never);
  }
  client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => void record.updated.push(params.uri),
  );
  client.setNotificationHandler(
    'notifications/message',
    ({ params }) => void record.logged.push(`${params.level} ${String(params.data)}`),
  );
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    record.toolChanges += 1;
  });
  client.setNotificationHandler('notifications/resources/list_changed', () => {
    record.resourceChanges += 1;
  });
  await client.connect(modernTransport(target));
  let meta: object = {};
  return Object.assign(record, {
    callText: async (name: string, args: object = {}, { onProgress, signal }: CallOptions = {}) =>
      textIn(
        await client.callTool(
          { name, arguments: { ...args }, ...(Object.keys(meta).length > 0 && { _meta: { ...meta } }) },
          {
            ...(signal && { signal }),
            ...(onProgress && { onprogress: ({ progress }) => onProgress(progress) }),
          },
        ),
      ),
    toolNames: async () => (await client.listTools()).tools.map(({ name }) => name),
    resourceUris: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    read: async (uri: string) => contentOf(await client.readResource({ uri })),
    watch: async (...uris: readonly string[]) => {
      if (era !== 'legacy') {
        const lists = { toolsListChanged: true, resourcesListChanged: true };
        const subscription = await client.listen({ resourceSubscriptions: [...uris], ...lists });
        return () => subscription.close();
      }
      for (const uri of uris) await client.subscribeResource({ uri });
      return async () => {
        for (const uri of uris) await client.unsubscribeResource({ uri });
      };
    },
    setLogLevel: async (level: 'debug' | 'info' | 'warning' | 'error') => {
      if (era !== 'legacy') meta = { 'io.modelcontextprotocol/logLevel': level };
      else await client.setLoggingLevel(level);
    },
    tellRootsChanged: () => client.sendRootsListChanged(),
    close: () => client.close(),
  });
};

/** Each client of an SDK by its name, and how it is connected. */
export const ASKED_CLIENTS = [
  ['v1', 'legacy', connectAskedV1],
  ['v2-legacy', 'legacy', (target: Target, options?: AskedClientOptions) => connectAskedV2(target, 'legacy', options)],
  ['v2-modern', 'modern', (target: Target, options?: AskedClientOptions) => connectAskedV2(target, 'modern', options)],
] as const;

/** The same, and the client of the v2 SDK that finds out by itself which era it is. */
export const ALL_ASKED_CLIENTS = [
  ...ASKED_CLIENTS,
  ['v2-auto', 'modern', (target: Target, options?: AskedClientOptions) => connectAskedV2(target, 'auto', options)],
] as const;
