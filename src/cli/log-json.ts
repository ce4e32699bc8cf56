import type { AttemptRow } from '../store/call-attempts.ts';
import type { CallRow } from '../store/log-reader.ts';
import { printableJson } from '../utils/printable.ts';

/** One call as a line of JSON. Members that are not known are left out; what a terminal would act on is escaped. */
export const logJsonLine = (call: CallRow): string => {
  const { upstream, startedAt, request, isRequestCut, result, isResultCut, attempts, ...rest } = call;
  const line = {
    schemaVersion: 1,
    ...rest,
    startedAt: new Date(startedAt).toISOString(),
    server: upstream,
    ...(attempts === undefined ? {} : { attempts: attempts.map(attemptObject) }),
    ...(request === undefined ? {} : { request, requestCut: isRequestCut }),
    ...(result === undefined ? {} : { result, resultCut: isResultCut }),
  };
  return `${printableJson(JSON.stringify(line))}\n`;
};

const attemptObject = ({ upstream, startedAt, ...rest }: AttemptRow): object => ({
  ...rest,
  startedAt: new Date(startedAt).toISOString(),
  server: upstream,
});
