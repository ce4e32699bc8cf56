import type { LogConfig } from '../../../src/config/hub-config.ts';
import type {
  CallFinished,
  CallStarted,
  ClientConnected,
  HubStarted,
  UpstreamStateChanged,
} from '../../../src/events/events.ts';

export const LOG_CONFIG: LogConfig = {
  enabled: true,
  payloadBytes: 16_384,
  redact: ['*token*', '*secret*', 'password', '/ghp_[A-Za-z0-9]{36}/'],
  keepDays: 14,
  maxBytes: 1024 ** 3,
  durability: 'batched',
  onFailure: 'serve',
};

/** 2026-11-20T10:30:00Z would age; tests about age hand in their own time. */
const now = (): number => Date.now();

export const hubStarted = (runId = 'run-1'): HubStarted => ({
  type: 'hub.started',
  runId,
  pid: process.pid,
  version: '0.1.0',
  configFiles: ['/home/u/config.json'],
  at: now(),
});

export const clientConnected = (clientId = 'client-1', name = 'cursor'): ClientConnected => ({
  type: 'client.connected',
  clientId,
  transport: 'stdio',
  era: 'legacy',
  protocolVersion: '2025-11-25',
  name,
  version: '1.2.3',
  at: now(),
});

export const upstreamState = (over: Partial<UpstreamStateChanged> = {}): UpstreamStateChanged => ({
  type: 'upstream.state',
  upstream: 'math',
  state: 'starting',
  reason: 'a call needs it',
  at: now(),
  ...over,
});

export const callStarted = (callId: string, over: Partial<CallStarted> = {}): CallStarted => ({
  type: 'call.started',
  callId,
  clientId: 'client-1',
  method: 'tools/call',
  upstream: 'math',
  qualifiedName: 'math__add',
  ownName: 'add',
  startedAt: now(),
  bytesIn: 120,
  request: () => '{"name":"add","arguments":{"a":1,"b":2}}',
  ...over,
});

export const callFinished = (callId: string, over: Partial<CallFinished> = {}): CallFinished => ({
  type: 'call.finished',
  callId,
  outcome: 'ok',
  durationMs: 12.5,
  hubMs: 0.5,
  upstreamMs: 12,
  bytesOut: 64,
  result: Buffer.from('{"content":[{"type":"text","text":"3"}]}'),
  ...over,
});
