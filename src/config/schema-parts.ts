import * as z from 'zod';

/*
 * What the parts of the schema have in common. It is loaded before any of them is made.
 */

// A schema is used a few times in a run: to compile it first takes longer than to walk it.
z.config({ jitless: true });

export const MIB = 1024 * 1024;
/** The longest time that a timer of Node can run, about 24 days. */
export const MAX_TIMER_MS = 2_147_483_647;

export const milliseconds = () => z.int().min(1).max(MAX_TIMER_MS);
export const bytes = () => z.int().min(1024);
export const name = () => z.string().min(1);
export const globs = () => z.array(z.string().min(1));

export const START_MS = 'From the start of the process or connection to the end of the handshake, in milliseconds.';
export const CALL_MS = 'From the sending of a call to its answer, in milliseconds; progress begins it again.';
export const MAX_CALL_MS = 'The most that progress can stretch a call to, in milliseconds.';

/** For a key that is checked and kept, and that nothing acts on so far. */
export const later = (description: string): string => `${description} No effect yet.`;
