import { isRecord } from '../../config/client-shapes.ts';
import type { ConfigDocument } from '../../config/document.ts';
import { requireServer } from '../add-servers.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';
import type { EditFlags } from '../declare-server-verbs.ts';
import { type EditTarget, openTarget } from '../edit-target.ts';
import { EXIT } from '../exit-codes.ts';
import { shellWords } from '../format.ts';
import { reportEdit } from '../report-edit.ts';

type SwitchWord = 'enable' | 'disable';

/** `enable` and `disable` of servers (`github`) and of tools (`github.delete_*`): all of them, or none. */
export const runSwitch = async (
  context: CliContext,
  word: SwitchWord,
  targets: readonly string[],
  flags: EditFlags,
): Promise<number> => {
  const target = await openTarget(context, flags);
  const { document, options } = target;
  const changed = [...new Set(targets)].filter((name) => switchOne(target, word, name));
  if (changed.length > 0) await document.save();
  const back = word === 'enable' ? 'disable' : 'enable';
  const undo = changed.length === 0 ? undefined : shellWords(['mcp-hub', back, ...options, ...changed]);
  reportEdit(context, { verb: `${word}d`, names: changed, file: document.file, undo }, flags);
  return EXIT.ok;
};

/** Whether it has changed anything. */
const switchOne = (place: EditTarget, word: SwitchWord, target: string): boolean => {
  const { document } = place;
  const before = document.text();
  const { name, glob } = splitTarget(document, target);
  requireServer(place, name);
  if (glob === undefined) document.setEnabled(name, word === 'enable');
  else if (word === 'disable') excludeTools(document, name, glob);
  else includeTools(document, name, glob);
  return document.text() !== before;
};

/** The longest server name that the target begins with decides, since pasted names may hold dots. */
const splitTarget = (document: ConfigDocument, target: string): { name: string; glob?: string } => {
  const names = document.serverNames();
  if (names.includes(target)) return { name: target };
  const name = names.filter((candidate) => target.startsWith(`${candidate}.`)).sort((a, b) => b.length - a.length)[0];
  if (name !== undefined) return { name, glob: target.slice(name.length + 1) };
  return { name: target.includes('.') ? target.slice(0, target.indexOf('.')) : target };
};

const excludeTools = (document: ConfigDocument, name: string, glob: string): void => {
  if (glob === '') throw usage(`"${name}." names no tools`, `like this: mcp-hub disable '${name}.delete_*'`);
  const path = ['servers', name, 'tools', 'exclude'];
  const excluded = globs(document, path);
  if (!excluded.includes(glob)) document.setHub(path, [...excluded, glob]);
};

/** Takes the glob out of what is excluded; where only some tools are included, it is put among them. */
const includeTools = (document: ConfigDocument, name: string, glob: string): void => {
  const excludePath = ['servers', name, 'tools', 'exclude'];
  const includePath = ['servers', name, 'tools', 'include'];
  const excluded = globs(document, excludePath);
  const included = globs(document, includePath);
  if (excluded.includes(glob)) {
    const rest = excluded.filter((other) => other !== glob);
    document.setHub(excludePath, rest.length === 0 ? undefined : rest);
    removeEmpty(document, ['servers', name, 'tools']);
    return;
  }
  if (included.length > 0) {
    if (!included.includes(glob)) document.setHub(includePath, [...included, glob]);
    return;
  }
  const what = excluded.length === 0 ? 'no tools of it are excluded' : `what it excludes is ${excluded.join(', ')}`;
  throw usage(`"${glob}" of "${name}" cannot be enabled: ${what}`, `look at it: mcp-hub get ${name}`);
};

/** Leaves no empty objects behind where the last setting of a server was taken away. */
const removeEmpty = (document: ConfigDocument, path: readonly string[]): void => {
  const value = document.getHub(path);
  if (path.length < 2 || !isRecord(value) || Object.keys(value).length > 0) return;
  document.setHub(path, undefined);
  removeEmpty(document, path.slice(0, -1));
};

const globs = (document: ConfigDocument, path: readonly string[]): string[] => {
  const value = document.getHub(path);
  return Array.isArray(value) ? value.filter((glob) => typeof glob === 'string') : [];
};
