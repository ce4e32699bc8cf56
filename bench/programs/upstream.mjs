/**
 * The server behind every contender: `node upstream.mjs [--tools N] [--delay-ms N]`.
 *
 * It answers by hand, from buffers that were made before, so that what is measured is what stands in front of it. Its tool
 * `echo` takes `{ size, fill }` and answers with a text of `size` bytes; `fill` only makes the arguments long. It speaks the
 * legacy era. Without `--delay-ms` it answers at once, else after that time.
 */
import { parseArgs } from 'node:util';
import { splitLines } from './lines.mjs';

const { values } = parseArgs({
  options: { tools: { type: 'string', default: '1' }, 'delay-ms': { type: 'string', default: '0' } },
});

/** A client writes the id first or last, and `fill` holds no quotes. */
const EDGE_BYTES = 128;
const ID_KEY = '"id":';

const idOf = (line) => {
  const head = line.toString('latin1', 0, EDGE_BYTES);
  const inHead = readNumber(head, head.indexOf(ID_KEY));
  if (inHead !== undefined) return inHead;
  const tail = line.toString('latin1', Math.max(0, line.length - EDGE_BYTES));
  return readNumber(tail, tail.lastIndexOf(ID_KEY));
};

const readNumber = (text, index) => {
  const id = index === -1 ? Number.NaN : Number.parseInt(text.slice(index + ID_KEY.length), 10);
  return Number.isNaN(id) ? undefined : id;
};

const SIZE_KEY = '"size":';

const sizeOf = (line) => {
  const start = line.indexOf(SIZE_KEY) + SIZE_KEY.length;
  return Number.parseInt(line.toString('latin1', start, start + 16), 10);
};

const results = new Map();

/** The end of the answer with a text of `size` bytes. */
const resultOf = (size) => {
  let bytes = results.get(size);
  if (bytes === undefined) {
    bytes = Buffer.from(`,"result":{"content":[{"type":"text","text":"${'x'.repeat(size)}"}]}}\n`);
    results.set(size, bytes);
  }
  return bytes;
};

const INPUT_SCHEMA = {
  type: 'object',
  properties: {
    size: { type: 'integer', description: 'How many bytes of text the answer has' },
    fill: { type: 'string', description: 'Only makes the arguments long' },
  },
  required: ['size'],
};

const toolNames = () => [
  'echo',
  ...Array.from({ length: Number(values.tools) - 1 }, (_, index) => `tool_${index + 1}`),
];

const answerTo = ({ method, params }) => {
  switch (method) {
    case 'initialize':
      return {
        // Whatever the client knows; what is measured behind it does not depend on it.
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'bench-upstream', version: '1.0.0' },
      };
    case 'tools/list':
      return {
        tools: toolNames().map((name) => ({
          name,
          description: `Answers with a text of the size that it is asked for, as ${name}`,
          inputSchema: INPUT_SCHEMA,
        })),
      };
    case 'ping':
      return {};
    default:
      return undefined;
  }
};

const made = new Map();

/** The end of the answer to a method other than a call. */
const usualAnswer = (message) => {
  const { method } = message;
  let bytes = made.get(method);
  if (bytes === undefined) {
    const result = answerTo(message);
    const member =
      result === undefined
        ? `"error":${JSON.stringify({ code: -32601, message: `Method not found: ${method}` })}`
        : `"result":${JSON.stringify(result)}`;
    bytes = Buffer.from(`,${member}}\n`);
    made.set(method, bytes);
  }
  return bytes;
};

let out = [];

const CALL = Buffer.from('"method":"tools/call"');

const onLine = (line) => {
  const id = idOf(line);
  // A notification.
  if (id === undefined) return;
  const head = Buffer.from(`{"jsonrpc":"2.0","id":${id}`, 'latin1');
  out.push(head, line.includes(CALL) ? resultOf(sizeOf(line)) : usualAnswer(JSON.parse(line)));
};

const JOIN_LIMIT_BYTES = 64 * 1024;

const flush = () => {
  if (out.length === 0) return;
  const parts = out;
  out = [];
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (bytes <= JOIN_LIMIT_BYTES) {
    process.stdout.write(Buffer.concat(parts, bytes));
    return;
  }
  process.stdout.cork();
  for (const part of parts) process.stdout.write(part);
  process.stdout.uncork();
};

const split = splitLines(onLine);
const waiting = [];
let isUp = Number(values['delay-ms']) === 0;

const take = (chunk) => {
  split(chunk);
  flush();
};

if (!isUp) {
  setTimeout(() => {
    isUp = true;
    for (const chunk of waiting) take(chunk);
  }, Number(values['delay-ms']));
}
process.stdin.on('data', (chunk) => (isUp ? take(chunk) : void waiting.push(chunk)));
// Whoever started it is gone, also where it has not begun to answer.
process.stdin.on('end', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
