import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from '../requirements/verifies.ts';
import { initialize, modernMeta, talker } from '../support/conversation.ts';
import { readEvilLog } from '../support/evil-log.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { fixture } from '../support/paths.ts';
import { eventually } from '../support/processes.ts';
import type { Received } from '../support/received.ts';
import { readCallLog } from '../support/run-command.ts';
import { createTempHome } from '../support/temp-home.ts';

const home = createTempHome();
const evilLog = home.file('evil.ndjson');
const asking = (name: string, era: string) => ({
  command: process.execPath,
  args: [fixture('asking.mjs'), name, era],
  env: { EVIL_LOG: evilLog },
});
const config = { mcpServers: { old: asking('old', 'legacy'), new: asking('new', 'modern') } };
afterAll(() => home.remove());

const CAN_ALL = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const meta = { 'io.modelcontextprotocol/clientCapabilities': CAN_ALL };
const RED = { action: 'accept', content: { value: 'red' } };

const progressOf = (hub: HubProcess, token: string): unknown[] =>
  hub.messages.flatMap(({ message }) =>
    message.params?.['progressToken'] === token ? [message.params['progress']] : [],
  );

const inputsIn = ({ message }: Received) => message.result?.['inputRequests'] as Record<string, object>;
const answersTo = (received: Received): object =>
  Object.fromEntries(Object.keys(inputsIn(received)).map((key) => [key, RED]));

