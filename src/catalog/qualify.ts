import { createHash } from 'node:crypto';

/** What clients and the model APIs behind them accept in a name. */
const SAFE_NAME = /^[a-zA-Z0-9_-]+$/;

const HASH_CHARACTERS = 8;

export interface QualifyOptions {
  readonly upstream: string;
  /** Put before the name with the separator; `''` leaves the name as it is. */
  readonly prefix: string;
  readonly separator: string;
  /** Longest name, in characters; default 54. */
  readonly maxLength: number;
}

/**
 * The name under which the hub offers what an upstream calls `name`: `prefix + separator + name` where that is safe and
 * short enough, else made safe and shortened, with a hash of upstream and name at its end. The same on every start, and
 * independent of every other upstream.
 */
export const qualify = (name: string, options: QualifyOptions): string => {
  const { prefix, separator, maxLength } = options;
  const plain = prefix === '' ? name : `${prefix}${separator}${name}`;
  return SAFE_NAME.test(plain) && plain.length <= maxLength ? plain : shorten(plain, name, options);
};

/** The same name, told apart by its hash: for a second claimant of one name. */
export const shorten = (plain: string, name: string, { upstream, maxLength }: QualifyOptions): string => {
  const hash = createHash('sha256').update(`${upstream}\0${name}`).digest('hex').slice(0, HASH_CHARACTERS);
  const safe = plain.replaceAll(/[^a-zA-Z0-9_-]/g, '_');
  return `${safe.slice(0, maxLength - HASH_CHARACTERS - 1)}_${hash}`;
};

/** Whether a name can be offered as it is. */
export const isSafeName = (name: string, maxLength: number): boolean =>
  SAFE_NAME.test(name) && name.length <= maxLength;
