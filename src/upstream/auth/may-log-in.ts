import type { UpstreamConfig } from '../../config/hub-config.ts';

/**
 * Whether an upstream may be logged in at: an HTTP server that is not given a token, or a user and password, by its
 * configuration, and whose logins are not switched off.
 */
export const mayLogIn = ({ transport, auth }: Pick<UpstreamConfig, 'transport' | 'auth'>): boolean => {
  if (transport.type === 'stdio' || auth === false) return false;
  const isGiven = Object.keys(transport.headers).some((header) => header.toLowerCase() === 'authorization');
  const url = URL.parse(transport.url);
  return !isGiven && url !== null && url.username === '' && url.password === '';
};
