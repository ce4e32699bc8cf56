import { statSync } from 'node:fs';

/** Tells one file from another that has come under its name since; undefined where there is none. */
export const fileIdentity = (path: string): string | undefined => {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
};
