/*
 * Writes schema/mcp-hub.schema.json, docs/config.md and src/config/plain-schemas.json from the schema in src/config/schema.ts,
 * and docs/clients.md from src/config/clients/.
 * Run: node scripts/generate-schema.ts            (--check only compares, and exits 1 where one is out of date)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configJsonSchema, plainSchemas } from '../src/config/json-schema.ts';
import { renderClientDocs } from './client-docs.ts';
import { renderConfigDocs } from './config-docs.ts';

export interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

export const generatedFiles = (): readonly GeneratedFile[] => {
  const schema = configJsonSchema();
  return [
    { path: 'schema/mcp-hub.schema.json', text: `${JSON.stringify(schema, undefined, 2)}\n` },
    { path: 'src/config/plain-schemas.json', text: `${JSON.stringify(plainSchemas(), undefined, 2)}\n` },
    { path: 'docs/config.md', text: renderConfigDocs(schema) },
    { path: 'docs/clients.md', text: renderClientDocs() },
  ];
};

const absolute = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const run = (isCheck: boolean): void => {
  for (const { path, text } of generatedFiles()) {
    if (!isCheck) writeFileSync(absolute(path), text);
    else if (readFileSync(absolute(path), 'utf8') !== text) {
      process.stderr.write(`${path} is out of date: run node scripts/generate-schema.ts\n`);
      process.exitCode = 1;
    }
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) run(process.argv.includes('--check'));
