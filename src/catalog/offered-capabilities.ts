import type { UpstreamIdentity } from '../dispatch/call.ts';
import type { Era } from '../protocol/era.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { TASKS_EXTENSION } from '../protocol/methods.ts';

/** Extensions whose messages the hub can route, and between which eras: tasks have other messages in each. */
const ROUTED_EXTENSIONS: Readonly<Record<string, (upstream: Era, client: Era) => boolean>> = {
  'io.modelcontextprotocol/ui': () => true,
  [TASKS_EXTENSION]: (upstream, client) => upstream === 'modern' && client === 'modern',
};

/** Longest instructions that are passed on, per upstream and together; clients cut them too. Characters. */
const MAX_INSTRUCTIONS = 2_000;
const MAX_ALL_INSTRUCTIONS = 16_000;

/** What all upstreams offer together. */
export interface JointOffer {
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

/**
 * What is offered as long as not all upstreams are known: everything, each part answered legally and empty where nothing is
 * known. No part is withdrawn when more becomes known.
 */
const EVERYTHING = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
} satisfies JsonObject;

/**
 * What upstreams offer together. An upstream that was never reached and has not failed may have anything; so may the first
 * one that is configured.
 */
export const jointOffer = (
  offers: ReadonlyArray<
    readonly [name: string, { readonly identity: UpstreamIdentity | undefined; readonly hasFailed: boolean }]
  >,
  era: Era,
): JointOffer => {
  const identities = offers.flatMap(([, { identity }]) => identity ?? []);
  const areAllKnown = offers.length > 0 && offers.every(([, { identity, hasFailed }]) => identity || hasFailed);
  return {
    capabilities: { ...offeredCapabilities(identities, era), ...(!areAllKnown && EVERYTHING) },
    instructions: mergedInstructions(offers.map(([name, { identity }]) => [name, identity?.instructions])),
  };
};

/**
 * What a client can use when this is all there is: each part that some upstream has. List changes are always offered,
 * because an upstream may come to have more.
 */
export const offeredCapabilities = (identities: readonly UpstreamIdentity[], era: Era): JsonObject => {
  const has = (capability: string): boolean =>
    identities.some(({ capabilities }) => isJsonObject(capabilities[capability]));
  const extensions = routedExtensions(identities, era);
  const tasks = era === 'legacy' ? legacyTasks(identities) : undefined;
  return {
    ...(has('tools') && { tools: { listChanged: true } }),
    ...(has('prompts') && { prompts: { listChanged: true } }),
    ...(has('resources') && { resources: { subscribe: identities.some(canSubscribe), listChanged: true } }),
    ...(has('completions') && { completions: {} }),
    ...(has('logging') && { logging: {} }),
    ...(tasks && { tasks }),
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

/**
 * The tasks of the legacy era, as far as some upstream has them; they are experimental there.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#server-capabilities
 */
const legacyTasks = (identities: readonly UpstreamIdentity[]): JsonObject | undefined => {
  const declared = identities.flatMap(({ era, capabilities: { tasks } }) =>
    era === 'legacy' && isJsonObject(tasks) ? [tasks] : [],
  );
  const canCall = declared.some(
    ({ requests }) =>
      isJsonObject(requests) && isJsonObject(requests['tools']) && isJsonObject(requests['tools']['call']),
  );
  if (!canCall) return undefined;
  return {
    // The hub asks for the tasks one by one where an upstream has no list of them.
    list: {},
    ...(declared.some(({ cancel }) => isJsonObject(cancel)) && { cancel: {} }),
    requests: { tools: { call: {} } },
  };
};

const routedExtensions = (identities: readonly UpstreamIdentity[], client: Era): JsonObject => {
  const found: JsonObject = {};
  for (const { era, capabilities } of identities) {
    const extensions = isJsonObject(capabilities['extensions']) ? capabilities['extensions'] : {};
    for (const [name, isRouted] of Object.entries(ROUTED_EXTENSIONS)) {
      if (isRouted(era, client) && Object.hasOwn(extensions, name) && !Object.hasOwn(found, name))
        found[name] = extensions[name] ?? {};
    }
  }
  return found;
};

const shorten = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 4)} ...`);
