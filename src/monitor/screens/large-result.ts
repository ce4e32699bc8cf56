import type { CallRow } from '../../store/log-reader.ts';
import { count, tokensOf } from '../text/quantities.ts';

/** What Claude Code takes of one result by default (MAX_MCP_OUTPUT_TOKENS), in tokens. */
const CEILING_TOKENS = 25_000;

/** From this part of it on a result is near: the number of tokens is an estimate. */
const NEAR = 0.8;

type Sized = Pick<CallRow, 'bytesOut'>;

/** Whether a result comes near to what a client takes at most, or is beyond it. */
export const isLargeResult = ({ bytesOut = 0 }: Sized): boolean => tokensOf(bytesOut) >= CEILING_TOKENS * NEAR;

/** Says it in words. */
export const largeResultWords = ({ bytesOut = 0 }: Sized): string =>
  `about ${count(tokensOf(bytesOut))} tokens: some clients take ${count(CEILING_TOKENS)} at most`;
