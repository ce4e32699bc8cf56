/**
 * The least that a relay can be which reads what it passes on: `node bare-relay.mjs CONFIG`, where CONFIG is a JSON file with
 * `mcpServers`. Each message is parsed once, a request gets an id of its own and the tool's own name and is written anew, and
 * of an answer the bytes of its result are passed on. It judges nothing, keeps no log, and knows no method but three. It is
 * made for small messages: large ones it decodes as a whole.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { splitLines } from './lines.mjs';

const { mcpServers } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const RESULT_KEY = '"result":';
const TAIL = Buffer.from('}\n');

/** Writes what comes of one piece of input as the hub does: every sixteen messages, and the rest at its end. */
const createWriter = (stream) => {
  let parts = [];
  let messages = 0;
  const flush = () => {
    if (parts.length === 0) return;
    const batch = parts;
    parts = [];
    messages = 0;
    stream.write(Buffer.concat(batch));
  };
  return (...more) => {
    if (parts.length === 0) process.nextTick(flush);
    parts.push(...more);
    messages += 1;
    if (messages === 16) flush();
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
      const take = server.waiting.get(id);
      server.waiting.delete(id);
      if (take === undefined) return;
      const start = line.indexOf(RESULT_KEY) + RESULT_KEY.length;
      take(line.subarray(start, -1));
    }),
  );
  return [name, server];
};

const servers = new Map(Object.entries(mcpServers).map(connect));

/** `take` gets the bytes of the result. */
const ask = (server, method, params, take) => {
  server.lastId += 1;
  server.waiting.set(server.lastId, take);
  server.write(Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: server.lastId, method, params })}\n`));
};

const answer = (id, result) => toClient(Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":`), result, TAIL);

const SERVER = { capabilities: { tools: {} }, serverInfo: { name: 'bare-relay', version: '1.0.0' } };

/** Asks all servers, and gives their results with their names when all are there. */
const askAll = (method, params, take) => {
  const results = new Map();
  for (const [name, server] of servers)
    ask(server, method, params, (bytes) => {
      results.set(name, JSON.parse(bytes.toString()));
      if (results.size === servers.size) take(results);
    });
};

const onRequest = ({ id, method, params }) => {
  if (method === 'initialize') {
    const result = { protocolVersion: params.protocolVersion, ...SERVER };
    askAll(method, params, () => answer(id, Buffer.from(JSON.stringify(result))));
  } else if (method === 'tools/list') {
    askAll(method, params, (results) => {
      const tools = [...results].flatMap(([name, result]) =>
        result.tools.map((tool) => ({ ...tool, name: `${name}__${tool.name}` })),
      );
      answer(id, Buffer.from(JSON.stringify({ tools })));
    });
  } else if (id !== undefined) {
    const [name, tool] = params.name.split('__');
    ask(servers.get(name), method, { ...params, name: tool }, (bytes) => answer(id, bytes));
  }
};

process.stdin.on(
  'data',
  splitLines((line) => onRequest(JSON.parse(line.toString()))),
);
process.stdin.on('end', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
