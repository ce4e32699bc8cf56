import { HubError } from '../../errors/hub-error.ts';
import { excerpt } from '../transport/excerpt.ts';
import { HttpStatusError } from '../transport/http-status-error.ts';

/** A person has to log in before the upstream can be used. */
export const loginRequired = (name: string, why: string, cause: unknown = new HttpStatusError(401, '')): HubError =>
  new HubError('LOGIN_REQUIRED', `${name} cannot be used: ${why}`, {
    cause,
    upstream: name,
    hint: `run: mcp-hub login ${name}`,
  });

/** A login, or its renewal, has not come to its end. What authorization servers say is data, and made printable. */
export const loginFailed = (name: string, why: string, options: { cause?: unknown; hint?: string } = {}): HubError =>
  new HubError('LOGIN_FAILED', `cannot log in at ${name}: ${excerpt(why, 400)}`, {
    upstream: name,
    hint: options.hint ?? `try again: mcp-hub login ${name}`,
    ...(options.cause !== undefined && { cause: options.cause }),
  });

/** Turns what the SDK's login functions throw into an error for a person. */
export const explainLoginError = (name: string, thrown: unknown): HubError => {
  if (thrown instanceof HubError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (/does not support dynamic client registration/i.test(error.message))
    return loginFailed(name, 'its authorization server does not let programs register themselves', {
      cause: error,
      hint: `register a client there, and set hub.servers.${name}.auth.clientId`,
    });
  if (error.name === 'IssuerMismatchError' || error.name === 'AuthorizationServerMismatchError')
    return loginFailed(name, `the answer is not of the authorization server that was asked: ${error.message}`, {
      cause: error,
      hint: 'somebody may be trying to redirect the login; ask the operator of that server',
    });
  const { code } = innermost(error) as { code?: unknown };
  const why =
    typeof code === 'string' && /^(?:E[A-Z]+|UND_)/.test(code)
      ? `its authorization server cannot be reached (${code})`
      : error.message;
  return loginFailed(name, why, { cause: error });
};

const innermost = (error: Error): Error => (error.cause instanceof Error ? innermost(error.cause) : error);
