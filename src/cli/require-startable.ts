import type { UpstreamConfig } from '../config/hub-config.ts';
import { HubError } from '../errors/hub-error.ts';
import { wantsLogin } from '../errors/login-reasons.ts';
import { canLogIn } from '../hub/logins.ts';
import { howToSet } from '../utils/how-to-set.ts';
import { missingText, reasonOf } from './server-status.ts';
import type { HubSession } from './with-hub.ts';

/**
 * Makes sure that a server can be asked, and starts it.
 * @throws HubError `UPSTREAM_UNAVAILABLE` when it is switched off or lacks a variable, `UPSTREAM_START_FAILED` when it does
 *   not start; both say what to do.
 */
export const requireStartable = async (session: HubSession, upstream: UpstreamConfig): Promise<void> => {
  const { name } = upstream;
  const fail = (why: string, hint: string): never => {
    throw new HubError('UPSTREAM_UNAVAILABLE', `${name} is not started: ${why}`, { upstream: name, hint });
  };
  if (!upstream.enabled) fail('it is disabled', `run: mcp-hub enable ${name}`);
  if (upstream.missingVariables.length > 0) fail(`it ${missingText(upstream)}`, howToSet(upstream.missingVariables));
  const probe = await session.hub.probe(name, { signal: session.signal });
  session.signal.throwIfAborted();
  if (probe.ok) return;
  if (canLogIn(upstream) && wantsLogin(probe.reason))
    throw new HubError('LOGIN_REQUIRED', probe.reason, { upstream: name, hint: `run: mcp-hub login ${name}` });
  throw new HubError('UPSTREAM_START_FAILED', `${name} ${reasonOf(name, probe.reason)}`, {
    upstream: name,
    hint: `run: mcp-hub get ${name}`,
  });
};
