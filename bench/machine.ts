import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** What the figures were taken on, without a name of it. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
}

export const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  processor: cpus()[0]?.model.trim() || 'unknown',
  memoryGib: Math.round(totalmem() / 1024 ** 3),
  // The version of the kernel; what a distribution or a host adds to it may be a name.
  system: `${platform()} ${/^\d+\.\d+/.exec(release())?.[0] ?? ''}`.trim(),
  node: process.version,
});

export const machineText = ({ cores, processor, memoryGib, system, node }: Machine): string =>
  `${cores} cores (${processor}), ${memoryGib} GiB, ${system}, Node ${node}`;
