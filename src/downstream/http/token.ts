import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../../errors/hub-error.ts';

const TOKEN_FILE = 'http-token';

/** Bytes of randomness in a token. */
const TOKEN_BYTES = 32;

/** Fewer characters are no secret: such a file is refused. */
const MIN_CHARACTERS = 32;

/** Where the token of this installation is kept, 0600. */
export const tokenFile = (stateDir: string): string => join(stateDir, TOKEN_FILE);

/**
 * The token that clients have to send, made at the first call; two hubs that make it at once get the same. A file that
 * others could read is closed to them.
 * @throws HubError STORE_UNAVAILABLE when it can be neither read nor written, or holds no token
 */
export const readToken = (stateDir: string): string => {
  const file = tokenFile(stateDir);
  try {
    return readFrom(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(file, error);
  }
  try {
    writeToken(stateDir, linkSync);
    return readFrom(file);
  } catch (error) {
    throw unusable(file, error);
  }
};

/**
 * Makes a new token. The old one is worth nothing from then on, to hubs that are running too.
 * @throws HubError STORE_UNAVAILABLE
 */
export const rotateToken = (stateDir: string): string => {
  try {
    return writeToken(stateDir, renameSync);
  } catch (error) {
    throw unusable(tokenFile(stateDir), error);
  }
};

/**
 * Tells whose an Authorization header is, comparing in constant time: the same text for the same token, and undefined for
 * a wrong one. A token that is rotated counts at once; where the file cannot be read any more, the last one counts.
 * @throws HubError STORE_UNAVAILABLE when there is no token to begin with
 */
export const createTokenCheck = (stateDir: string): ((authorization: string | undefined) => string | undefined) => {
  const file = tokenFile(stateDir);
  let wanted = digest(readToken(stateDir));
  let seen = stampOf(file);

  const refresh = (): void => {
    const stamp = stampOf(file);
    if (stamp === undefined || stamp === seen) return;
    try {
      wanted = digest(readFrom(file));
      seen = stamp;
    } catch {
      // Half of a token is none; the next request looks again.
    }
  };

  return (authorization) => {
    refresh();
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), wanted) ? wanted.toString('base64url') : undefined;
  };
};

const readFrom = (file: string): string => {
  const token = readFileSync(file, 'utf8').trim();
  if (token.length < MIN_CHARACTERS || /\s/.test(token)) throw new Error('it holds no token');
  // Windows has no such bits; there the file inherits the rights of the user's own folder.
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return token;
};

/** Writes a whole file beside the place and puts it there with `place`, which fails or replaces where there is one. */
const writeToken = (stateDir: string, place: (from: string, to: string) => void): string => {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const file = tokenFile(stateDir);
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(temporary, `${token}\n`, { mode: 0o600, flag: 'wx' });
  try {
    place(temporary, file);
  } catch (error) {
    // Another was faster, or this file system has no links.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') renameSync(temporary, file);
  }
  rmSync(temporary, { force: true });
  return token;
};

/** Changes with every new file. */
const stampOf = (file: string): string | undefined => {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const unusable = (file: string, cause: unknown): HubError =>
  new HubError('STORE_UNAVAILABLE', `the token for HTTP in ${file} cannot be used: ${(cause as Error).message}`, {
    cause,
    hint: 'run: mcp-hub token rotate    (or set MCP_HUB_STATE_DIR to a directory that can be written)',
  });
