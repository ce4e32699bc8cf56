import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { verifies } from '../requirements/verifies.ts';
import { ASKED_CLIENTS, type AskedClient, type AskedClientOptions } from '../support/asked-clients.ts';
import { linesTo, readEvilLog } from '../support/evil-log.ts';
import { fixture, HUB_BIN } from '../support/paths.ts';
import { eventually } from '../support/processes.ts';
import { readCallLog } from '../support/run-command.ts';
import type { Program } from '../support/sdk-clients.ts';
import { createTempHome } from '../support/temp-home.ts';
import type { UpstreamEntry } from '../support/upstreams.ts';

const home = createTempHome();
const evilLog = home.file('evil.ndjson');
const asking = (name: string, era: 'legacy' | 'modern'): UpstreamEntry => ({
  command: process.execPath,
  args: [fixture('asking.mjs'), name, era],
  env: { EVIL_LOG: evilLog },
});
const mcpServers = {
  old: asking('old', 'legacy'),
  new: asking('new', 'modern'),
};
const configFile = home.file('mcp-hub.config.json');
writeFileSync(configFile, JSON.stringify({ mcpServers }));
const hubProgram: Program = {
  command: process.execPath,
  args: [HUB_BIN, 'serve', '--config', configFile],
  env: home.env,
};

let client: AskedClient | undefined;
afterEach(async () => {
  await client?.close();
  client = undefined;
}, 30_000);
afterAll(() => home.remove());

const UPSTREAMS = [
  ['legacy', 'old'],
  ['modern', 'new'],
] as const;

describe.each(ASKED_CLIENTS)('the %s client of the SDK', (_name, era, connectWith) => {
  let usual: AskedClient | undefined;
  afterAll(() => usual?.close(), 30_000);

  /** A client with these options; without any, the one that the tests of this group share. */
  const connect = async (options?: AskedClientOptions): Promise<AskedClient> => {
    if (options !== undefined) {
      client = await connectWith(hubProgram, options);
      return client;
    }
    usual ??= await connectWith(hubProgram);
    usual.asked.length = 0;
    return usual;
  };

  describe.each(UPSTREAMS)('asked by a %s upstream', (upstreamEra, upstream) => {
    /** What the person reads: the hub names the upstream wherever it puts the question itself. */
    const isPassedOn = era === 'modern' && upstreamEra === 'modern';
    const prefix = isPassedOn ? '' : `${upstream}: `;

    test('answers a form, which says who asks', async () => {
      verifies('elicitation:form', 'elicitation:names-the-server');
      const { callText, asked } = await connect();
      expect(await callText(`${upstream}__ask`)).toBe('[{"action":"accept","content":{"value":"red"}}]');
      expect(asked).toMatchObject([
        { method: 'elicitation/create', params: { message: `${prefix}Which color?`, requestedSchema: {} } },
      ]);
    });

    test.each(['decline', 'cancel'] as const)('may %s', async (action) => {
      verifies('elicitation:answers');
      const { callText } = await connect({ answer: () => ({ action }) });
      expect(await callText(`${upstream}__ask`)).toBe(`[{"action":"${action}"}]`);
    });

    test('is sent to a URL', async () => {
      verifies('elicitation:url', 'elicitation:url:id');
      const { callText, asked } = await connect({ answer: () => ({ action: 'accept' }) });
      expect(await callText(`${upstream}__ask`, { kinds: ['url'] })).toBe('[{"action":"accept"}]');
      expect(asked).toMatchObject([
        { params: { mode: 'url', message: `${prefix}Log in`, url: 'https://a.example/login' } },
      ]);
      expect(asked[0]?.params['elicitationId'] !== undefined).toBe(era === 'legacy');
    });

    test('samples, and tells its roots', async () => {
      verifies('sampling:request', 'roots:list');
      const { callText, asked } = await connect();
      const answers = JSON.parse(await callText(`${upstream}__ask`, { kinds: ['sampling', 'roots'] })) as unknown[];
      expect(answers).toMatchObject([
        { role: 'assistant', content: { type: 'text', text: 'hi there' }, model: 'test' },
        { roots: [{ uri: 'file:///work', name: 'Work' }] },
      ]);
      expect(asked.map(({ method }) => method).sort()).toEqual(['roots/list', 'sampling/createMessage']);
    });

    test('is asked three things at once, and a second time where one answer leads to another question', async () => {
      const { callText, asked } = await connect();
      const answers = await callText(`${upstream}__ask`, { kinds: ['form', 'sampling', 'roots'] });
      expect(JSON.parse(answers)).toHaveLength(3);
      expect(asked).toHaveLength(3);
      expect(JSON.parse(await callText(`${upstream}__ask_twice`))).toHaveLength(2);
      expect(asked.slice(3).map(({ params }) => params['message'])).toEqual([
        `${prefix}Which color?`,
        `${prefix}Which size?`,
      ]);
    });

    test('gives the call up while it is asked, and goes on with the next', async () => {
      const giver = new AbortController();
      const isAsked = Promise.withResolvers<AbortSignal>();
      const { callText } = await connect({
        answer: ({ method }, signal) => {
          isAsked.resolve(signal);
          if (method !== 'elicitation/create') return undefined;
          // A session is told that its answer is not needed; without one the client alone knows.
          return once(era === 'legacy' ? signal : giver.signal, 'abort').then(() => ({ action: 'cancel' }));
        },
      });
      const call = callText(`${upstream}__ask`, {}, { signal: giver.signal }).catch((error: unknown) => error);
      const signal = await isAsked.promise;
      giver.abort(new Error('enough'));
      expect(await call).toBeInstanceOf(Error);
      if (era === 'legacy') await eventually('the question to be withdrawn', () => signal.aborted);
      expect(await callText(`${upstream}__ask`, { kinds: ['roots'] })).toContain('file:///work');
    });

    test('without the capability gets a clear answer, and is not asked', async () => {
      verifies('elicitation:failure');
      const { callText, asked } = await connect({ capabilities: { roots: {} } });
      const outcome = await callText(`${upstream}__ask`, { kinds: ['form'] }).catch((error: Error) => error.message);
      expect(outcome).toMatch(/(capability:?|needs of its client:) elicitation/);
      expect(asked).toEqual([]);
    });

    test('logs in at a URL that is needed first', async () => {
      verifies('elicitation:url-required', 'elicitation:url-required:bridged');
      const { callText, asked } = await connect({ answer: () => ({ action: 'accept' }) });
      const first = await callText(`${upstream}__login`).catch((error: { code: number }) => error.code);
      // A legacy client gets the refusal of its own era.
      if (era === 'legacy' && upstreamEra === 'legacy') expect(first).toBe(-32042);
      else {
        expect(first).toBe('logged in');
        expect(asked).toMatchObject([{ params: { mode: 'url', url: 'https://a.example/login' } }]);
      }
    });
  });
});

test('a call that was given up while its client was asked was cancelled at the upstream', () => {
  const cancels = readEvilLog(evilLog).filter(({ event }) => event === 'cancel');
  expect(cancels.some(({ name }) => name === 'old')).toBe(true);
  expect(linesTo(evilLog, 'old').some((line) => line.includes('"notifications/cancelled"'))).toBe(true);
});

test('each call is in the log once, whatever was asked in between', async () => {
  const rows = await readCallLog(home);
  const asks = rows.filter((row) => row['qualifiedName'] === 'old__ask_twice' && row['client'] === 'asked-v2-modern');
  expect(asks).toMatchObject([{ outcome: 'ok' }]);
});
