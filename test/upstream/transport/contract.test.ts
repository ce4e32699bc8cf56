import { fileURLToPath } from 'node:url';
import { createHttpTransport } from '../../../src/upstream/transport/http.ts';
import { createSseTransport } from '../../../src/upstream/transport/sse.ts';
import { createStdioTransport } from '../../../src/upstream/transport/stdio.ts';
import { describeTransport } from '../../contract/transport.ts';
import { startSsePeer, startStreamablePeer } from '../../fixtures/transport/http-peer.ts';

const MIB = 1024 * 1024;
const PEER = fileURLToPath(new URL('../../fixtures/transport/peer.mjs', import.meta.url));

describeTransport('stdio', async () => ({
  transport: createStdioTransport({
    name: 'peer',
    settings: { type: 'stdio', command: process.execPath, args: [PEER], env: {} },
    env: process.env,
    maxLineBytes: 10 * MIB,
  }),
  stop: async () => {},
}));

describeTransport('Streamable HTTP', async () => {
  const server = await startStreamablePeer();
  return {
    transport: createHttpTransport({
      name: 'peer',
      settings: { type: 'http', url: server.url, headers: {} },
      maxBodyBytes: 10 * MIB,
    }),
    async prepare(transport) {
      await transport.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
      while (!server.requests.some(({ method }) => method === 'GET'))
        await new Promise((resolve) => setImmediate(resolve));
    },
    stop: server.stop,
  };
});

describeTransport('HTTP+SSE', async () => {
  const server = await startSsePeer();
  return {
    transport: createSseTransport({
      name: 'peer',
      settings: { type: 'sse', url: server.url, headers: {} },
      maxBodyBytes: 10 * MIB,
    }),
    stop: server.stop,
  };
});
