import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.ts';

/** Every page that tells people how to use the program: the front page, those of docs/, those of the examples. */
export const documentationPages = (): string[] => {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const examples = readdirSync(join(ROOT, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    'README.md',
    ...docs.map((name) => join('docs', name)),
    'examples/README.md',
    ...examples.map(({ name }) => join('examples', name, 'README.md')),
  ];
};

export const readPage = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
