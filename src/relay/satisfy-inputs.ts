import type { Call, CallSink } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Interceptor } from '../dispatch/interceptor.ts';
import { type Answer, isQuestionMethod, type Question } from '../dispatch/question.ts';
import type { Reply, ResultReply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseLossless } from '../protocol/json.ts';
import { isTooDeep } from '../protocol/parse.ts';
import { follow } from '../utils/eventual.ts';
import { waitUnlessAborted } from '../utils/wait-unless-aborted.ts';
import { findLack, refuseForLack } from './missing-capability.ts';
import { risingProgress } from './rising-progress.ts';

/** An upstream that asks more often does not come to an end. */
const MAX_ROUNDS = 8;

/** The pause before a round that asks nothing and only hands a state back. Milliseconds. */
const STATE_ROUND_PAUSE_MS = 250;

/**
 * Lets a client with a session use an upstream that asks by interim results: each thing that is asked for is put to the
 * client as a request of its own, and the call is repeated with the answers.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export const satisfyInputs: Interceptor = (next) => {
  return function satisfyOrPassOn(call) {
    if (!call.client.hasSession) return follow(next(call), call, passOn);
    if (!call.wantsProgress) return follow(next(call), call, satisfyIfAsked);
    const sink = risingProgress(call.sink);
    return next({ ...call, sink }).then((reply) => satisfyIfAsked(reply, call, sink));
  };

  function satisfyIfAsked(reply: Reply, call: Call, sink = call.sink): Reply | Promise<Reply> {
    return reply.kind === 'input_required' ? satisfy(call, sink, reply) : reply;
  }

  async function satisfy(call: Call, sink: CallSink, interim: ResultReply): Promise<Reply> {
    let current = call;
    let reply: Reply = interim;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (round > 0) reply = await next({ ...current, sink });
      if (reply.kind === 'error') return reply;
      if (reply.kind === 'result')
        return current.target === call.target ? reply : { answeredBy: current.target, ...reply };
      const inputs = await collectInputs(call, reply);
      if (!inputs.ok) return inputs.reply;
      const { answeredBy = current.target } = reply;
      current = { ...call, target: answeredBy, params: { ...call.params, ...inputs.params } };
    }
    return fail(call, `it asked for input more than ${MAX_ROUNDS} times`);
  }
};

/** An interim result for a client without a session as it is, unless it asks for what the client did not declare. */
const passOn = (reply: Reply, { target, client }: Call): Reply => {
  if (reply.kind !== 'input_required') return reply;
  const { inputRequests } = reply.body.value;
  for (const [key, request] of Object.entries(isJsonObject(inputRequests) ? inputRequests : {})) {
    const question = toQuestion(target.upstream, key, request);
    const lack = question && findLack(question, client.capabilities);
    if (lack !== undefined) return refuseForLack(lack);
  }
  return reply;
};

/** What is added to the params of the next round, or why there is none. */
type Inputs = { readonly ok: true; readonly params: JsonObject } | { readonly ok: false; readonly reply: Reply };

const collectInputs = async (call: Call, { body, time }: ResultReply): Promise<Inputs> => {
  const text = Buffer.from(body.bytes).toString();
  // What is read here is written anew, for the client and for the next round.
  if (isTooDeep(text)) return { ok: false, reply: fail(call, 'what it asks for nests too deep') };
  const { inputRequests, requestState } = parseLossless(text) as JsonObject;
  const state = requestState === undefined ? {} : { requestState };
  if (inputRequests === undefined) {
    await waitUnlessAborted(STATE_ROUND_PAUSE_MS, call.signal);
    return { ok: true, params: state };
  }
  if (!isJsonObject(inputRequests)) return { ok: false, reply: fail(call, 'its inputRequests are not an object') };
  const inputResponses: JsonObject = {};
  for (const [key, request] of Object.entries(inputRequests)) {
    const question = toQuestion(call.target.upstream, key, request);
    if (question === undefined) return { ok: false, reply: fail(call, `it asked for something unknown: ${key}`) };
    const answer = await call.ask(question, call.signal);
    // The one who gave the call up says why; the client has not failed.
    if (!answer.ok && call.signal.aborted)
      return { ok: false, reply: failureReply(HubError.from(call.signal.reason, 'CANCELLED'), time) };
    if (!answer.ok) return { ok: false, reply: failureReply(refused(call, answer), time) };
    inputResponses[key] = answer.result;
  }
  return { ok: true, params: { inputResponses, ...state } };
};

const toQuestion = (upstream: string, key: string, request: JsonValue): Question | undefined => {
  if (!isJsonObject(request) || !isQuestionMethod(request['method'])) return undefined;
  const { method, params } = request;
  return { upstream, key, method, params: isJsonObject(params) ? params : {} };
};

const refused = ({ target }: Call, { error }: Answer & { ok: false }): HubError =>
  new HubError(
    'UPSTREAM_INVALID',
    `${target.qualifiedName} needs an answer of the client, which failed: ${error.message}`,
    {
      upstream: target.upstream,
      hint: 'use a client that can answer such questions',
    },
  );

const fail = ({ target }: Call, why: string): Reply =>
  failureReply(
    new HubError('UPSTREAM_INVALID', `${target.qualifiedName} could not be carried out: ${why}`, {
      upstream: target.upstream,
      sent: true,
    }),
  );
