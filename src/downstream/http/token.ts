import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../../errors/hub-error.ts';

const TOKEN_FILE = 'http-token';

/** Bytes of randomness in a token. */
const TOKEN_BYTES = 32;

/** Where the token of this installation is kept, 0600. */
export const tokenFile = (stateDir: string): string => join(stateDir, TOKEN_FILE);

/**
 * The token that clients have to send, made at the first call.
 * @throws HubError STORE_UNAVAILABLE when it can be neither read nor written
 */
export const readToken = (stateDir: string): string => {
  try {
    const token = readFileSync(tokenFile(stateDir), 'utf8').trim();
    if (token.length >= TOKEN_BYTES) return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(stateDir, error);
  }
  return rotateToken(stateDir);
};

/**
 * Makes a new token; the old one is worth nothing from then on, for a hub that is started after it.
 * @throws HubError STORE_UNAVAILABLE
 */
export const rotateToken = (stateDir: string): string => {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const file = tokenFile(stateDir);
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, `${token}\n`, { mode: 0o600, flag: 'w' });
    renameSync(temporary, file);
    return token;
  } catch (error) {
    throw unusable(stateDir, error);
  }
};

/** Tells whether an Authorization header holds the token, in constant time. */
export const createTokenCheck = (token: string): ((authorization: string | undefined) => boolean) => {
  const wanted = digest(token);
  return (authorization) => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), wanted);
  };
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const unusable = (stateDir: string, cause: unknown): HubError =>
  new HubError('STORE_UNAVAILABLE', `the token for HTTP cannot be kept in ${stateDir}: ${(cause as Error).message}`, {
    cause,
    hint: 'set MCP_HUB_STATE_DIR to a directory that can be written',
  });
