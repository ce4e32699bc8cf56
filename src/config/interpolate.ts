import { sep } from 'node:path';
import { resolveUserPath } from './home-directory.ts';

export interface InterpolationContext {
  /** The value of a variable; undefined where nobody has set it. */
  readonly variable: (name: string) => string | undefined;
  /** What the file's own `inputs` give as the default of an id. */
  readonly inputDefault: (id: string) => string | undefined;
  /** A value that is kept with `mcp-hub secret set`. */
  readonly secret: (name: string) => string | undefined;
  /** Takes note of a filled-in value whose key says that it is a secret; gives it back. */
  readonly noted: (key: string, value: string) => string;
  /** The text of a file, or undefined where it cannot be read. */
  readonly readFile: (file: string) => string | undefined;
  readonly userHome: string;
  readonly workspaceFolder: string;
  /** What relative paths of `${file:PATH}` are relative to: the folder of the configuration file. */
  readonly folder: string;
  /** Where a server runs whose entry names no directory; undefined: where the hub does. */
  readonly serverFolder: string | undefined;
}

export interface Interpolated {
  /** The text with every reference filled in; one that has no value is left out, never left as it is. */
  readonly text: string;
  /** What to set: names of variables, and the references that are not variables as they are written. */
  readonly missing: readonly string[];
  /** References of a kind that the hub does not know. */
  readonly unknown: readonly string[];
}

/**
 * Fills in `${VAR}`, `${VAR:-default}`, `${env:VAR}`, `${userHome}`, `${workspaceFolder}`, `${pathSeparator}`,
 * `${file:PATH}`, `${keychain:NAME}` and `${input:ID}`. A default counts where the variable is unset or empty, and may hold references. What is
 * filled in is not read again. `$VAR` without braces, and a `${` that is never closed, stay as they are.
 */
export const interpolate = (text: string, context: InterpolationContext): Interpolated => fillIn(text, context, 0);

/** Defaults within defaults beyond this depth are an accident. */
const MAX_DEPTH = 8;

const fillIn = (text: string, context: InterpolationContext, depth: number): Interpolated => {
  const missing: string[] = [];
  const unknown: string[] = [];
  let result = '';
  let position = 0;
  for (const { start, end, inner } of references(text)) {
    const value = resolveReference(inner, context, depth);
    result += text.slice(position, start) + value.text;
    missing.push(...value.missing);
    unknown.push(...value.unknown);
    position = end;
  }
  return { text: result + text.slice(position), missing, unknown };
};

/** What a text may be filled in with from outside of its file. */
export interface OutsideReference {
  readonly kind: 'file' | 'variable';
  /** The path as it is written, or the name of the variable. */
  readonly name: string;
}

/** Every file and variable that some environment could have `interpolate` look up for a text, also within defaults. */
export const outsideReferences = (text: string): readonly OutsideReference[] =>
  allReferences(text).flatMap(({ inner }): OutsideReference[] => {
    const [, kind, rest = ''] = KIND.exec(inner) ?? [];
    if (kind === 'file') return [{ kind: 'file', name: rest }];
    if (kind === 'input') return [{ kind: 'variable', name: inputVariable(rest) }];
    if (kind === 'keychain') return [];
    const [name = ''] = (kind === 'env' ? rest : inner).split(':-', 1);
    return [{ kind: 'variable', name }];
  });

interface Reference {
  readonly start: number;
  readonly end: number;
  readonly inner: string;
}

/** Every `${...}` of a text. Every `${` has its own `}`, so that a default may hold references. */
const allReferences = (text: string): Reference[] => {
  const open: number[] = [];
  const closed: Reference[] = [];
  for (const { index, 0: mark } of text.matchAll(/\$\{|\}/g)) {
    if (mark === '${') open.push(index);
    else {
      const start = open.pop();
      if (start !== undefined) closed.push({ start, end: index + 1, inner: text.slice(start + 2, index) });
    }
  }
  return closed.sort((a, b) => a.start - b.start);
};

/** The outermost of them. */
const references = (text: string): Reference[] => {
  let position = 0;
  return allReferences(text).filter(({ start, end, inner }) => {
    // What is inside of another goes with it; `${}` names nothing and stays.
    const isOutermost = start >= position && inner !== '';
    if (isOutermost) position = end;
    return isOutermost;
  });
};

/** `file:PATH` and its kind; `NAME:-default` is none. */
const KIND = /^([A-Za-z]+):(?!-)(.*)$/s;

const filled = (text: string): Interpolated => ({ text, missing: [], unknown: [] });
const absent = (name: string): Interpolated => ({ text: '', missing: [name], unknown: [] });

const resolveReference = (inner: string, context: InterpolationContext, depth: number): Interpolated => {
  const written = `\${${inner}}`;
  const [, kind, rest = ''] = KIND.exec(inner) ?? [];
  if (kind === 'env') return resolveVariable({ inner: rest, written, pattern: ANY_NAME, depth }, context);
  if (kind === 'file') return resolveFile(rest, context);
  if (kind === 'keychain') return resolveSecret(rest, context);
  if (kind === 'input') return resolveInput(rest, context);
  if (inner === 'userHome') return filled(context.userHome);
  if (inner === 'workspaceFolder') return filled(context.workspaceFolder);
  if (inner === 'pathSeparator' || inner === '/') return filled(sep);
  return resolveVariable({ inner, written, pattern: PLAIN_NAME, depth }, context);
};

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Windows has variables such as `ProgramFiles(x86)`. */
const ANY_NAME = /^[^=\0${}]+$/;

interface VariableReference {
  /** `NAME` or `NAME:-default` */
  readonly inner: string;
  /** As the file has it. */
  readonly written: string;
  readonly pattern: RegExp;
  readonly depth: number;
}

const resolveVariable = (
  { inner, written, pattern, depth }: VariableReference,
  context: InterpolationContext,
): Interpolated => {
  const split = inner.indexOf(':-');
  const name = split === -1 ? inner : inner.slice(0, split);
  if (!pattern.test(name) || depth > MAX_DEPTH) return { text: '', missing: [written], unknown: [written] };
  const value = context.variable(name);
  if (split !== -1 && (value === undefined || value === '')) return fillIn(inner.slice(split + 2), context, depth + 1);
  return value === undefined ? absent(name) : filled(value);
};

/** The text of a file without the line end that editors put at its end. */
const resolveFile = (path: string, context: InterpolationContext): Interpolated => {
  const file = resolveUserPath(path, context.folder, { HOME: context.userHome, USERPROFILE: context.userHome });
  const text = context.readFile(file);
  return text === undefined ? absent(`\${file:${path}}`) : filled(text.replace(/\r?\n$/, ''));
};

const resolveSecret = (name: string, context: InterpolationContext): Interpolated => {
  const value = context.secret(name);
  return value === undefined ? absent(`\${keychain:${name}}`) : filled(value);
};

/** A variable of the hub's answers it, else the secret of that name, else what the file gives as its default. */
const resolveInput = (id: string, context: InterpolationContext): Interpolated => {
  const name = inputVariable(id);
  const value = context.variable(name) ?? context.secret(id) ?? context.inputDefault(id);
  return value === undefined ? absent(name) : filled(value);
};

/** The variable that answers `${input:ID}`: `MCP_HUB_INPUT_` and the id in capitals, with `_` for all but letters and digits. */
export const inputVariable = (id: string): string => `MCP_HUB_INPUT_${id.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
