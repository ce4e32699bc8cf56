import { failureReply } from '../dispatch/failure.ts';
import { type ErrorReply, NO_TIME } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Subject } from '../protocol/methods.ts';
import { createErrorBody, INVALID_PARAMS } from '../protocol/parse.ts';
import { shortened } from '../utils/shortened.ts';
import type { Named } from './locating.ts';
import { candidates } from './resolve.ts';
import type { View } from './view.ts';

/** The reply for an unknown name, or for one whose upstream cannot be asked: then the reason is more use than 'unknown'. */
export const explainUnknown = async (view: View, named: Named, separator: string): Promise<ErrorReply> => {
  if (named.subject === 'task') return invalidParams(`Unknown task: ${shortened(named.name)}`);
  const [upstream, ...others] = candidates(view, named.subject, named.name, separator);
  if (upstream !== undefined && others.length === 0)
    return failureReply((await failureOf(view, upstream)) ?? notListed(upstream, named.subject));
  return invalidParams(
    `Unknown ${named.subject}: ${shortened(named.name)}`,
    named.subject === 'resource' ? { uri: named.name } : undefined,
  );
};

/** The reply for a request whose params are wrong. */
export const invalidParams = (message: string, data?: JsonObject): ErrorReply => ({
  kind: 'error',
  error: createErrorBody(INVALID_PARAMS, message, data),
  time: NO_TIME,
});

/** Why an upstream cannot be connected right now; undefined where it can. */
const failureOf = async ({ upstreams }: View, name: string): Promise<HubError | undefined> => {
  try {
    const wait = new HubError('TIMEOUT', `${name} is still being started`, {
      upstream: name,
      hint: 'try again in a moment',
    });
    await upstreams.get(name)?.connect(AbortSignal.abort(wait));
    return undefined;
  } catch (error) {
    return HubError.from(error);
  }
};

/** It is connected, and has not answered what it offers. */
const notListed = (upstream: string, subject: Subject): HubError =>
  new HubError('TIMEOUT', `${upstream} has not said which ${subject}s it offers`, {
    upstream,
    hint: 'try again in a moment',
  });
