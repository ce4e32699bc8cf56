import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { HubError } from '../errors/hub-error.ts';
import { type Approval, approvalOf, changesSince } from './project-approval.ts';
import { type ProjectSource, realFolder } from './project-source.ts';
import { trustFile } from './trust-file.ts';

export interface TrustedFile extends Approval {
  /** ISO 8601. */
  readonly trustedAt: string;
}

/** Whether a project's file may be read: all of it, or nothing. */
export type TrustVerdict =
  | { readonly kind: 'trusted' }
  | { readonly kind: 'new' }
  | { readonly kind: 'changed'; readonly changes: readonly string[] };

/**
 * Judges a project's file by what a person has agreed to with `mcp-hub trust`. A file that cannot be parsed holds nothing
 * that could run: where it was trusted before, its mistake is told like that of any other file.
 */
export const judgeProject = async (project: ProjectSource, env: NodeJS.ProcessEnv): Promise<TrustVerdict> => {
  const approved = trustedFiles(env).get(keyOf(project));
  if (approved === undefined) return { kind: 'new' };
  if (project.parsed.problems.some(({ severity }) => severity === 'error')) return { kind: 'trusted' };
  const changes = changesSince(approved, await approvalOf(project, env));
  return changes.length === 0 ? { kind: 'trusted' } : { kind: 'changed', changes };
};

/** Whether there is an approval of a project's file, of whatever content: false where it was taken back. */
export const isApproved = (project: ProjectSource, env: NodeJS.ProcessEnv): boolean =>
  trustedFiles(env).has(keyOf(project));

/** The approvals by the path of their file in its real folder; none where they cannot be read, which trusts nothing. */
export const trustedFiles = (env: NodeJS.ProcessEnv): ReadonlyMap<string, TrustedFile> => {
  try {
    const { version, files } = JSON.parse(readFileSync(trustFile(env), 'utf8')) as TrustDocument;
    return new Map(version === 1 ? Object.entries(files) : []);
  } catch {
    return new Map();
  }
};

interface TrustDocument {
  readonly version: 1;
  readonly files: Readonly<Record<string, TrustedFile>>;
}

/** Agrees to a project as it was read. @throws HubError STORE_UNAVAILABLE */
export const trustProject = async (project: ProjectSource, env: NodeJS.ProcessEnv): Promise<void> => {
  const approval = { trustedAt: new Date().toISOString(), ...(await approvalOf(project, env)) };
  await change(env, (files) => files.set(keyOf(project), approval));
};

/** Takes an approval back, also that of a file that is gone; false where there was none. */
export const revokeProject = async (file: string, env: NodeJS.ProcessEnv): Promise<boolean> => {
  const path = join(realFolder(file), basename(file));
  let isRevoked = false;
  await change(env, (files) => {
    isRevoked = files.delete(path) || files.delete(file);
  });
  return isRevoked;
};

const change = async (env: NodeJS.ProcessEnv, edit: (files: Map<string, TrustedFile>) => unknown): Promise<void> => {
  const [{ withFileLock }, { writePrivately }] = await Promise.all([
    import('../vault/file-lock.ts'),
    import('../vault/private-write.ts'),
  ]);
  const path = trustFile(env);
  await withFileLock(`${path}.lock`, async () => {
    const files = new Map(trustedFiles(env));
    edit(files);
    const document: TrustDocument = { version: 1, files: Object.fromEntries(files) };
    await writePrivately(path, `${JSON.stringify(document, undefined, 2)}\n`).catch((error: Error) => {
      throw new HubError('STORE_UNAVAILABLE', `${path} cannot be written: ${error.message}`, { cause: error });
    });
  });
};

/**
 * The folder is resolved, and the file in it is not: a link in one project to the trusted file of another would run its
 * commands in a folder that nobody has trusted.
 */
const keyOf = ({ parsed, folder }: ProjectSource): string => join(folder, basename(parsed.file));
