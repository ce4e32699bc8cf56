import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from './requirements/verifies.ts';
import { initialize, modernMeta, type Talker, talker, textOf } from './support/conversation.ts';
import { methodsTo, readEvilLog } from './support/evil-log.ts';
import { type HubProcess, startHub } from './support/hub-process.ts';
import { eventually } from './support/processes.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer, modernServer } from './support/upstreams.ts';

const home = createTempHome();
const evilLog = home.file('evil.ndjson');
const config = {
  mcpServers: { old: legacyServer('old', { log: evilLog }), new: modernServer('new', { log: evilLog }) },
};

describe.each(['legacy', 'modern'] as const)('a %s client', (era) => {
  let hub: HubProcess;
  let client: Talker;

  beforeAll(async () => {
    hub = await startHub({ config });
    client = talker(hub, era);
    if (era === 'legacy') await initialize(hub);
    await client.names('tools');
  }, 30_000);
  afterAll(() => hub.stop(), 30_000);

  describe.each([
    ['legacy', 'old'],
    ['modern', 'new'],
  ] as const)('with a %s upstream', (_upstreamEra, upstream) => {
    test('lists its tools, prompts, resources and templates', async () => {
      verifies('tools:list', 'resources:list', 'prompts:list');
      expect(await client.names('tools')).toEqual(expect.arrayContaining([`${upstream}__echo`, `${upstream}__slow`]));
      expect(await client.names('prompts')).toContain(`${upstream}__greet`);
      expect(await client.names('resources')).toContain(`test://${upstream}/one`);
      expect(await client.names('resourceTemplates')).toContain(`test://${upstream}/item/{id}`);
    });

    test('keeps unknown members of what it lists', async () => {
      const { message } = await client.request('tools/list');
      const tools = message.result?.['tools'] as { name: string }[];
      expect(tools.find(({ name }) => name === `${upstream}__echo`)).toMatchObject({
        description: 'Gives its argument m back',
        'x-unknown': { kept: [1, 2.5, null] },
      });
    });

    test('dresses its results for the client', async () => {
      verifies('base:result-type:present', 'caching:hints');
      for (const { message } of [
        await client.request('tools/list'),
        await client.request('resources/read', { uri: `test://${upstream}/one` }),
        await client.call(`${upstream}__echo`, { m: 'x' }),
      ]) {
        const isCacheable = !('isError' in (message.result ?? {})) && !('content' in (message.result ?? {}));
        expect(message.result?.['resultType']).toBe(era === 'modern' ? 'complete' : undefined);
        expect(message.result?.['cacheScope'] !== undefined).toBe(era === 'modern' && isCacheable);
        expect(message.result?.['ttlMs'] !== undefined).toBe(era === 'modern' && isCacheable);
      }
    });

    test('calls its tools', async () => {
      verifies('tools:content:image', 'tools:content:structured', 'tools:error:execution');
      expect(await client.callText(`${upstream}__echo`, { m: 'Grüße' })).toBe('Grüße');
      expect((await client.call(`${upstream}__structured`)).message.result).toMatchObject({
        structuredContent: { n: 1 },
      });
      expect((await client.call(`${upstream}__fail`)).message.result).toMatchObject({ isError: true });
      expect((await client.call(`${upstream}__image`)).message.result).toMatchObject({
        content: [{ type: 'image', mimeType: 'image/png', 'x-unknown': true }],
      });
    });

    test('gets its prompts', async () => {
      verifies('prompts:get');
      const { message } = await client.request('prompts/get', {
        name: `${upstream}__greet`,
        arguments: { who: 'Ada' },
      });
      expect(message.result).toMatchObject({
        messages: [{ role: 'user', content: { type: 'text', text: `Hello Ada, says ${upstream}` } }],
        'x-unknown': 1,
      });
    });

    test('reads its resources, listed and by template', async () => {
      verifies('resources:read', 'resources:templates');
      for (const [uri, text] of [
        [`test://${upstream}/one`, `one of ${upstream}`],
        [`test://${upstream}/item/7`, `item 7 of ${upstream}`],
      ]) {
        const { message } = await client.request('resources/read', { uri });
        expect(message.result).toMatchObject({ contents: [{ uri, text }] });
      }
    });

    test('is told in its own words that a resource is missing', async () => {
      verifies('resources:not-found');
      const { message } = await client.request('resources/read', { uri: `test://${upstream}/item/missing` });
      if (era === 'modern') expect(message.error?.code).toBe(-32602);
      else expect([-32002, -32602]).toContain(message.error?.code);
      expect(message.error?.message).toContain('Resource not found');
    });

    test('completes arguments of its prompts and templates', async () => {
      verifies('completion:references');
      for (const ref of [
        { type: 'ref/prompt', name: `${upstream}__greet` },
        { type: 'ref/resource', uri: `test://${upstream}/item/{id}` },
      ]) {
        const params = { ref, argument: { name: 'who', value: 'alph' } };
        const { message } = await client.request('completion/complete', params);
        expect(message.result).toMatchObject({ completion: { values: ['alpha', 'alphabet'], total: 2 } });
      }
    });

    test('hears of progress under its own token, before the result', async () => {
      verifies('progress:token:returned');
      const token = `token-${upstream}-${era}`;
      const answer = await client.call(`${upstream}__progress`, { steps: 3 }, { meta: { progressToken: token } });
      const reports = hub.messages.filter(({ message }) => message.params?.['progressToken'] === token);
      expect(reports.map(({ message }) => message.params?.['progress'])).toEqual([1, 2, 3]);
      expect(reports[0]?.message).toMatchObject({
        method: 'notifications/progress',
        params: { total: 3, message: 'step 1' },
      });
      expect(hub.messages.indexOf(answer)).toBeGreaterThan(hub.messages.indexOf(reports.at(-1) ?? answer));
      expect(textOf(answer)).toBe('3 steps');
    });

    test('keeps equal progress tokens of calls at the same time apart', async () => {
      verifies('progress:token:unique');
      const meta = { progressToken: 1 };
      const slow = client.call(`${upstream}__progress`, { steps: 2, stepMs: 60 }, { meta: { progressToken: 'one' } });
      const fast = client.call(`${upstream}__progress`, { steps: 3, stepMs: 5 }, { meta });
      await Promise.all([slow, fast]);
      const totals = (token: unknown): unknown[] =>
        hub.messages.flatMap(({ message }) =>
          message.params?.['progressToken'] === token ? [message.params?.['total']] : [],
        );
      expect(new Set(totals('one'))).toEqual(new Set([2]));
      expect(new Set(totals(1))).toEqual(new Set([3]));
    });

    test('cancels a call, and the upstream is told its own id', async () => {
      verifies('stdio:cancel:sent');
      const id = `cancel-${upstream}-${era}`;
      const before = readEvilLog(evilLog).length;
      const params = { name: `${upstream}__slow`, arguments: { ms: 20_000 } };
      const _meta = era === 'modern' ? { _meta: modernMeta() } : {};
      hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { ...params, ..._meta } })}\n`);
      await eventually('the call to reach the upstream', () =>
        readEvilLog(evilLog)
          .slice(before)
          .some((entry) => entry.raw?.includes('20000')),
      );
      hub.notify('notifications/cancelled', { requestId: id, reason: 'changed my mind', ..._meta });
      const cancel = await eventually('the upstream to hear of it', () =>
        readEvilLog(evilLog)
          .slice(before)
          .find((entry) => entry.event === 'cancel'),
      );
      expect(cancel).toMatchObject({ name: upstream, known: true });
      expect(cancel.requestId).not.toBe(id);
      expect(await client.callText(`${upstream}__echo`, { m: 'next' })).toBe('next');
    });

    test('is told when a list changes, and sees the new list', async () => {
      verifies('subscribe:tagged', 'tools:list-changed');
      const listen = `listen-${upstream}`;
      if (era === 'modern') {
        const notifications = { toolsListChanged: true, promptsListChanged: true };
        const params = { notifications, _meta: modernMeta() };
        hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id: listen, method: 'subscriptions/listen', params })}\n`);
        const acknowledged = await hub.nextMessage(
          ({ method }) => method === 'notifications/subscriptions/acknowledged',
        );
        expect(acknowledged.message.params).toMatchObject({
          notifications,
          _meta: { 'io.modelcontextprotocol/subscriptionId': listen },
        });
      }
      const seen = hub.messages.length;
      await client.call(`${upstream}__grow`, { name: `grown_${era}` });
      const isChange = (method: string | undefined): boolean => method === 'notifications/tools/list_changed';
      const change = await eventually('the notification', () =>
        hub.messages.slice(seen).find(({ message }) => isChange(message.method)),
      );
      if (era === 'modern') {
        expect(change.message.params).toMatchObject({ _meta: { 'io.modelcontextprotocol/subscriptionId': listen } });
        hub.notify('notifications/cancelled', { requestId: listen, _meta: modernMeta() });
      }
      await eventually('the new list', async () => (await client.names('tools')).includes(`${upstream}__grown_${era}`));
      expect(await client.callText(`${upstream}__grown_${era}`)).toBe(`grown grown_${era}`);
    });
  });

  test(era === 'legacy' ? 'hears of every change' : 'does not hear of changes that it did not ask for', async () => {
    verifies('prompts:list-changed');
    await client.names('prompts');
    const seen = hub.messages.length;
    const changes = (): boolean =>
      hub.messages.slice(seen).some(({ message }) => message.method === 'notifications/prompts/list_changed');
    await client.call('old__grow', { name: `prompt_${era}`, kind: 'prompt' });
    // A client that asks in between has the new list, and is told of no change.
    if (era === 'legacy') await eventually('the notification', changes);
    await eventually('the new prompt', async () => (await client.names('prompts')).includes(`old__prompt_${era}`));
    if (era === 'modern') expect(changes()).toBe(false);
  });
});

