import type { JsonObject } from '../../src/protocol/json.ts';
import type { RequestId } from '../../src/protocol/message.ts';
import type { OutgoingMessage, Transport, TransportListener } from '../../src/upstream/transport/transport.ts';

/** An upstream's end without a pipe and without JSON: each request is answered in the next turn of the microtasks. */
export const createInstantTransport = (tools: readonly string[]): Transport => {
  let listener: TransportListener | undefined;
  const results: Record<string, JsonObject> = {
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'instant', version: '1.0.0' },
    },
    'tools/list': { tools: tools.map((name) => ({ name, inputSchema: { type: 'object' } })) },
    'tools/call': { content: [{ type: 'text', text: 'x'.repeat(64) }] },
  };
  const bytes = new Map(Object.entries(results).map(([method, value]) => [method, Buffer.from(JSON.stringify(value))]));

  const answer = ({ id, method = '' }: OutgoingMessage): void => {
    const value = results[method];
    const encoded = bytes.get(method);
    if (id === undefined || value === undefined || encoded === undefined) return;
    listener?.onMessage({ kind: 'result', id: String(id) as RequestId, value, bytes: encoded });
  };
  return {
    async start(startedWith) {
      listener = startedWith;
    },
    send(message) {
      queueMicrotask(() => answer(message));
      return undefined;
    },
    close: async () => {},
    stderrTail: () => '',
  };
};
