import type { LinkedPeer, Received } from './linked-transport.ts';

/** What a peer does with a message that arrives. */
export type Serve = (message: Received, peer: LinkedPeer) => void;

const META = 'io.modelcontextprotocol';

export const CAPABILITIES = { tools: { listChanged: true }, prompts: {} };

export const discovery = (over: object = {}): object => ({
  resultType: 'complete',
  supportedVersions: ['2026-07-28'],
  capabilities: CAPABILITIES,
  instructions: 'use it well',
  ttlMs: 0,
  cacheScope: 'private',
  _meta: { [`${META}/serverInfo`]: { name: 'modern-server', version: '2' } },
  ...over,
});

export const initialized = (over: object = {}): object => ({
  protocolVersion: '2025-06-18',
  capabilities: CAPABILITIES,
  serverInfo: { name: 'legacy-server', version: '1' },
  instructions: 'be kind',
  ...over,
});

/** A server of one era; `rest` gets what is no handshake. */
export const modernServer =
  (rest: Serve = () => {}): Serve =>
  (message, peer) => {
    if (message.method === 'server/discover') peer.answer(message, discovery());
    else if (message.method === 'initialize') {
      const data = { supported: ['2026-07-28'], requested: '2025-11-25' };
      peer.refuse(message, -32022, 'Unsupported protocol version', data);
    } else rest(message, peer);
  };

export const legacyServer =
  (rest: Serve = () => {}): Serve =>
  (message, peer) => {
    if (message.method === 'initialize') peer.answer(message, initialized());
    else if (message.method === 'server/discover') peer.refuse(message, -32601, 'Method not found');
    else rest(message, peer);
  };
