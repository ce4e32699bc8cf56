import { readToken, rotateToken, tokenFile } from '../downstream/http/token.ts';

export interface HttpToken {
  readonly token: string;
  /** Where it is kept, 0600. */
  readonly file: string;
}

/**
 * The token that HTTP clients of this installation send, made at the first call; `rotate` makes a new one, and the old one
 * is worth nothing from then on, to hubs that are running too.
 * @throws HubError STORE_UNAVAILABLE
 */
export const httpToken = (stateDir: string, { rotate }: { readonly rotate: boolean }): HttpToken => ({
  token: rotate ? rotateToken(stateDir) : readToken(stateDir),
  file: tokenFile(stateDir),
});

/** Where the token of this installation is kept. */
export const httpTokenFile = tokenFile;
