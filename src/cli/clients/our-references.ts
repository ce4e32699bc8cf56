// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { basename } from 'node:path';
import { isRecord } from '../../config/client-shapes.ts';
import { translateReferences } from '../../config/foreign-references.ts';

export interface ReferenceOptions {
  /** Whether `$NAME` anywhere in a text is a reference. */
  readonly expandsBareNames: boolean;
  /** The folder that a server belongs to alone. */
  readonly project: string | undefined;
}

/**
 * A value with the references of its client in the hub's words: `{env:NAME}`, `${env:NAME}` and `$NAME` become `${NAME}`,
 * `{file:PATH}` becomes `${file:PATH}`, and the folder of a project is filled in, as the hub does not run in it.
 */
export const ourReferences = (value: unknown, options: ReferenceOptions): unknown =>
  mapTexts(translateReferences(value).value, (text) => inOurWords(text, options));

const inOurWords = (text: string, { expandsBareNames, project }: ReferenceOptions): string => {
  const named = text
    .replaceAll(/(?<!\$)\{file:([^{}]+)\}/g, '${file:$1}')
    .replaceAll(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g, '${$1}');
  const braced = expandsBareNames ? named.replaceAll(/\$([A-Z_][A-Z0-9_]*)\b/g, '${$1}') : named;
  if (project === undefined) return braced;
  return braced
    .replaceAll('${workspaceFolder}', () => project)
    .replaceAll('${workspaceFolderBasename}', () => basename(project));
};

const mapTexts = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapTexts(member, change)]));
};
