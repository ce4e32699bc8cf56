/** Tokens of a full budget. Nothing is repeated while no more than half of them are there. */
const MAX_TOKENS = 10;
const TOKENS_PER_SUCCESS = 0.1;

/**
 * Bounds how much of the load of an upstream may be repetition: a failure costs a token, ten answers bring one back, and
 * below half nothing is repeated, so that an upstream in need is not asked more often than one that is well.
 * https://github.com/grpc/proposal/blob/master/A6-client-retries.md#throttling-retry-attempts-and-hedged-rpcs
 */
export interface RetryBudget {
  answered(): void;
  /** Counts a failure; whether it may be followed by another attempt. */
  failed(): boolean;
}

export const createRetryBudget = (): RetryBudget => {
  let tokens = MAX_TOKENS;
  return {
    answered() {
      if (tokens < MAX_TOKENS) tokens = Math.min(MAX_TOKENS, tokens + TOKENS_PER_SUCCESS);
    },
    failed() {
      tokens = Math.max(0, tokens - 1);
      return tokens > MAX_TOKENS / 2;
    },
  };
};
