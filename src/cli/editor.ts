import { HubError } from '../errors/hub-error.ts';
import { findCommand } from './find-command.ts';

/** Tried in this order where nobody has named an editor. */
const USUAL_EDITORS = process.platform === 'win32' ? ['notepad'] : ['nano', 'vim', 'vi'];

/**
 * The editor as words of a command line: `$VISUAL`, else `$EDITOR`, else one that is there. It is started without a shell;
 * quotes keep words together, as in `"/My Programs/code" --wait`.
 * @param hasTerminal without one, an editor has to be named
 * @throws HubError `USAGE` where there is none
 */
export const editorCommand = (env: NodeJS.ProcessEnv, hasTerminal: boolean): readonly string[] => {
  for (const variable of ['VISUAL', 'EDITOR']) {
    const words = wordsOf(env[variable] ?? '');
    if (words.length > 0) return words;
  }
  if (!hasTerminal)
    throw new HubError('USAGE', 'there is no terminal to edit in, and VISUAL and EDITOR are not set', {
      hint: 'like this: EDITOR="code --wait" mcp-hub config edit',
    });
  const usual = USUAL_EDITORS.find((name) => findCommand(name, env) !== undefined);
  if (usual !== undefined) return [usual];
  throw new HubError('USAGE', 'no editor is named: VISUAL and EDITOR are not set', {
    hint: 'like this: EDITOR="code --wait" mcp-hub config edit',
  });
};

const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));

/**
 * Lets the person edit a file, in the terminal that the program has.
 * @throws HubError `USAGE` where the editor is not found, `CANCELLED` where it says that it has failed
 */
export const runEditor = async (file: string, env: NodeJS.ProcessEnv, hasTerminal: boolean): Promise<void> => {
  const [command = '', ...args] = editorCommand(env, hasTerminal);
  const path = findCommand(command, env);
  if (path === undefined)
    throw new HubError('USAGE', `the editor "${command}" is not found`, {
      hint: 'name another one: EDITOR=nano mcp-hub config edit',
    });
  const { execa } = await import('execa');
  const { exitCode, signal } = await execa(path, [...args, file], {
    stdio: 'inherit',
    reject: false,
    env,
    extendEnv: false,
  });
  if (exitCode === 0) return;
  throw new HubError('INTERNAL', `nothing was changed: the editor ended with ${signal ?? `exit code ${exitCode}`}`, {
    hint: 'it has to end with exit code 0; in vim that is :wq',
  });
};
