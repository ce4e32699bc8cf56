import { openDatabase } from '../../src/store/database.ts';
import { databasePath } from '../../src/store/database-path.ts';
import { SUMS_OF_EARLIER_CALLS } from '../../src/store/earlier-sums.ts';
import { type CallEnd, type CallStart, prepareStatements } from '../../src/store/row-statements.ts';

export interface MadeLog {
  readonly calls: number;
  /** Until now; the calls lie evenly in it. Milliseconds. */
  readonly spanMs: number;
}

const SERVERS = 8;
const TOOLS_OF_EACH = 10;
const CLIENTS = 60;
const CHUNK = 5000;

/** Fills a state directory with the log of a busy fortnight: eight servers, eighty tools, sixty sessions, some failures. */
export const makeLog = (stateDir: string, { calls, spanMs }: MadeLog, now = Date.now()): void => {
  const database = openDatabase({
    path: databasePath(stateDir),
    durability: 'batched',
    maxBytes: 8 * 1024 ** 3,
    onNotice: () => {},
  });
  database.pragma('synchronous = OFF');
  const { insertCall, insertRun, upsertClient, upsertState, upsertListed, insertTool } = prepareStatements(database);
  const random = createRandom(7);
  const begin = now - spanMs;
  database.transaction(() => {
    insertRun.run('run-1', 1, null, '0.1.0', '[]', begin, null);
    for (let client = 0; client < CLIENTS; client += 1)
      upsertClient.run({
        run: 1,
        client: `client-${client}`,
        transport: 'stdio',
        era: client % 2 === 0 ? 'legacy' : 'modern',
        protocolVersion: '2025-11-25',
        name: ['claude-desktop', 'cursor', 'vscode'][client % 3] as string,
        version: '1.0',
        at: begin + (client * spanMs) / CLIENTS,
      });
    for (let server = 0; server < SERVERS; server += 1) {
      const upstream = `server_${server}`;
      upsertState.run({
        upstream,
        state: 'ready',
        reason: 'it answered',
        at: begin,
        era: 'modern',
        lastSeen: now,
        errorCode: null,
      });
      const counts = { tools: TOOLS_OF_EACH * 2, prompts: 0, resources: 0, templates: 0, definitionBytes: 9000 };
      upsertListed.run({ upstream, ...counts, at: begin });
      for (let tool = 0; tool < TOOLS_OF_EACH * 2; tool += 1) insertTool.run(upstream, `tool_${tool}`, 450);
    }
  })();
  const writeChunk = database.transaction((from: number, to: number) => {
    for (let index = from; index < to; index += 1) {
      const startedAt = Math.floor(begin + (index * spanMs) / calls);
      insertCall.run(...startOf(index, calls, startedAt, random), ...endOf(random), null, null);
    }
  });
  for (let from = 0; from < calls; from += CHUNK) writeChunk(from, Math.min(calls, from + CHUNK));
  database.exec(SUMS_OF_EARLIER_CALLS);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
};

const startOf = (index: number, calls: number, startedAt: number, random: () => number): CallStart => {
  // Some tools are used much more than others.
  const rank = Math.floor(SERVERS * TOOLS_OF_EACH * random() ** 3);
  const upstream = `server_${rank % SERVERS}`;
  const tool = `tool_${Math.floor(rank / SERVERS)}`;
  const client = 1 + Math.floor((index * CLIENTS) / calls) + Math.floor(random() * 3);
  const request = `{"name":"${tool}","arguments":{"query":"${'word '.repeat(4 + random() * 20)}"}}`;
  const id = `bench-${index.toString(36).padStart(9, '0')}`;
  return [
    id,
    1,
    Math.min(client, CLIENTS),
    upstream,
    'tools/call',
    `${upstream}__${tool}`,
    tool,
    startedAt,
    request.length,
    0,
    request,
  ];
};

const endOf = (random: () => number): CallEnd => {
  const durationMs = 5 * Math.exp(random() * 4 + random() * 3);
  const kind = random();
  const outcome = kind < 0.97 ? 'ok' : kind < 0.985 ? 'tool_error' : kind < 0.995 ? 'timeout' : 'error';
  const result = `{"content":[{"type":"text","text":"${'some words of a result '.repeat(random() * 30)}"}]}`;
  const failed = outcome === 'ok' ? [null, null] : [-32603, `failed with ${Math.floor(random() * 50)}`];
  return [
    durationMs,
    outcome,
    failed[0] as number,
    failed[1] as string,
    result.length,
    0.4,
    durationMs - 0.4,
    0,
    result,
  ];
};

/** The same numbers in each run. */
const createRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
};
