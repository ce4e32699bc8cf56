import { describe, expect, test } from 'vitest';
import type { ClientContext } from '../../src/dispatch/call.ts';
import type { Answer, Question } from '../../src/dispatch/question.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import type { JsonValue } from '../../src/protocol/json.ts';
import { createErrorBody } from '../../src/protocol/parse.ts';
import { askForUrls } from '../../src/relay/url-elicitations.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createCall, errorReply, LEGACY_CLIENT, MODERN_CLIENT, resultReply } from '../support/calls.ts';

const CAN_ELICIT: ClientContext = { ...MODERN_CLIENT, capabilities: { elicitation: { url: {} } } };
const LOGIN = { mode: 'url', message: 'Log in', url: 'https://a.example/login', elicitationId: 'e1' };
const DONE = resultReply({ done: true });

const needs = (elicitations?: JsonValue): Reply => ({
  kind: 'error',
  error: createErrorBody(-32042, 'URL elicitation required', elicitations === undefined ? undefined : { elicitations }),
  from: 'legacy',
  time: { startMs: 0, workMs: 1 },
});

const run = async (first: Reply, client = CAN_ELICIT, answers: readonly Answer[] = [accept]) => {
  const asked: Question[] = [];
  let rounds = 0;
  const call = createCall({
    client,
    ask: async (question) => {
      asked.push(question);
      return answers[asked.length - 1] ?? accept;
    },
  });
  const reply = await askForUrls(async () => {
    rounds += 1;
    return rounds === 1 ? first : DONE;
  })(call);
  return { reply, asked, rounds };
};

const accept: Answer = { ok: true, result: { action: 'accept' } };

describe('a call that a legacy upstream refuses until a URL was visited', () => {
  test('becomes a question for a client without a session, and is repeated once that is answered', async () => {
    verifies('elicitation:url-required:bridged');
    const { reply, asked, rounds } = await run(needs([LOGIN]));
    expect(asked).toEqual([{ upstream: 'math', key: 'url1', method: 'elicitation/create', params: LOGIN }]);
    expect([reply, rounds]).toEqual([DONE, 2]);
  });

  test('asks for every URL at once', async () => {
    const { asked, rounds } = await run(needs([LOGIN, { ...LOGIN, elicitationId: 'e2' }]));
    expect(asked.map(({ key }) => key)).toEqual(['url1', 'url2']);
    expect(rounds).toBe(2);
  });

  test.each<[string, readonly Answer[]]>([
    ['declines', [{ ok: true, result: { action: 'decline' } }]],
    ['cancels', [{ ok: true, result: { action: 'cancel' } }]],
    ['cannot answer', [{ ok: false, error: { code: -1, message: 'gone' } }]],
    ['accepts one of two', [accept, { ok: true, result: { action: 'decline' } }]],
  ])('stays refused where the client %s', async (_name, answers) => {
    const first = needs(answers.length === 2 ? [LOGIN, LOGIN] : [LOGIN]);
    const { reply, rounds } = await run(first, CAN_ELICIT, answers);
    expect([reply, rounds]).toEqual([first, 1]);
  });

  test.each<[string, Reply, ClientContext]>([
    ['a client with a session, as it is', needs([LOGIN]), { ...LEGACY_CLIENT, capabilities: { elicitation: {} } }],
    ['a refusal that names no URL', needs([]), CAN_ELICIT],
    ['a refusal without data', needs(), CAN_ELICIT],
    ['a refusal with something else for its URLs', needs('soon'), CAN_ELICIT],
    ['any other error', errorReply(-32000, 'no'), CAN_ELICIT],
    ['a result', DONE, CAN_ELICIT],
  ])('leaves alone %s', async (_name, first, client) => {
    const { reply, asked, rounds } = await run(first, client);
    expect(reply).toBe(first);
    expect([asked.length, rounds]).toEqual([0, 1]);
  });
});
