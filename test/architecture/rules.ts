import { posix } from 'node:path';
import { findImports, type ImportFound } from './scan.ts';
import { FOLDERS, PACKAGE_HOMES, PURE_FOLDERS } from './table.ts';

/** A file of src/: its path below src/ with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Every way in which the files break the table, each as one sentence; none when all is well. */
export const findViolations = (files: readonly SourceFile[]): string[] =>
  files.flatMap((file) => [...violationsOfPlace(file), ...violationsOfExports(file), ...violationsOfImports(file)]);

const folderOf = (path: string): string => path.split('/')[0] ?? '';

const violationsOfPlace = ({ path }: SourceFile): string[] => {
  const folder = folderOf(path);
  if (!path.includes('/')) return [`${path} must lie in a folder of the table`];
  if (FOLDERS[folder] === undefined) return [`${path}: the folder ${folder}/ is not in the table`];
  if (path.endsWith('.tsx') && folder !== 'monitor') return [`${path}: components belong to monitor/`];
  return [];
};

const violationsOfExports = ({ path, text }: SourceFile): string[] =>
  /^export default\b|^export \{[^}]*\bas default\b/m.test(text) ? [`${path} must not have a default export`] : [];

const violationsOfImports = ({ path, text }: SourceFile): string[] =>
  findImports(text).flatMap((found) => violationOfImport(path, found) ?? []);

const violationOfImport = (path: string, found: ImportFound): string | undefined => {
  const { specifier } = found;
  if (specifier === undefined) return `${path}: import() must name what it imports`;
  if (specifier.startsWith('.')) return violationOfFolder(path, specifier, found.isTypeOnly);
  if (specifier.startsWith('node:')) return found.isTypeOnly ? undefined : violationOfBuiltin(path, specifier);
  return violationOfPackage(path, specifier);
};

const violationOfFolder = (path: string, specifier: string, isTypeOnly: boolean): string | undefined => {
  const from = folderOf(path);
  const target = posix.join(posix.dirname(path), specifier);
  if (target.startsWith('..')) return `${path} must not import ${specifier}, which lies outside of src/`;
  const to = folderOf(target);
  if (to === from) return undefined;
  const allowed = FOLDERS[from]?.imports[to];
  if (allowed === 'all' || (allowed === 'types' && isTypeOnly)) return undefined;
  return `${path} must not import ${to}/${allowed === 'types' ? ' but for its types' : ''}`;
};

const violationOfBuiltin = (path: string, specifier: string): string | undefined => {
  const allowed = PURE_FOLDERS[folderOf(path)];
  if (allowed === undefined || allowed.includes(specifier)) return undefined;
  return `${path} must not import ${specifier}: ${folderOf(path)}/ does no input or output`;
};

const violationOfPackage = (path: string, specifier: string): string | undefined => {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const homes = PACKAGE_HOMES[name];
  if (homes === undefined) return `${path} must not import ${name}: the package has no home in the table`;
  if (homes.includes(folderOf(path))) return undefined;
  return `${path} must not import ${name}, which belongs to ${homes.map((home) => `${home}/`).join(' and ')}`;
};
