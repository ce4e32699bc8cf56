import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIST, ROOT } from './paths.mjs';

/** Kept in dist/: the hash of what it was built from. */
export const STAMP = join(DIST, '.inputs');

const INPUTS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'scripts/build.mjs',
  'scripts/lib',
  'src',
  'examples',
];

/** SHA-256 over the names and contents of everything that dist/ is built from. */
export const hashInputs = () => {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    for (const file of filesUnder(input))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(ROOT, file)))
        .update('\0');
  }
  return hash.digest('hex');
};

/** Whether dist/ was built from something else than what is there now, or not at all. */
export const isStale = () => !existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== hashInputs();

const filesUnder = (path) => {
  const entries = readEntries(path);
  if (entries === undefined) return [path];
  return entries.flatMap((entry) => filesUnder(`${path}/${entry}`));
};

/** The sorted entries of a folder, or `undefined` for a file. */
const readEntries = (path) => {
  try {
    return readdirSync(join(ROOT, path)).sort();
  } catch (error) {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  }
};
