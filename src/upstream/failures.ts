import { HubError } from '../errors/hub-error.ts';

/** It was spoken to in a revision that it has left. */
export const lostEra = (upstream: string, why: string): HubError =>
  new HubError(
    'UPSTREAM_INVALID',
    `${upstream} does not speak the revision any more that it was connected with: ${why}`,
    {
      upstream,
      hint: 'try again in a moment',
    },
  );

export const endedEarly = (upstream: string, why: string): HubError =>
  new HubError('UPSTREAM_START_FAILED', `${upstream} did not start: it ended after the handshake: ${why}`, {
    upstream,
  });

/** It has ended, and the pause before its next start is not over. */
export const notYetAgain = (upstream: string, why: string): HubError =>
  new HubError('UPSTREAM_CLOSED', `${upstream} ended and is not started again yet: ${why}`, { upstream });

export const shuttingDown = (upstream: string, what: string): HubError =>
  new HubError('SHUTTING_DOWN', `${upstream} ${what}`, { upstream });
