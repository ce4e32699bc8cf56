import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { openConfigDocument } from '../../config/document.ts';
import type { ConfigProblem } from '../../config/hub-config.ts';
import { replaceFile } from '../../config/replace-file.ts';
import { validateConfig } from '../../config/validate.ts';
import { HubError } from '../../errors/hub-error.ts';
import { printable } from '../../utils/printable.ts';
import { canAsk, confirm } from '../confirm.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { locateTarget } from '../edit-target.ts';
import { editorCommand, runEditor } from '../editor.ts';
import { EXIT } from '../exit-codes.ts';
import { shortPath } from '../format.ts';
import { problemLine } from '../load-servers.ts';

export interface ConfigEditFlags extends GlobalOptions {
  readonly scope?: string;
}

/**
 * `config edit`: the person edits a copy, and the file is replaced when the copy can be used. A copy that cannot be used is
 * edited again, or given up; without a person to ask it is kept beside the file, and the old file stays as it was.
 */
export const runConfigEdit = async (context: CliContext, flags: ConfigEditFlags): Promise<number> => {
  const { file } = await locateTarget(context, flags);
  const hasTerminal = context.stdin.isTTY === true;
  editorCommand(context.env, hasTerminal);
  const before = await readIfThere(file);
  const begun = before ?? Buffer.from((await openConfigDocument(file)).text());
  const copy = await makeCopy(file, begun);
  try {
    const problems = await editUntilUsable(context, file, copy);
    const after = await readFile(copy.file);
    if (begun.equals(after)) {
      context.out('nothing was changed\n');
      return EXIT.ok;
    }
    await requireUntouched(file, before, copy);
    await replaceFile(file, after.toString());
    for (const problem of problems) context.err(`${problemLine(atHome(problem, file), context.env)}\n`);
    context.out(`  wrote ${printable(shortPath(file, context.env))}\n  next  mcp-hub config validate\n`);
    return problems.some(({ severity }) => severity === 'skipped') ? EXIT.config : EXIT.ok;
  } catch (error) {
    if (error instanceof KeptEdit) copy.keep();
    throw error;
  } finally {
    await copy.remove();
  }
};

/** The edit is worth keeping: it is told where it is. */
class KeptEdit extends HubError {}

/** What is wrong with the copy without making it unusable. */
const editUntilUsable = async (context: CliContext, file: string, copy: Copy): Promise<readonly ConfigProblem[]> => {
  for (;;) {
    await runEditor(copy.file, context.env, context.stdin.isTTY === true);
    const { problems } = await validateConfig({ configFile: copy.file, env: context.env, cwd: context.cwd });
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (errors.length === 0) return problems;
    for (const problem of errors) context.err(`${problemLine(atHome(problem, file), context.env)}\n`);
    if (canAsk(context) && (await confirm(context, 'This cannot be used. Edit it again?', true))) continue;
    const kept = shortPath(copy.file, context.env);
    throw new KeptEdit('CONFIG_INVALID', `nothing was changed: the edit cannot be used, and is kept in ${kept}`, {
      hint: `correct it and move it over ${shortPath(file, context.env)}, or edit anew: mcp-hub config edit`,
    });
  }
};

/** The person knows the file, not its copy. */
const atHome = ({ place, ...problem }: ConfigProblem, file: string): ConfigProblem => ({
  ...problem,
  ...(place === undefined ? {} : { place: { ...place, file } }),
});

const requireUntouched = async (file: string, before: Buffer | undefined, copy: Copy): Promise<void> => {
  const now = await readIfThere(file);
  if (now === undefined ? before === undefined : before?.equals(now)) return;
  throw new KeptEdit('CONFIG_INVALID', `nothing was changed: ${file} was written by someone else meanwhile`, {
    hint: `the edit is kept in ${copy.file}: compare the two`,
  });
};

const readIfThere = async (file: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
};

const unreadable = (file: string, cause: unknown): HubError =>
  new HubError('CONFIG_INVALID', `${file} cannot be read: ${(cause as Error).message}`, { cause });

interface Copy {
  readonly file: string;
  keep(): void;
  remove(): Promise<void>;
}

/**
 * A copy beside the file, because relative paths begin at its folder, with an ending that editors know. What is called
 * package.json must stay so: it is read in another way, so its copy has a folder of its own.
 */
const makeCopy = async (file: string, content: Buffer): Promise<Copy> => {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const isManifest = basename(file) === 'package.json';
  const ending = extname(file);
  const own = isManifest ? await mkdtemp(join(folder, '.mcp-hub-edit-')) : undefined;
  const name = `${basename(file, ending)}.edit-${randomBytes(3).toString('hex')}${ending}`;
  const copy = own === undefined ? join(folder, name) : join(own, 'package.json');
  await writeFile(copy, content, { mode: 0o600, flag: 'wx' });
  let isKept = false;
  return {
    file: copy,
    keep: () => {
      isKept = true;
    },
    remove: async () => {
      if (!isKept) await rm(own ?? copy, { recursive: true, force: true });
    },
  };
};
