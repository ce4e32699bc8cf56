import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import type { Revision } from './cells.ts';

const MANIFEST = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json');

/** The program of the suite. */
export const SUITE_BIN = join(dirname(MANIFEST), 'dist/index.js');

export const SUITE_VERSION = (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version;

export interface Requirements {
  readonly required: readonly string[];
  /** Run and shown, but never scored. */
  readonly others: readonly string[];
}

interface RequirementsFile {
  readonly server: readonly string[];
  readonly client: readonly string[];
  readonly not_scored: readonly {
    readonly scenario: string;
    readonly leg: 'server' | 'client';
    readonly reason: string;
  }[];
}

/** What the suite's own frozen list requires of a server or a client of a revision. */
export const readRequirements = (revision: Revision, leg: 'server' | 'client'): Requirements => {
  const file = parse(
    readFileSync(join(dirname(MANIFEST), 'requirements', `${revision}.yaml`), 'utf8'),
  ) as RequirementsFile;
  return {
    required: file[leg],
    others: file.not_scored.filter((entry) => entry.leg === leg).map(({ scenario }) => scenario),
  };
};

/** What a client is asked. Without the hub it has no login; extensions of OAuth are no part of the hub. */
export const clientRequirements = (revision: Revision, hasLogin: boolean): Requirements => {
  const { required, others } = readRequirements(revision, 'client');
  const isNoAuth = (scenario: string): boolean => !scenario.startsWith('auth/');
  return { required: hasLogin ? required : required.filter(isNoAuth), others: others.filter(isNoAuth) };
};
