import { readFileSync } from 'node:fs';
import { schemaFile } from '../../config/schema-file.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** `config schema`: the published JSON Schema of the configuration file. */
export const runConfigSchema = async (context: CliContext): Promise<number> => {
  const file = schemaFile();
  if (file === undefined) {
    throw new HubError(
      'INTERNAL',
      'the schema cannot be printed: this installation has no schema/mcp-hub.schema.json',
      {
        hint: 'install mcp-hub again',
      },
    );
  }
  context.out(readFileSync(file, 'utf8'));
  return EXIT.ok;
};