describe('a raw legacy client', () => {
  let hub: HubProcess;
  beforeAll(async () => {
    hub = await startHub({ config, home });
    await initialize(hub, CAN_ALL);
    await talker(hub, 'legacy').names('tools');
  }, 30_000);
  afterAll(() => hub.stop(), 30_000);

  test.each(['old', 'new'])('hears of progress around a question of %s', async (upstream) => {
    verifies('progress:increases');
    const token = `legacy-${upstream}`;
    const params = { name: `${upstream}__ask_with_progress`, arguments: {}, _meta: { progressToken: token } };
    const answer = hub.request('tools/call', params);
    const question = await hub.nextMessage(({ method }) => method === 'elicitation/create');
    hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id: question.message.id, result: RED })}\n`);
    expect((await answer).message.result).toHaveProperty('content');
    // A modern upstream works anew for each round; what it repeats is not told again.
    expect(progressOf(hub, token)).toEqual([1, 2]);
    expect(question.message.params).toMatchObject({ message: `${upstream}: Which color?` });
  });

  test.each(['old', 'new'])('cancels a call that waits for its answer to %s', async (upstream) => {
    const before = readEvilLog(evilLog).length;
    const id = `cancel-${upstream}`;
    const request = { jsonrpc: '2.0', id, method: 'tools/call', params: { name: `${upstream}__ask`, arguments: {} } };
    hub.sendRaw(`${JSON.stringify(request)}\n`);
    const question = await hub.nextMessage(({ method }) => method === 'elicitation/create');
    hub.notify('notifications/cancelled', { requestId: id, reason: 'enough' });
    const withdrawn = await hub.nextMessage(({ method }) => method === 'notifications/cancelled');
    expect(withdrawn.message.params).toMatchObject({ requestId: question.message.id });
    // A modern upstream has ended its part already.
    if (upstream === 'old') {
      await eventually('the upstream to hear of it', () =>
        readEvilLog(evilLog)
          .slice(before)
          .some((entry) => entry.event === 'cancel' && entry.known === true),
      );
    }
  });
});

describe('a raw modern client', () => {
  let hub: HubProcess;
  const client = () => talker(hub, 'modern');
  beforeAll(async () => {
    hub = await startHub({ config, home });
    await client().request('tools/list', {}, { meta });
  }, 30_000);
  afterAll(() => hub.stop(), 30_000);

  const call = (name: string, more: object = {}, moreMeta: object = {}): Promise<Received> =>
    client().request('tools/call', { name, arguments: {}, ...more }, { meta: { ...meta, ...moreMeta } });
  const retry = (name: string, asked: Received, more: object = {}, moreMeta: object = {}): Promise<Received> => {
    const { requestState } = asked.message.result as { requestState: string };
    return call(name, { requestState, inputResponses: answersTo(asked), ...more }, moreMeta);
  };

  test('hears of progress on each of its requests under the token of that', async () => {
    const asked = await call('old__ask_with_progress', {}, { progressToken: 'first' });
    expect(progressOf(hub, 'first')).toEqual([1]);
    const done = await retry('old__ask_with_progress', asked, {}, { progressToken: 'second' });
    expect(done.message.result).toMatchObject({ resultType: 'complete' });
    expect([progressOf(hub, 'first'), progressOf(hub, 'second')]).toEqual([[1], [2]]);
  });

  test('gets the interim result of a modern upstream byte for byte, and its state back to it', async () => {
    verifies('tools:input-required');
    const asked = await call('new__ask');
    expect(asked.message.result).toMatchObject({ resultType: 'input_required', requestState: '[]' });
    expect(inputsIn(asked)['q0']).toMatchObject({ method: 'elicitation/create', params: { message: 'Which color?' } });
    expect((await retry('new__ask', asked)).message.result).toHaveProperty('content');
  });

  test('may keep several calls of one upstream waiting when it answers them one after the other', async () => {
    const first = await call('old__ask');
    expect((await retry('old__ask', first)).message.result).toHaveProperty('content');
    const second = await call('old__ask');
    expect((await retry('old__ask', second)).message.result).toHaveProperty('content');
  });

  test('that leaves a call waiting and calls again gets through, and the first is told why on its return', async () => {
    const left = await call('old__ask');
    const next = await call('old__ask');
    expect((await retry('old__ask', next)).message.result).toHaveProperty('content');
    const back = await retry('old__ask', left);
    expect(back.message.error).toMatchObject({ message: expect.stringContaining('was given up') as string });
  });

  test('without the capability is told which one is missing', async () => {
    verifies('base:meta:missing-capability');
    const none = { 'io.modelcontextprotocol/clientCapabilities': {} };
    const refusal = { code: -32021, data: { requiredCapabilities: { elicitation: {} } } };
    expect((await call('old__ask', {}, none)).message.error).toMatchObject(refusal);
    expect((await call('new__ask', {}, none)).message.error).toMatchObject(refusal);
  });

  test('is denied a state that is forged, of another call, or used already; nothing of it reaches an upstream', async () => {
    verifies('mrtr:state:untrusted');
    const asked = await call('old__ask');
    const before = readEvilLog(evilLog).length;
    const denied = [
      await retry('old__ask', asked, { requestState: 'mcp-hub:00000000-0000-4000-8000-000000000000' }),
      await retry('old__ask', asked, { arguments: { kinds: ['roots'] } }),
      await retry('old__login', asked),
    ];
    for (const { message } of denied) expect(message.error?.code).toBe(-32602);
    expect(readEvilLog(evilLog)).toHaveLength(before);
    expect((await retry('old__ask', asked)).message.result).toHaveProperty('content');
    expect((await retry('old__ask', asked)).message.error?.code).toBe(-32602);
  });

  test('that ends leaves no call behind at an upstream', async () => {
    const own = createTempHome();
    const log = own.file('evil.ndjson');
    const server = { ...asking('old', 'legacy'), env: { EVIL_LOG: log } };
    const another = await startHub({ config: { mcpServers: { old: server } }, home: own });
    const params = { name: 'old__ask', arguments: {}, _meta: modernMeta(meta) };
    const asked = await another.request('tools/call', params);
    expect(asked.message.result).toMatchObject({ resultType: 'input_required' });
    expect(await another.stop()).toEqual({ code: 0, signal: null });
    const rows = await readCallLog(own);
    expect(rows).toMatchObject([{ qualifiedName: 'old__ask', outcome: 'cancelled' }]);
    own.remove();
  }, 30_000);

  test('has each denial in the log', async () => {
    const rows = await eventually('the rows', async () => {
      const all = await readCallLog(home);
      return all.filter(({ outcome }) => outcome === 'denied').length >= 4 && all;
    });
    expect(rows.filter(({ outcome }) => outcome === 'denied')).toHaveLength(4);
  });
});
