import { parseJsonc } from '../../config/parse-jsonc.ts';
import { parseToml } from '../../config/parse-toml.ts';
import { parseYaml } from '../../config/parse-yaml.ts';
import type { CliContext } from '../context.ts';
import { shortPath } from '../format.ts';
import type { ClientChange } from './client-change.ts';
import { showDiff } from './show-diff.ts';

const PARSERS = { json: parseJsonc, toml: parseToml, yaml: parseYaml } as const;

/** The difference that a change makes to a client's file, as a unified diff without secrets. */
export const changeDiff = (context: CliContext, { located, original, text = '' }: ClientChange): string => {
  const before = original.text ?? '';
  const parse = PARSERS[located.file.format];
  const values = [before, text].map((source) => parse(located.path, source).value);
  const options = { label: shortPath(located.path, context.env), values, width: context.width };
  if (located.file.format !== 'json' || !/[^\n]{300}/.test(text)) return showDiff(before, text, options);
  // Of a file that is all on one line the difference of lines would say nothing: it is shown on several.
  const [old, fresh] = values.map((value) => (value === undefined ? '' : `${JSON.stringify(value, undefined, 2)}\n`));
  return showDiff(old ?? '', fresh ?? '', options);
};
