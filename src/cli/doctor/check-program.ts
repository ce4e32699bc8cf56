import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../../utils/version.ts';
import { packageRoot } from '../package-root.ts';
import type { Check, Finding } from './check.ts';

/** Whether all parts of the built program are there: an update that was interrupted leaves some behind. */
export const checkProgram: Check = {
  name: 'program',
  section: 'Program',
  find: () => {
    const root = packageRoot();
    const dist = root === undefined ? undefined : join(root, 'dist');
    if (dist === undefined || !existsSync(join(dist, 'main.js')))
      return [broken(`mcp-hub ${VERSION} is not built: dist/main.js is missing`, root)];
    const missing = missingParts(dist);
    if (missing.length > 0)
      return [broken(`mcp-hub ${VERSION} is incomplete: dist/ lacks ${missing.slice(0, 3).join(', ')}`, root)];
    return [{ state: 'ok', message: `mcp-hub ${VERSION}, ${root}`, details: { version: VERSION, path: root ?? null } }];
  },
};

const broken = (message: string, root: string | undefined): Finding => ({
  state: 'fails',
  message,
  fix: root !== undefined && existsSync(join(root, 'src')) ? `npm run build, in ${root}` : 'install mcp-hub again',
});

const PART = /["']\.\/([\w.-]+\.js)["']/g;

const missingParts = (dist: string): string[] => {
  const parts = readdirSync(dist).filter((name) => name.endsWith('.js'));
  const needed = parts.flatMap((name) =>
    [...readFileSync(join(dist, name), 'utf8').matchAll(PART)].flatMap(([, part]) => part ?? []),
  );
  return [...new Set(needed)].filter((name) => !existsSync(join(dist, name)));
};
