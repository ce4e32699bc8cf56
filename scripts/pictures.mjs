/**
 * Draws docs/pictures/: `npm run pictures [-- --size 80x24 --out FOLDER --ascii --no-color]`.
 *
 * Each picture is a frame of the real monitor: it runs on the scripted session with a clock that stands still, writes to a
 * terminal without a window, and the cells of that become an SVG. The same sources give the same bytes.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT, TOOLS } from './lib/paths.mjs';
import { runMain } from './lib/progress.mjs';

const main = async () => {
  mkdirSync(TOOLS, { recursive: true });
  const folder = mkdtempSync(join(TOOLS, 'pictures-'));
  const outfile = join(folder, 'draw.mjs');
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['scripts/pictures/draw.ts'],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'warning',
    });
    const { drawPictures } = await import(pathToFileURL(outfile).href);
    for (const file of await drawPictures(process.argv.slice(2))) process.stdout.write(`${file}\n`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

await runMain(main);
