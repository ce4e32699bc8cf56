import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createLineSplitter } from '../../src/protocol/framing.ts';
import { createRawClient } from '../downstream/http/support/raw-client.ts';
import { modernMeta } from '../e2e/support/conversation.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import { modernHeaders, openLegacySession } from '../faults/support/clients.ts';

/** A client that can make very many calls, and notices what may never happen. */
export interface SoakClient {
  readonly name: string;
  /** Calls a tool; rejects when no answer comes within the time. */
  call(id: string, name: string, args: object, timeoutMs: number): Promise<WireMessage>;
  /** Gives the call up; it is then not answered, or with an error. */
  cancel(id: string): void;
  close(): void;
}

type Complain = (violation: string) => void;

const SESSION = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'soak', version: '1' } };

/** Speaks one era over the pipes of a hub. Every line and every answer that should not be is told. */
export const createStdioSoakClient = async (
  child: ChildProcessWithoutNullStreams,
  era: 'legacy' | 'modern',
  complain: Complain,
): Promise<SoakClient> => {
  const waiting = new Map<string, (message: WireMessage) => void>();
  const cancelled = new Set<string>();
  let isClosed = false;

  const onMessage = (message: WireMessage): void => {
    if (message.jsonrpc !== '2.0') complain(`no JSON-RPC: ${JSON.stringify(message).slice(0, 200)}`);
    if (message.method !== undefined) return;
    const id = String(message.id);
    const resolve = waiting.get(id);
    if (resolve !== undefined) {
      waiting.delete(id);
      resolve(message);
    } else if (!cancelled.delete(id))
      complain(`an answer to nothing, or a second one: ${JSON.stringify(message).slice(0, 200)}`);
  };
  const splitter = createLineSplitter({
    maxLineBytes: 64 * 1024 * 1024,
    onLine(line) {
      try {
        onMessage(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line)) as WireMessage);
      } catch (error) {
        complain(`a line that is no message (${String(error)}): ${line.toString('latin1', 0, 200)}`);
      }
    },
    onOverflow: () => complain('a line of more than 64 MiB'),
  });
  child.stdout.on('data', (chunk: Buffer) => splitter.push(chunk));
  child.stdin.on('error', () => {});

  const send = (message: object): void => void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const request = (id: string, method: string, params: object, timeoutMs: number): Promise<WireMessage> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id);
        if (!isClosed) complain(`${id} was not answered within ${timeoutMs} ms`);
        reject(new Error(`no answer to ${id}`));
      }, timeoutMs);
      waiting.set(id, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
      send({ id, method, params: era === 'modern' ? { ...params, _meta: modernMeta() } : params });
    });

  if (era === 'legacy') {
    await request('open', 'initialize', SESSION, 20_000);
    send({ method: 'notifications/initialized' });
  }
  return {
    name: `${era} on stdio`,
    call: (id, name, args, timeoutMs) => request(id, 'tools/call', { name, arguments: args }, timeoutMs),
    cancel(id) {
      // An answer that was on its way may still come.
      cancelled.add(id);
      const resolve = waiting.get(id);
      waiting.delete(id);
      send({
        method: 'notifications/cancelled',
        params: { requestId: id, ...(era === 'modern' && { _meta: modernMeta() }) },
      });
      resolve?.({ jsonrpc: '2.0', id, error: { code: 0, message: 'cancelled' } });
    },
    close() {
      isClosed = true;
      child.stdin.end();
    },
  };
};

/** Speaks one era over HTTP. */
export const createHttpSoakClient = async (
  url: string,
  token: string,
  era: 'legacy' | 'modern',
  complain: Complain,
): Promise<SoakClient> => {
  const raw = createRawClient(url);
  const session = era === 'legacy' ? await openLegacySession(raw, token) : undefined;
  return {
    name: `${era} on HTTP`,
    async call(id, name, args, timeoutMs) {
      const params = { name, arguments: args, ...(era === 'modern' && { _meta: modernMeta() }) };
      const headers = session ?? modernHeaders(token, 'tools/call', params);
      const answer = await raw.send({
        headers,
        body: { jsonrpc: '2.0', id, method: 'tools/call', params },
        signal: AbortSignal.timeout(timeoutMs),
      });
      const own = answer.messages.filter((message) => message.method === undefined);
      if (own.length !== 1 || own[0]?.id !== id)
        complain(`${id} has ${own.length} answers: ${answer.status} ${answer.text.slice(0, 200)}`);
      return own[0] ?? { jsonrpc: '2.0' };
    },
    cancel: () => {},
    close: () => raw.close(),
  };
};
