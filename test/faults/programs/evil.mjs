/**
 * A server that misbehaves: `node evil.mjs NAME [legacy|modern]`, with `EVIL=mode,mode:value` and `EVIL_LOG=FILE`. It is the raw
 * test server of that era (test/fixtures/servers), with its modes and tools, and more:
 *
 * - `crash-after-effect`  `write` and `put` do their work and end the process before they answer
 * - `fail-first:N`        the first N calls of `work` are answered with the error -32603
 * - `exit-after:N`        ends the process when `work` is called for the N + 1st time in its life
 * - `init-flood:N`        writes N notifications and lines of a log when `initialize` or `server/discover` comes, before its answer
 * - `init-twice`          answers the first request of its life twice, with another answer the second time
 * - `init-ask`            asks its client for the roots before it answers the first request
 * - `half-start`          writes half a line before its first answer
 * - `definitions:JSON`    base64 of a list of tools that is offered as it is, whatever it is; `templates:JSON` likewise
 */
import { closeSync } from 'node:fs';
import { addDefinitions, addTemplates, addTools, dropTool } from '../../fixtures/servers/offer.mjs';
import { log, modeNumber, modes, send } from '../../fixtures/servers/wire.mjs';

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const byKey = { type: 'object', properties: { k: { type: 'string' } }, required: ['k'] };

/** Does what others can see: one line in the log for each time. */
const takeEffect = (tool, k) => {
  log('effect', { tool, k });
  if (modes.has('crash-after-effect')) process.exit(1);
  return text(`${tool} ${k}`);
};

/** Gets the line that answers `srv-1`. */
let onAnswer = () => {};

process.stdin.on('data', (chunk) => {
  const answer = chunk
    .toString()
    .split('\n')
    .find((line) => line.includes('"id":"srv-1"') && !line.includes('"method"'));
  if (answer !== undefined) onAnswer(answer);
});

let worked = 0;

const work = ({ k = '' }) => {
  log('effect', { tool: 'work', k });
  worked += 1;
  if (worked > (modeNumber('exit-after') ?? Number.POSITIVE_INFINITY)) process.exit(9);
  if (worked <= (modeNumber('fail-first') ?? 0)) return { error: '{"code":-32603,"message":"not yet"}' };
  return text(`worked ${k}`);
};

addTools({
  write: { description: 'Changes something', inputSchema: byKey, run: ({ k }) => takeEffect('write', k) },
  put: {
    description: 'Changes something, and the same again the second time',
    inputSchema: byKey,
    annotations: { idempotentHint: true },
    run: ({ k }) => takeEffect('put', k),
  },
  get: {
    description: 'Looks at something',
    inputSchema: byKey,
    annotations: { readOnlyHint: true },
    run: ({ k }) => takeEffect('get', k),
  },
  work: { description: 'Does its work, or not', inputSchema: byKey, run: work },
  ask: {
    description: 'Asks its client for a sample by a request of its own, srv-1, and gives the answer to that',
    inputSchema: { type: 'object' },
    run: () => {
      const params = { messages: [{ role: 'user', content: { type: 'text', text: 'Say hi' } }], maxTokens: 10 };
      send({ id: 'srv-1', method: 'sampling/createMessage', params });
      return new Promise((resolve) => {
        onAnswer = (line) => resolve(text(line));
      });
    },
  },
  flood: {
    description: 'Writes so many bytes without an end of line to standard output, and no answer',
    inputSchema: { type: 'object', properties: { bytes: { type: 'integer' } }, required: ['bytes'] },
    run: ({ bytes }) => {
      process.stdout.write('x'.repeat(bytes));
      return new Promise(() => {});
    },
  },
  say: {
    description:
      'Writes these bytes, in base64, to standard output instead of an answer; $ID in them is the id of the request',
    inputSchema: { type: 'object', properties: { base64: { type: 'string' } }, required: ['base64'] },
    run: ({ base64 }, call) => {
      const bytes = Buffer.from(base64, 'base64').toString('latin1').replaceAll('$ID', JSON.stringify(call.id));
      process.stdout.write(Buffer.from(bytes, 'latin1'));
      return new Promise(() => {});
    },
  },
});

addTools({
  close: {
    description: 'Closes its standard output, its standard input or both, and stays alive; no answer',
    inputSchema: { type: 'object', properties: { what: { type: 'string' } } },
    run: ({ what }) => {
      log('close', { what });
      setInterval(() => {}, 1 << 30);
      if (what !== 'input') closeSync(1);
      if (what !== 'output') closeSync(0);
      return new Promise(() => {});
    },
  },
  stop: {
    description: 'Stops itself as by SIGSTOP: it is alive, and does nothing',
    inputSchema: { type: 'object' },
    run: () => {
      log('stop');
      process.kill(process.pid, 'SIGSTOP');
      return new Promise(() => {});
    },
  },
  say_later: {
    description: 'Writes these bytes after so many milliseconds, whether it was cancelled or not',
    inputSchema: { type: 'object', properties: { base64: { type: 'string' }, ms: { type: 'integer' } } },
    run: ({ base64, ms }, call) => {
      const bytes = Buffer.from(base64, 'base64').toString('latin1').replaceAll('$ID', JSON.stringify(call.id));
      setTimeout(() => {
        process.stdout.write(Buffer.from(bytes, 'latin1'));
        log('said');
      }, ms);
      return new Promise(() => {});
    },
  },
  swap: {
    description: 'Loses the tool `echo`, and says so, before it answers',
    inputSchema: { type: 'object' },
    run: (_args, call) => {
      dropTool('echo');
      call.changed('tool');
      return text('swapped');
    },
  },
});

/** What is written before the first answer. */
const beforeFirstAnswer = () => {
  const flood = Number(modes.get('init-flood') ?? 0);
  for (let count = 0; count < flood; count += 1) {
    const params = { level: 'info', data: `${count} ${'x'.repeat(200)}` };
    send(
      count % 2 === 0
        ? { method: 'notifications/message', params }
        : { method: 'notifications/tools/list_changed', params: {} },
    );
  }
  if (modes.has('init-ask')) send({ id: 'early-1', method: 'roots/list' });
  if (modes.has('half-start')) process.stdout.write('Starting up, please wait... ');
};

let isFirst = true;
process.stdin.on('data', (chunk) => {
  if (!isFirst) return;
  isFirst = false;
  beforeFirstAnswer();
  if (!modes.has('init-twice')) return;
  const { id } = JSON.parse(chunk.toString().split('\n', 1)[0]);
  setImmediate(() => send({ id, error: { code: -32603, message: 'a second answer' } }));
});

const definitions = modes.get('definitions');
if (definitions !== undefined) addDefinitions(JSON.parse(Buffer.from(definitions, 'base64').toString()));
const templates = modes.get('templates');
if (templates !== undefined) addTemplates(JSON.parse(Buffer.from(templates, 'base64').toString()));

await import(`../../fixtures/servers/${process.argv[3] ?? 'legacy'}.mjs`);
