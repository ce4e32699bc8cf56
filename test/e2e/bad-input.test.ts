import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRawClient, postHeaders, type RawClient } from '../downstream/http/support/raw-client.ts';
import { type BadInput, type Seen, sendAll } from './bad-input/bad-input.ts';
import { callAndAnswerOnHttp, type HttpStand, MODERN_ON_HTTP, startTask } from './bad-input/http-cases.ts';
import { LEGACY_ON_HTTP, openSession } from './bad-input/session-cases.ts';
import { callAndAnswer, LEGACY_ON_STDIO, MODERN_ON_STDIO } from './bad-input/stdio-cases.ts';
import { linesOf } from './bad-input/upstream-lines.ts';
import { initialize, modernMeta, talker } from './support/conversation.ts';
import { type ServedHub, serveOnHttp } from './support/http-hub.ts';
import { type HubConfigFile, type HubProcess, startHub } from './support/hub-process.ts';
import { fixture } from './support/paths.ts';
import { eventually } from './support/processes.ts';
import { readCallLog, runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { legacyServer } from './support/upstreams.ts';

/** Upstreams that write down whatever gets to them. */
const configFor = (evilLog: string): HubConfigFile => ({
  mcpServers: {
    old: legacyServer('old', { log: evilLog }),
    ask: { command: process.execPath, args: [fixture('asking.mjs'), 'ask', 'legacy'], env: { EVIL_LOG: evilLog } },
    workold: { command: process.execPath, args: [fixture('extras.mjs'), 'workold'], env: { EVIL_LOG: evilLog } },
    worknew: {
      command: process.execPath,
      args: [fixture('extras.mjs'), 'worknew', 'modern'],
      env: { EVIL_LOG: evilLog },
    },
    params: {
      command: process.execPath,
      args: [fileURLToPath(new URL('../downstream/http/support/param-server.mjs', import.meta.url)), 'params'],
      env: { EVIL_LOG: evilLog },
    },
  },
});

/** One test for each input, of what has come of it when they were all sent. */
const describeRefusals = <To>(
  name: string,
  cases: readonly BadInput<To>[],
  send: () => Promise<readonly Seen[]>,
): void => {
  describe(name, () => {
    let seen: readonly Seen[] = [];
    beforeAll(async () => {
      seen = await send();
    }, 60_000);

    test.each(cases.map((one, index) => ({ ...one, index })))(
      '$what is refused',
      ({ answer, row, codeInLog, isRouted, besides, index }) => {
        const { answered, lines, rows } = seen[index] as Seen;
        const expected = [...(besides?.rows ?? []), ...(row === undefined ? [] : [row])];
        const told = rows.map(({ method, outcome }) => [method, outcome]);
        expect(answered).toEqual(answer);
        expect(lines).toHaveLength(besides?.lines ?? 0);
        expect(told.sort()).toEqual(expected.map((one) => [...one]).sort());
        if (row === undefined) return;
        const refused = rows.find(({ outcome }) => outcome === row[1]);
        expect(refused).toMatchObject({ errorCode: codeInLog ?? answer.code });
        expect('server' in (refused ?? {})).toBe(isRouted === true);
      },
    );
  });
};

describe('on stdio', () => {
  const stands: { readonly hub: HubProcess; readonly home: TempHome }[] = [];
  afterAll(async () => {
    for (const { hub, home } of stands) {
      // An id that came twice is answered twice, which an orderly end would complain of.
      hub.kill('SIGTERM');
      await hub.exited;
      home.remove();
    }
  }, 30_000);

  const sendOnStdio = async (era: 'legacy' | 'modern', cases: readonly BadInput<HubProcess>[]) => {
    const home = createTempHome();
    const evilLog = home.file('evil.ndjson');
    const hub = await startHub({ config: configFor(evilLog), home });
    stands.push({ hub, home });
    if (era === 'legacy') await initialize(hub);
    const client = talker(hub, era);
    await eventually('all upstreams', async () => (await client.names('tools')).includes('params__query'));
    for (const list of ['prompts', 'resources', 'resourceTemplates'] as const) await client.names(list);
    if (era === 'modern') await callAndAnswer(hub);
    return sendAll(cases, {
      to: hub,
      evilLog,
      fence: (m) => client.callText('old__echo', { m }),
      readRows: () => readCallLog(home),
    });
  };

  describeRefusals('to a legacy client', LEGACY_ON_STDIO, () => sendOnStdio('legacy', LEGACY_ON_STDIO));
  describeRefusals('to a modern client', MODERN_ON_STDIO, () => sendOnStdio('modern', MODERN_ON_STDIO));
});

describe('on HTTP', () => {
  const shared = createTempHome();
  const evilLog = shared.file('evil.ndjson');
  let served: ServedHub;
  let raw: RawClient;

  const stand = (): HttpStand => ({ raw, token: served.token });
  const ask = (method: string, params: object, name?: string) => {
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...(name && { 'mcp-name': name }) };
    const body = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: modernMeta() } };
    return raw.send({ headers: { ...postHeaders(served.token), ...headers }, body });
  };
  const sendOnHttp = (cases: readonly BadInput<HttpStand>[]) =>
    sendAll(cases, {
      to: stand(),
      evilLog,
      fence: async (m) => {
        const { message } = await ask('tools/call', { name: 'old__echo', arguments: { m } }, 'old__echo');
        return String((message.result?.['content'] as { text: string }[] | undefined)?.[0]?.text);
      },
      // Each group begins again with the first call.
      readRows: async () => {
        const rows = await readCallLog(served.home);
        return rows.slice(rows.findLastIndex(({ request }) => JSON.stringify(request ?? '').includes('fence 0.')));
      },
    });

  beforeAll(async () => {
    served = await serveOnHttp(configFor(evilLog));
    raw = createRawClient(served.url);
    await eventually('all upstreams', async () => (await ask('tools/list', {})).text.includes('params__query'));
    for (const method of ['prompts/list', 'resources/list', 'resources/templates/list']) await ask(method, {});
    // Clients that can do more have processes of their own, which are started now.
    await callAndAnswerOnHttp(stand());
    await startTask(stand());
  }, 30_000);
  afterAll(async () => {
    raw.close();
    await served.stop();
    shared.remove();
  }, 30_000);

  describeRefusals('to a modern client', MODERN_ON_HTTP, () => sendOnHttp(MODERN_ON_HTTP));
  describeRefusals('to a legacy client', LEGACY_ON_HTTP, () => sendOnHttp(LEGACY_ON_HTTP));

  test('ids of different modern requests are their own', async () => {
    const words = ['one', 'two', 'three'];
    const calls = words.map((m) => ask('tools/call', { name: 'old__echo', arguments: { m } }, 'old__echo'));
    for (const [index, answer] of (await Promise.all(calls)).entries())
      expect(answer.message).toMatchObject({ id: 1, result: { content: [{ text: words[index] }] } });
  });

  test('a stream of another session gives nothing away', async () => {
    const [mine, foreign] = [await openSession(stand()), await openSession(stand())];
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'old__progress', arguments: { steps: 3 }, _meta: { progressToken: 'secret' } },
    };
    const { text } = await raw.send({ headers: foreign, body });
    const eventIds = [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => String(id));
    expect(eventIds.length).toBeGreaterThan(2);
    const stream = await raw.open({ method: 'GET', headers: { ...mine, 'last-event-id': String(eventIds[0]) } });
    expect((await raw.send({ headers: mine, body: { ...body, method: 'ping' } })).status).toBe(200);
    expect(stream.events).toEqual([]);
    stream.drop();
  });

  test('the session of another token is as unknown as any, and the log says so', async () => {
    const mine = await openSession(stand());
    await runCommand(['token', 'rotate'], { home: served.home });
    const token = readFileSync(`${served.home.stateDir}/http-token`, 'utf8').trim();
    expect(token).not.toBe(served.token);
    const before = linesOf(evilLog).length;
    const known = (await readCallLog(served.home)).length;
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'old__echo', arguments: {} } };
    const stranger = { ...mine, authorization: `Bearer ${token}` };
    for (const method of ['POST', 'GET', 'DELETE']) {
      const sent = { method, ...(method === 'POST' && { body }) };
      expect((await raw.send({ ...sent, headers: stranger })).status).toBe(404);
      // Whoever has no token at all gets no row: anybody could fill the log.
      expect((await raw.send({ ...sent, headers: mine })).status).toBe(401);
    }
    const rows = await eventually('the rows', async () => {
      const added = (await readCallLog(served.home)).slice(known);
      return added.length >= 3 ? added : undefined;
    });
    expect(rows.map(({ method, outcome, errorCode }) => [method, outcome, errorCode])).toEqual([
      ['tools/call', 'denied', -32001],
      ['GET /mcp', 'denied', -32001],
      ['DELETE /mcp', 'denied', -32001],
    ]);
    expect(linesOf(evilLog)).toHaveLength(before);
  });
});
