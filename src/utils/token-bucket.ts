export interface TokenBucketOptions {
  /** Most tokens that it holds; it begins full. */
  readonly capacity: number;
  /** Tokens that come back per second. */
  readonly perSecond: number;
  /** The clock, in milliseconds; default: the process clock. */
  readonly now?: () => number;
}

/** Lets something happen a few times in a row, and then only so often. */
export interface TokenBucket {
  /** Takes a token; false where there is none. */
  take(): boolean;
}

export const createTokenBucket = ({
  capacity,
  perSecond,
  now = () => performance.now(),
}: TokenBucketOptions): TokenBucket => {
  let tokens = capacity;
  let filledAt = now();
  return {
    take() {
      const at = now();
      tokens = Math.min(capacity, tokens + ((at - filledAt) / 1000) * perSecond);
      filledAt = at;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
};
