import { join } from 'node:path';
import { type ConfigDocument, openConfigDocument } from '../config/document.ts';
import { findProjectConfig, locateConfig, PROJECT_NAMES } from '../config/locate.ts';
import { projectOfText } from '../config/project-source.ts';
import { judgeProject, trustProject } from '../config/trust.ts';
import { usage } from './cli-errors.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { configOptions } from './load-servers.ts';

/** The file that a writing verb changes. */
export interface TargetLocation {
  readonly file: string;
  /** Options that make another command use the same file. */
  readonly options: readonly string[];
  /** Whether it is a project's own, which counts only when it is trusted, or named. */
  readonly isProject: boolean;
  /** Why a project's file is not the one that is changed, although it is there; undefined where it is, or another was named. */
  readonly ignoredBecause?: string | undefined;
}

export interface EditTarget extends TargetLocation {
  readonly document: ConfigDocument;
}

export interface TargetFlags extends GlobalOptions {
  /** `user` or `project`. */
  readonly scope?: string;
}

/**
 * Opens the file that `locateTarget` finds. What a person changes with a command of the hub in a project's file that is
 * trusted, or new, needs no second approval.
 */
export const openTarget = async (context: CliContext, flags: TargetFlags): Promise<EditTarget> => {
  const location = await locateTarget(context, flags);
  const document = await openConfigDocument(location.file);
  if (!location.isProject || !(await isOwn(document, context))) return { ...location, document };
  const save = async (): Promise<void> => {
    await document.save();
    await trustProject(await projectOfText(location.file, document.text()), context.env);
  };
  const options = context.env['MCP_HUB_CONFIG'] ? location.options : [];
  return { ...location, options, document: { ...document, save } };
};

const isOwn = async ({ exists, file, original }: ConfigDocument, { env }: CliContext): Promise<boolean> =>
  !exists || (await judgeProject(await projectOfText(file, original), env)).kind === 'trusted';

/** The file that was named, else the project's or the user's by `--scope`, else the one that is read. */
export const locateTarget = async (context: CliContext, flags: TargetFlags): Promise<TargetLocation> => {
  if (flags.scope !== undefined && flags.config !== undefined) {
    throw usage('--scope and --config name two files', 'use one of them');
  }
  if (flags.scope === 'project') {
    const file = (await findProjectConfig(context.cwd, context.cwd)) ?? join(context.cwd, PROJECT_NAMES[0]);
    return { file, options: ['--config', file], isProject: true };
  }
  const { file, source, userFile, ignoredBecause } = await locateConfig(configOptions(context, flags));
  const isUser = flags.scope === 'user' || file === undefined || source === 'user';
  const chosen = isUser ? userFile : file;
  const isNamed = source === 'option' || source === 'environment';
  const isProject = !isUser && source === 'project';
  const why = flags.scope === 'user' ? undefined : ignoredBecause;
  return { file: chosen, options: isNamed ? ['--config', chosen] : [], isProject, ignoredBecause: why };
};