describe('the era of an upstream', () => {
  const probes = createTempHome();
  const log = probes.file('evil.ndjson');
  afterAll(() => probes.remove());
  const mcpServers = {
    plain: legacyServer('plain', { log }),
    strict: legacyServer('strict', { log, evil: 'exit-unknown' }),
    silent: legacyServer('silent', { log, evil: 'silent-discover' }),
    new: modernServer('new', { log }),
  };

  test('is found out, whatever the server does with a question it does not know', async () => {
    verifies('version:discover:dual-era');
    await using hub = await startHub({ config: { mcpServers }, home: probes });
    await initialize(hub);
    const client = talker(hub, 'legacy');
    await eventually(
      'the tools of all four',
      async () => {
        const tools = await client.names('tools');
        return Object.keys(mcpServers).every((name) => tools.includes(`${name}__echo`));
      },
      15_000,
    );
    for (const name of Object.keys(mcpServers)) expect(await client.callText(`${name}__echo`, { m: name })).toBe(name);
    for (const name of Object.keys(mcpServers)) expect(methodsTo(log, name)[0]).toBe('server/discover');
    expect(startsOf('strict')).toBe(2);
    expect(startsOf('silent')).toBe(1);
  }, 30_000);

  test('is remembered: the next hub asks no more', async () => {
    verifies('version:era:cached');
    const before = readEvilLog(log).length;
    await using hub = await startHub({ config: { mcpServers }, home: probes });
    await initialize(hub);
    const client = talker(hub, 'legacy');
    const startedAt = Date.now();
    for (const name of Object.keys(mcpServers)) expect(await client.callText(`${name}__echo`, { m: name })).toBe(name);
    expect(Date.now() - startedAt).toBeLessThan(4000);
    const later = readEvilLog(log).slice(before);
    for (const name of ['plain', 'strict', 'silent']) {
      const first = later.find((entry) => entry.name === name && entry.event === 'in');
      expect(first?.raw).toContain('"initialize"');
    }
    expect(
      later
        .filter((entry) => entry.event === 'start')
        .map((entry) => entry.name)
        .sort(),
    ).toEqual(Object.keys(mcpServers).sort());
  }, 30_000);

  test('can be said in the configuration', async () => {
    const said = createTempHome();
    const saidLog = said.file('evil.ndjson');
    const servers = { old: legacyServer('old', { log: saidLog }), new: modernServer('new', { log: saidLog }) };
    const hub = { servers: { old: { protocol: 'legacy' }, new: { protocol: 'modern' } } };
    await using process = await startHub({ config: { mcpServers: servers, hub }, home: said });
    await initialize(process);
    await talker(process, 'legacy').names('tools');
    expect(methodsTo(saidLog, 'old')[0]).toBe('initialize');
    expect(methodsTo(saidLog, 'new')).not.toContain('initialize');
    await process.stop();
    said.remove();
  }, 20_000);

  const startsOf = (name: string): number =>
    readEvilLog(log).filter((entry) => entry.name === name && entry.event === 'start').length;
});
