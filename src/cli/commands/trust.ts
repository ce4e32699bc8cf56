import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { homeDirectory, resolveUserPath } from '../../config/home-directory.ts';
import { findProjectConfig, PROJECT_NAMES } from '../../config/locate.ts';
import type { DeclaredTransport } from '../../config/normal-entry.ts';
import type { ParsedText } from '../../config/parse-text.ts';
import { type ProjectServer, projectServers } from '../../config/project-approval.ts';
import { readProject } from '../../config/project-source.ts';
import { judgeProject, revokeProject, type TrustVerdict, trustedFiles, trustProject } from '../../config/trust.ts';
import { HubError } from '../../errors/hub-error.ts';
import { printable } from '../../utils/printable.ts';
import { usage } from '../cli-errors.ts';
import { commandWarnings } from '../command-warnings.ts';
import type { CliContext } from '../context.ts';
import type { TrustFlags } from '../declare-account-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { ago, columns, shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { redactTransport } from '../transport-summary.ts';
import { shownLogin, shownTaken, shownValue, trustText } from '../trust-text.ts';

/** `trust`: shows what a project's file would start and, when the person agrees, lets the hub read it as it is now. */
export const runTrust = async (context: CliContext, path: string | undefined, flags: TrustFlags): Promise<number> => {
  if (flags.list === true && flags.revoke === true)
    throw usage('--list and --revoke are two things', 'use one of them');
  if (flags.config !== undefined)
    throw usage('--config means nothing here: a file that is named needs no trust', 'like this: mcp-hub trust PATH');
  if (flags.list === true) return listTrusted(context, flags);
  if (flags.revoke === true) return revoke(context, path, flags);
  const file = await projectFile(context, path);
  const project = await readProject(file);
  const { parsed } = project;
  const fault = parsed.problems.find(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    const where = fault.place === undefined ? file : `${file}:${fault.place.line}:${fault.place.column}`;
    throw new HubError('CONFIG_INVALID', `cannot trust ${where}: ${fault.message}`, { hint: 'correct the file first' });
  }
  const servers = await projectServers(project, context.env);
  const verdict = await judgeProject(project, context.env);
  if (verdict.kind === 'trusted') return report(context, flags, { parsed, servers, isNew: false });
  if (flags.json !== true) context.out(`${trustText(project, servers, context.env)}\n${changesText(verdict)}`);
  if (flags.yes !== true) await agree(context, flags, file);
  await trustProject(project, context.env);
  return report(context, flags, { parsed, servers, isNew: true });
};

interface Trusted {
  readonly parsed: ParsedText;
  readonly servers: readonly ProjectServer[];
  readonly isNew: boolean;
}

const report = (context: CliContext, flags: TrustFlags, { parsed, servers, isNew }: Trusted): number => {
  const { file } = parsed;
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, file, isNew, servers: servers.map(serverObject) }));
  else if (isNew)
    context.out(
      `trusted ${short(context, file)}\n  undo  mcp-hub trust --revoke ${short(context, file)}\n  next  mcp-hub list\n`,
    );
  else context.out(`nothing to do: ${short(context, file)} is trusted as it is\n`);
  return EXIT.ok;
};

const serverObject = (server: ProjectServer): object => {
  const { name, transport, auth, enabled, include, exclude, taken } = server;
  return {
    name,
    transport: shownTransport(transport),
    auth: auth === undefined || auth === false ? auth : shownLogin(auth),
    enabled,
    includeTools: include,
    excludeTools: exclude,
    taken: taken.map(shownTaken),
    warnings: commandWarnings(server),
  };
};

/** What steers a program is shown, as it is to a person. */
const shownTransport = (transport: DeclaredTransport): DeclaredTransport => {
  const redacted = redactTransport(transport);
  return {
    ...redacted,
    ...(transport.type === 'stdio' ? { env: shownTable(transport.env) } : { headers: shownTable(transport.headers) }),
  } as DeclaredTransport;
};

const shownTable = (table: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [key, shownValue(key, value)]));

const changesText = (verdict: TrustVerdict): string =>
  verdict.kind === 'changed' ? `Since it was trusted: ${printable(verdict.changes.join(', '))}.\n` : '';

