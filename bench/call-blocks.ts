import type { Answer } from './answers.ts';
import type { PreparedRequest, RawClient } from './client.ts';

/** How long calls are made. */
export interface Budget {
  readonly ms: number;
  /** At least so many calls, however long they take. */
  readonly minCalls: number;
}

/** How many calls are kept under way, where it is about many at once. */
export const IN_FLIGHT = 32;

/** What an answer has besides its text. */
const ENVELOPE_BYTES = 1024;

/** Calls one after the other; the latency of each, in milliseconds. */
export const callInSequence = async (
  client: RawClient,
  request: PreparedRequest,
  resultBytes: number,
  { ms, minCalls }: Budget,
): Promise<number[]> => {
  const latencies: number[] = [];
  const calls = new Promise<number[]>((resolve, reject) => {
    const endAt = performance.now() + ms;
    const next = (): void => {
      const sentAt = performance.now();
      client.send(request, (answer) => {
        const now = performance.now();
        latencies.push(now - sentAt);
        const fault = faultOf(answer, resultBytes);
        if (fault !== undefined) reject(fault);
        else if (now >= endAt && latencies.length >= minCalls) resolve(latencies);
        else next();
      });
    };
    next();
  });
  return inTime(client, calls);
};

export interface Throughput {
  readonly calls: number;
  readonly perSecond: number;
}

/**
 * Keeps a number of calls under way until the time is up; how many were answered, and how many in a second.
 * @param goesOn whether the block is to go on although its time is up; default: it is not
 */
export const callAtOnce = async (
  client: RawClient,
  request: PreparedRequest,
  resultBytes: number,
  { ms, minCalls, inFlight }: Budget & { readonly inFlight: number },
  goesOn: () => boolean = () => false,
): Promise<Throughput> => {
  const startedAt = performance.now();
  let sent = 0;
  let answered = 0;
  const calls = new Promise<Throughput>((resolve, reject) => {
    const next = (): void => {
      sent += 1;
      client.send(request, (answer) => {
        const now = performance.now();
        answered += 1;
        const fault = faultOf(answer, resultBytes);
        if (fault !== undefined) reject(fault);
        else if (now - startedAt < ms || sent < minCalls || goesOn()) next();
        else if (answered === sent) resolve({ calls: answered, perSecond: (answered * 1000) / (now - startedAt) });
      });
    };
    for (let index = 0; index < inFlight; index += 1) next();
  });
  return inTime(client, calls);
};

/** A block that takes so long has stopped. Milliseconds. */
const LONGEST_BLOCK_MS = 60_000;

const inTime = async <T>(client: RawClient, calls: Promise<T>): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('calls are not answered')), LONGEST_BLOCK_MS);
  return Promise.race([calls, client.failed, late.promise]).finally(() => clearTimeout(timer));
};

/** A contender that answers with anything else would be measured as a fast one. */
const faultOf = ({ bytes, head }: Answer, resultBytes: number): Error | undefined => {
  const isRight = bytes >= resultBytes && bytes <= resultBytes + ENVELOPE_BYTES && !head.includes('"error"');
  return isRight ? undefined : new Error(`an answer of ${bytes} bytes is not the expected result: ${head}`);
};
