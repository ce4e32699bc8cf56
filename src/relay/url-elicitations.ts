import type { Call } from '../dispatch/call.ts';
import type { Interceptor } from '../dispatch/interceptor.ts';
import type { Question } from '../dispatch/question.ts';
import type { ErrorReply, Reply } from '../dispatch/reply.ts';
import { isJsonObject, type JsonObject, parseLossless } from '../protocol/json.ts';
import { isTooDeep } from '../protocol/parse.ts';

/** Of the legacy era: the call needs something that a person does at a URL first. */
export const URL_ELICITATION_REQUIRED = -32042;

/**
 * Turns the refusal of a legacy upstream that wants a URL visited into questions for a client without a session, and
 * repeats the call once they are answered. A client with a session gets the refusal as it is; one that cannot be asked is
 * told so by the question.
 * https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#url-elicitation-required-error
 */
export const askForUrls: Interceptor = (next) => {
  return (call) => (call.client.hasSession ? next(call) : askThenRepeat(call));

  async function askThenRepeat(call: Call): Promise<Reply> {
    const reply = await next(call);
    if (reply.kind !== 'error' || reply.error.code !== URL_ELICITATION_REQUIRED) return reply;
    const questions = questionsIn(reply, call.target.upstream);
    if (questions.length === 0) return reply;
    const answers = await Promise.all(questions.map((question) => call.ask(question, call.signal)));
    const isAccepted = answers.every((answer) => answer.ok && answer.result['action'] === 'accept');
    return isAccepted ? next(call) : reply;
  }
};

/** None where the refusal nests too deep to be written anew. */
const questionsIn = ({ error }: ErrorReply, upstream: string): Question[] => {
  const text = Buffer.from(error.bytes).toString();
  if (isTooDeep(text)) return [];
  const { data } = parseLossless(text) as JsonObject;
  const elicitations = isJsonObject(data) && Array.isArray(data['elicitations']) ? data['elicitations'] : [];
  return elicitations
    .filter(isJsonObject)
    .map((params, index) => ({ upstream, key: `url${index + 1}`, method: 'elicitation/create', params }));
};
