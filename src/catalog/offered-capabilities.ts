import type { UpstreamIdentity } from '../dispatch/call.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';

/** Extensions whose messages the hub can route. */
const ROUTED_EXTENSIONS: readonly string[] = ['io.modelcontextprotocol/ui', 'io.modelcontextprotocol/tasks'];

/** Longest instructions that are passed on, per upstream and together; clients cut them too. Characters. */
const MAX_INSTRUCTIONS = 2_000;
const MAX_ALL_INSTRUCTIONS = 16_000;

/**
 * What a client can use when this is all there is: each part that some upstream has. List changes are always offered,
 * because an upstream may come to have more.
 */
export const offeredCapabilities = (identities: readonly UpstreamIdentity[]): JsonObject => {
  const has = (capability: string): boolean =>
    identities.some(({ capabilities }) => isJsonObject(capabilities[capability]));
  const extensions = routedExtensions(identities);
  return {
    ...(has('tools') && { tools: { listChanged: true } }),
    ...(has('prompts') && { prompts: { listChanged: true } }),
    ...(has('resources') && { resources: { subscribe: identities.some(canSubscribe), listChanged: true } }),
    ...(has('completions') && { completions: {} }),
    ...(has('logging') && { logging: {} }),
    ...(Object.keys(extensions).length > 0 && { extensions }),
  };
};

/** The instructions of all upstreams, each under the name of its own; undefined where there are none. */
export const mergedInstructions = (parts: ReadonlyArray<readonly [string, string | undefined]>): string | undefined => {
  const texts = parts.flatMap(([upstream, text]) =>
    text === undefined || text.trim() === '' ? [] : [`# ${upstream}\n\n${shorten(text.trim(), MAX_INSTRUCTIONS)}`],
  );
  return texts.length === 0 ? undefined : shorten(texts.join('\n\n'), MAX_ALL_INSTRUCTIONS);
};

const canSubscribe = ({ capabilities }: UpstreamIdentity): boolean =>
  isJsonObject(capabilities['resources']) && capabilities['resources']['subscribe'] === true;

const routedExtensions = (identities: readonly UpstreamIdentity[]): JsonObject => {
  const found: JsonObject = {};
  for (const { capabilities } of identities) {
    const extensions = isJsonObject(capabilities['extensions']) ? capabilities['extensions'] : {};
    for (const name of ROUTED_EXTENSIONS) {
      if (Object.hasOwn(extensions, name) && !Object.hasOwn(found, name)) found[name] = extensions[name] ?? {};
    }
  }
  return found;
};

const shorten = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 4)} ...`);
