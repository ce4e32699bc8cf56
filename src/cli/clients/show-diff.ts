import { structuredPatch } from 'diff';
import { isRecord } from '../../config/client-shapes.ts';
import { printable } from '../../utils/printable.ts';
import { cut } from '../format.ts';
import { REDACTED, redactText } from '../redact.ts';
import { redactEntry } from '../redact-entry.ts';

export interface DiffOptions {
  /** What the file is called in the heading. */
  readonly label: string;
  /** What the texts say, where they say something: the secrets in it are hidden wherever they stand. */
  readonly values: readonly unknown[];
  /** The longest line. Default 160. */
  readonly width: number | undefined;
}

const MAX_LINE_CHARS = 160;

/** A unified diff of two texts, printable and without secrets. */
export const showDiff = (
  before: string,
  after: string,
  { label, values, width = MAX_LINE_CHARS }: DiffOptions,
): string => {
  const hide = hider(values);
  const { hunks } = structuredPatch(label, label, before, after, undefined, undefined, { context: 2 });
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: own }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...own.filter((line) => !line.startsWith('\\')),
  ]);
  return [`--- ${label}`, `+++ ${label}`, ...hide(lines.join('\n')).split('\n')]
    .map((line) => `${cut(printable(line.replaceAll('\t', '  ').replaceAll('\r', '')), width)}\n`)
    .join('');
};

/** A value that is shorter is hidden only where it stands in quotes: it may be part of other words. */
const MIN_BARE_CHARS = 8;

const hider = (values: readonly unknown[]): ((text: string) => string) => {
  const secrets = [...new Set(values.flatMap((value) => secretsOf(value, redactEntry(value))))];
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length);
  return (text) => {
    let hidden = text;
    for (const secret of longestFirst) {
      const inner = JSON.stringify(secret).slice(1, -1);
      for (const form of new Set([secret, inner]))
        hidden =
          form.length >= MIN_BARE_CHARS
            ? hidden.replaceAll(form, REDACTED)
            : hidden.replaceAll(`"${form}"`, `"${REDACTED}"`).replaceAll(`'${form}'`, `'${REDACTED}'`);
    }
    // What stands in comments is in no value.
    return hidden.replaceAll(/[\w+=.:/@?&%~-]{12,}/g, (word) => redactText(word));
  };
};

/** The texts that a redaction has changed. */
const secretsOf = (value: unknown, redacted: unknown): readonly string[] => {
  if (typeof value === 'string') return value === redacted || value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((item, index) => secretsOf(item, memberOf(redacted, index)));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => secretsOf(member, memberOf(redacted, key)));
};

const memberOf = (value: unknown, key: string | number): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
