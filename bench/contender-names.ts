/**
 * Everything that is measured, in the order of the tables. `direct` is the server without anything in front of it, `pipe`
 * what one more process costs at least, `bare-relay` what one costs that reads what it passes on; the last two are other authors' programs.
 */
export const CONTENDER_NAMES = [
  'direct',
  'pipe',
  'bare-relay',
  'sdk-v1',
  'sdk-v2',
  'hub',
  'hub-nolog',
  'peer-mcp-hub',
  'peer-mcporter',
] as const;

export type ContenderName = (typeof CONTENDER_NAMES)[number];
