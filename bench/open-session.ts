import type { RawClient } from './client.ts';

const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1.0.0' },
};

/** When the answers of a session's opening were there, by `performance.now()`. */
export interface Opening {
  readonly initializedAt: number;
  readonly listedAt: number;
  readonly tools: number;
}

/** Initializes a session and lists its tools, as every client does. */
export const open = async (client: RawClient): Promise<Opening> => {
  await initialize(client);
  const initializedAt = performance.now();
  const tools = await listTools(client);
  return { initializedAt, listedAt: performance.now(), tools };
};

export const initialize = async (client: RawClient): Promise<void> => {
  await client.ask('initialize', INITIALIZE);
  client.notify('notifications/initialized');
};

/** How many tools are listed. */
export const listTools = async (client: RawClient): Promise<number> => {
  const { tools } = await client.ask('tools/list', {});
  return (tools as unknown[]).length;
};
