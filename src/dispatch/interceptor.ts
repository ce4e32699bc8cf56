import type { Call } from './call.ts';
import type { Reply } from './reply.ts';

/**
 * Carries a call one step on. It never rejects: what fails is a reply. A reply of an upstream goes back through all steps in the
 * turn in which it came, unless one of them waits for something.
 */
export type Next = (call: Call) => PromiseLike<Reply>;

/** Something that may stop, delay, repeat or change a call on its way. */
export type Interceptor = (next: Next) => Next;

/** Joins interceptors around the innermost step; the first of the list is the outermost. */
export const compose = (interceptors: readonly Interceptor[], innermost: Next): Next =>
  interceptors.reduceRight<Next>((next, interceptor) => interceptor(next), innermost);
