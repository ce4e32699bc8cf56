import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { frameCells } from './frame-cells.ts';
import { SCENES, type Scene } from './scenes.ts';
import { toSvg } from './to-svg.ts';

/** Draws every scene and gives the files that were written. */
export const drawPictures = async (args: string[]): Promise<string[]> => {
  const { values } = parseArgs({
    args,
    options: {
      size: { type: 'string' },
      out: { type: 'string', default: 'docs/pictures' },
      ascii: { type: 'boolean', default: false },
      'no-color': { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  mkdirSync(values.out, { recursive: true });
  const files: string[] = [];
  for (const scene of SCENES.filter(({ name }) => values.only === undefined || name === values.only)) {
    const cells = await frameCells({
      ...scene,
      size: sizeOf(values.size, scene),
      hasColor: !values['no-color'],
      isAscii: values.ascii,
    });
    const file = join(values.out, `${scene.name}.svg`);
    writeFileSync(file, toSvg(cells, `mcp-hub monitor: ${scene.title}`));
    files.push(file);
  }
  return files;
};

const sizeOf = (text: string | undefined, { size }: Scene): Scene['size'] => {
  const [columns, rows] = (text ?? '').split('x').map(Number);
  return columns && rows ? { columns, rows } : size;
};
