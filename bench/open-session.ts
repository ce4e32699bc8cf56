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
}

/** A list that is not complete by then will not be. */
const PATIENCE_MS = 25_000;
const PAUSE_MS = 10;

/** Initializes a session and lists its tools, as every client does, until all of them are there. */
export const open = async (client: RawClient, tools: number): Promise<Opening> => {
  await initialize(client);
  const initializedAt = performance.now();
  await listAll(client, tools);
  return { initializedAt, listedAt: performance.now() };
};

/** Lists until so many tools are there. */
export const listAll = async (client: RawClient, tools: number): Promise<void> => {
  const startedAt = performance.now();
  for (let listed = await countTools(client); listed !== tools; listed = await countTools(client)) {
    if (performance.now() > startedAt + PATIENCE_MS) throw new Error(`${listed} tools are listed, and not ${tools}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
};

export const initialize = async (client: RawClient): Promise<void> => {
  await client.ask('initialize', INITIALIZE);
  client.notify('notifications/initialized');
};

const countTools = async (client: RawClient): Promise<number> => {
  const { tools } = await client.ask('tools/list', {});
  return (tools as unknown[]).length;
};