/** @throws HubError USAGE where nobody can be asked, CANCELLED where the answer is no */
const agree = async (context: CliContext, flags: TrustFlags, file: string): Promise<void> => {
  const { stdin } = context;
  if (stdin.isTTY !== true || flags.json === true)
    throw usage(
      'nothing was trusted: there is nobody here to ask',
      `when you have read it: mcp-hub trust --yes ${file}`,
    );
  context.err('These commands run with all your rights. Trust this file? [y/N] ');
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    const answer = await new Promise<string>((done) => {
      lines.once('line', done);
      lines.once('close', () => done(''));
      context.interruption().addEventListener('abort', () => done(''), { once: true });
    });
    if (!/^\s*y(?:es)?\s*$/i.test(answer)) throw new HubError('CANCELLED', 'nothing was trusted');
  } finally {
    lines.close();
  }
};

const listTrusted = async (context: CliContext, flags: TrustFlags): Promise<number> => {
  const files = await Promise.all(
    [...trustedFiles(context.env)].map(async ([file, { trustedAt }]) => ({
      file,
      trustedAt,
      state: await stateOf(file, context),
    })),
  );
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, trusted: files }));
  else if (files.length === 0) context.out('no project is trusted\n  trust one: mcp-hub trust    (in its folder)\n');
  else {
    const rows = files.map(({ file, trustedAt, state }) => [short(context, file), ago(Date.parse(trustedAt)), state]);
    context.out(columns([['FILE', 'TRUSTED', 'STATE'], ...rows]));
  }
  return EXIT.ok;
};

const stateOf = async (file: string, { env }: CliContext): Promise<'as it was' | 'changed' | 'gone'> => {
  if (!existsSync(file)) return 'gone';
  const verdict = await readProject(file).then(
    (project) => judgeProject(project, env),
    () => undefined,
  );
  return verdict?.kind === 'trusted' ? 'as it was' : 'changed';
};

const revoke = async (context: CliContext, path: string | undefined, flags: TrustFlags): Promise<number> => {
  const named = path === undefined ? undefined : resolveUserPath(path, context.cwd, context.env);
  const file = named !== undefined && trustedFiles(context.env).has(named) ? named : await projectFile(context, path);
  if (!(await revokeProject(file, context.env)))
    throw new HubError('NOT_FOUND', `${file} is not trusted, so there is nothing to revoke`, {
      hint: 'run: mcp-hub trust --list',
    });
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, revoked: file }));
  else context.out(`not trusted any more: ${short(context, file)}\n  undo  mcp-hub trust ${short(context, file)}\n`);
  return EXIT.ok;
};

/** The file that was named, that of the folder that was named, or that of the project around the working directory. */
const projectFile = async (context: CliContext, path: string | undefined): Promise<string> => {
  const { cwd, env } = context;
  const named = path === undefined ? undefined : resolveUserPath(path, cwd, env);
  if (named !== undefined && !isFolder(named)) {
    if (existsSync(named)) return requireProjectName(named);
    throw new HubError('NOT_FOUND', `cannot trust ${named}: there is no such file`, {
      hint: 'name a file or a folder',
    });
  }
  const found =
    named === undefined ? await findProjectConfig(cwd, homeDirectory(env)) : await findProjectConfig(named, named);
  if (found !== undefined) return resolve(found);
  throw new HubError(
    'NOT_FOUND',
    `no project's configuration is in ${named ?? cwd}${named === undefined ? ' or above it' : ''}`,
    {
      hint: 'it is called .mcp-hub.json; write one: mcp-hub add --scope project NAME -- COMMAND',
    },
  );
};

/** @throws HubError USAGE where no project's configuration is looked for under such a name: an approval would have no effect */
const requireProjectName = (file: string): string => {
  if ((PROJECT_NAMES as readonly string[]).includes(basename(file))) return file;
  throw usage(
    `cannot trust ${file}: no project's configuration is looked for under that name`,
    `a file that is named needs no trust: --config ${file}; one of a project is called .mcp-hub.json`,
  );
};

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const short = (context: CliContext, file: string): string => printable(shortPath(file, context.env));
