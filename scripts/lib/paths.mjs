import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What the scripts keep for themselves: a Node of their own, and locks. Git ignores it. */
export const TOOLS = join(ROOT, '.tools');

export const DIST = join(ROOT, 'dist');
