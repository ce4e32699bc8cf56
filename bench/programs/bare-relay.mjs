/**
 * The least that a relay can be which reads what it passes on: `node bare-relay.mjs CONFIG`, where CONFIG is a JSON file with
 * `mcpServers`. Each message is parsed once, a request gets an id of its own and the tool's own name and is written anew, and
 * of an answer the bytes of its result are passed on. It judges nothing, keeps no log, and knows no method but three. What
 * the hub takes beyond it is what the hub does.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { splitLines } from './lines.mjs';

const { mcpServers } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const RESULT_KEY = '"result":';
const TAIL = Buffer.from('}\n');

/** Writes all that comes of one piece of input at once. */
const createWriter = (stream) => {
  let parts = [];
  return (...more) => {
    if (parts.length === 0)
      process.nextTick(() => {
        const batch = parts;
        parts = [];
        stream.write(Buffer.concat(batch));
      });
    parts.push(...more);
  };
};

const toClient = createWriter(process.stdout);

const connect = ([name, { command, args }]) => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const server = { write: createWriter(child.stdin), waiting: new Map(), lastId: 0 };
  child.stdout.on(
    'data',
    splitLines((line) => {
      const { id } = JSON.parse(line.toString());
      const own = server.waiting.get(id);
      server.waiting.delete(id);
      if (own === undefined) return;
      const start = line.indexOf(RESULT_KEY) + RESULT_KEY.length;
      toClient(Buffer.from(`{"jsonrpc":"2.0","id":${own},"result":`), line.subarray(start, -1), TAIL);
    }),
  );
  return [name, server];
};

const servers = new Map(Object.entries(mcpServers).map(connect));

const ask = (server, id, method, params) => {
  server.lastId += 1;
  if (id !== undefined) server.waiting.set(server.lastId, id);
  server.write(Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: server.lastId, method, params })}\n`));
};

const answer = (id, result) => toClient(Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`));

const SERVER = { capabilities: { tools: {} }, serverInfo: { name: 'bare-relay', version: '1.0.0' } };

const onRequest = ({ id, method, params }) => {
  if (method === 'initialize') {
    for (const server of servers.values()) ask(server, undefined, method, params);
    answer(id, { protocolVersion: params.protocolVersion, ...SERVER });
  } else if (method === 'tools/list') {
    answer(id, {
      tools: [...servers.keys()].map((name) => ({ name: `${name}__echo`, inputSchema: { type: 'object' } })),
    });
  } else if (id !== undefined) {
    const [name, tool] = params.name.split('__');
    ask(servers.get(name), id, method, { ...params, name: tool });
  }
};

process.stdin.on(
  'data',
  splitLines((line) => onRequest(JSON.parse(line.toString()))),
);
process.stdin.on('end', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
