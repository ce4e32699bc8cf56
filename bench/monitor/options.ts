import { parseArgs } from 'node:util';

export interface MonitorBenchOptions {
  /** How long the log is. Default: a million calls. */
  readonly calls: number;
  /** A state directory whose log is used, and made where there is none; it stays, with the calls that are made in the measurement. Default: a temporary one. */
  readonly log: string | undefined;
  /** Fewer starts and keys, and shorter blocks. */
  readonly isQuick: boolean;
  /** Default: dist/ is built before, where it is stale. */
  readonly wantsBuild: boolean;
  /** Write docs/performance.md anew. */
  readonly wantsDocs: boolean;
}

/** @throws Error with a sentence for a person. */
export const readMonitorOptions = (argv: readonly string[]): MonitorBenchOptions => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      calls: { type: 'string', default: '1000000' },
      log: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  const calls = Number(values.calls);
  if (!Number.isInteger(calls) || calls < 100) throw new Error(`--calls ${values.calls} is not a number from 100 up`);
  return {
    calls,
    log: values.log,
    isQuick: values.quick,
    wantsBuild: !values['no-build'],
    wantsDocs: values['write-docs'],
  };
};
