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
  await client.ask('initialize', INITIALIZE);
  const initializedAt = performance.now();
  client.notify('notifications/initialized');
  const { tools } = await client.ask('tools/list', {});
  return { initializedAt, listedAt: performance.now(), tools: (tools as unknown[]).length };
};
