import { type ConfigDocument, openConfigDocument } from '../../config/document.ts';
import { projectOfText } from '../../config/project-source.ts';
import { judgeProject, trustProject } from '../../config/trust.ts';
import { HubError } from '../../errors/hub-error.ts';

export interface ConfigPlace {
  /** The files that the hub has read. */
  readonly files: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Leaves a tool out of what a server offers; gives a sentence.
 * @throws HubError NOT_FOUND, CONFIG_INVALID
 */
export const hideTool = async (place: ConfigPlace, server: string, tool: string): Promise<string> => {
  const document = await documentOf(place, server);
  const path = ['servers', server, 'tools', 'exclude'];
  const present = document.getHub(path);
  const excluded: readonly unknown[] = Array.isArray(present) ? present : [];
  if (!excluded.includes(tool)) document.setHub(path, [...excluded, tool]);
  return save(place, document, `${tool} of ${server} is hidden`);
};

/** Where several files name the server, the last one counts. */
const documentOf = async ({ files }: ConfigPlace, server: string): Promise<ConfigDocument> => {
  for (const file of files.toReversed()) {
    const document = await openConfigDocument(file);
    if (document.exists && document.serverNames().includes(server)) return document;
  }
  throw new HubError('NOT_FOUND', `no file of this hub's configuration names the server ${server}`);
};

/** What a person changes by the hub itself in a project's file that is trusted needs no second approval. */
const save = async ({ env }: ConfigPlace, document: ConfigDocument, done: string): Promise<string> => {
  const { file } = document;
  const isTrusted = (await judgeProject(await projectOfText(file, document.original), env)).kind === 'trusted';
  await document.save();
  if (isTrusted) await trustProject(await projectOfText(file, document.text()), env);
  return `${done}, in ${file}`;
};
