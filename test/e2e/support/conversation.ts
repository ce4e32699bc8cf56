import type { HubProcess, RequestOptions } from './hub-process.ts';
import type { Received } from './received.ts';

const META = 'io.modelcontextprotocol';

/** Opens a legacy session, as clients do. */
export const initialize = async (hub: HubProcess, capabilities: object = {}): Promise<Received> => {
  const clientInfo = { name: 'raw-legacy', version: '1.2.3' };
  const answer = await hub.request('initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo });
  hub.notify('notifications/initialized');
  return answer;
};

/** The envelope of a modern request, with other `_meta` members beside it. */
export const modernMeta = (extra: object = {}): object => ({
  [`${META}/protocolVersion`]: '2026-07-28',
  [`${META}/clientCapabilities`]: {},
  [`${META}/clientInfo`]: { name: 'raw-modern', version: '4.5.6' },
  ...extra,
});

/** A client of one era: the same words, in its envelope. */
export interface Talker {
  readonly era: 'legacy' | 'modern';
  request(method: string, params?: object, options?: RequestOptions & { readonly meta?: object }): Promise<Received>;
  /** Calls a tool. */
  call(name: string, args?: object, options?: RequestOptions & { readonly meta?: object }): Promise<Received>;
  /** The texts of a tool's answer, joined. */
  callText(name: string, args?: object): Promise<string>;
  /** The names, URIs or templates of a merged list. */
  names(list: 'tools' | 'prompts' | 'resources' | 'resourceTemplates'): Promise<string[]>;
}

const METHODS = {
  tools: ['tools/list', 'name'],
  prompts: ['prompts/list', 'name'],
  resources: ['resources/list', 'uri'],
  resourceTemplates: ['resources/templates/list', 'uriTemplate'],
} as const;

/** Speaks one era over the raw pipes; a legacy session must have been opened. */
export const talker = (hub: HubProcess, era: 'legacy' | 'modern'): Talker => {
  const request: Talker['request'] = (method, params = {}, { meta = {}, ...options } = {}) => {
    const _meta = era === 'modern' ? modernMeta(meta) : meta;
    return hub.request(method, Object.keys(_meta).length === 0 ? params : { ...params, _meta }, options);
  };
  const call: Talker['call'] = (name, args = {}, options) => request('tools/call', { name, arguments: args }, options);
  return {
    era,
    request,
    call,
    callText: async (name, args) => textOf(await call(name, args)),
    names: async (list) => {
      const [method, key] = METHODS[list];
      const { message } = await request(method);
      const entries = message.result?.[list] as Record<string, string>[] | undefined;
      if (entries === undefined) throw new Error(`no ${list} in ${JSON.stringify(message)}`);
      return entries.map((entry) => String(entry[key]));
    },
  };
};

/** The texts in a tool's answer, joined. @throws Error when it is not a result. */
export const textOf = ({ message }: Received): string => {
  const content = message.result?.['content'] as { text?: string }[] | undefined;
  if (content === undefined) throw new Error(`not the result of a tool: ${JSON.stringify(message)}`);
  return content.map((item) => item.text ?? '').join('\n');
};
