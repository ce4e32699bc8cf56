import { HubError } from '../../errors/hub-error.ts';
import { isJsonObject, type JsonObject } from '../../protocol/json.ts';
import { VERSION } from '../../utils/version.ts';

/** The official registry of MCP servers (https://github.com/modelcontextprotocol/registry, docs/reference/api). */
export const OFFICIAL_REGISTRY = 'https://registry.modelcontextprotocol.io';

export interface RegistryOptions {
  /** Where the registry is; the API is below it, at `/v0.1`. */
  readonly baseUrl: string;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 3;
const PAGE = 100;
const MAX_PAGES = 20;

/**
 * The newest version of each server whose name holds the word, at most `limit` of them, as the registry gives them, and
 * whether there are more.
 */
export const searchServers = async (
  word: string,
  limit: number,
  options: RegistryOptions,
): Promise<{ readonly found: readonly JsonObject[]; readonly hasMore: boolean }> => {
  const found: JsonObject[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = new URLSearchParams({ search: word, version: 'latest', limit: String(Math.min(PAGE, limit + 1)) });
    if (cursor !== undefined) query.set('cursor', cursor);
    const answer = await get(`servers?${query.toString()}`, options);
    if (!isJsonObject(answer) || !Array.isArray(answer['servers'])) throw notARegistry(options.baseUrl);
    found.push(...answer['servers'].filter(isJsonObject));
    const metadata = isJsonObject(answer['metadata']) ? answer['metadata'] : {};
    const next = metadata['nextCursor'];
    cursor = typeof next === 'string' && next !== '' && next !== cursor ? next : undefined;
    if (found.length > limit || cursor === undefined) break;
  }
  return { found: found.slice(0, limit), hasMore: found.length > limit || cursor !== undefined };
};

/**
 * One server of the registry.
 * @param version default: the newest
 * @throws HubError `NOT_FOUND` where the registry has none of that name and version
 */
export const fetchServer = async (
  name: string,
  version: string | undefined,
  options: RegistryOptions,
): Promise<JsonObject> => {
  const answer = await get(
    `servers/${encodeURIComponent(name)}/versions/${encodeURIComponent(version ?? 'latest')}`,
    options,
  );
  if (answer === undefined) {
    const what = version === undefined ? `"${name}"` : `version ${version} of "${name}"`;
    throw new HubError('NOT_FOUND', `no server ${what}: the registry does not have it`, {
      hint: `run: mcp-hub search ${name.split('/').at(-1)}`,
    });
  }
  if (!isJsonObject(answer)) throw notARegistry(options.baseUrl);
  return answer;
};

/** JSON below the base URL; undefined for a 404. */
const get = async (path: string, { baseUrl, signal }: RegistryOptions): Promise<unknown> => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await follow(new URL(`v0.1/${path}`, withSlash(checkedBase(baseUrl))), limit);
    if (response.status === 404) return undefined;
    if (!response.ok) throw unavailable(`it answered with status ${response.status}`, baseUrl);
    return JSON.parse(await readText(response, baseUrl)) as unknown;
  } catch (error) {
    if (error instanceof HubError) throw error;
    signal.throwIfAborted();
    throw unavailable(reasonOf(error), baseUrl, error);
  }
};

const withSlash = (base: string): string => (base.endsWith('/') ? base : `${base}/`);

/** @throws HubError `USAGE` for what is no URL of https, or of http on this machine */
const checkedBase = (base: string): string => {
  if (URL.canParse(base) && isAllowed(new URL(base))) return base;
  throw new HubError('USAGE', `"${base}" is no address of a registry`, {
    hint: `an https URL, or http on this machine; by default ${OFFICIAL_REGISTRY}`,
  });
};

const isAllowed = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname));

const follow = async (url: URL, signal: AbortSignal): Promise<Response> => {
  let target = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const headers = { accept: 'application/json', 'user-agent': `mcp-hub/${VERSION}` };
    const response = await fetch(target, { headers, redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, target);
    // From https to http, or from this machine to another one, no redirect leads.
    if (!isAllowed(next) || (target.protocol === 'https:' && next.protocol !== 'https:'))
      throw unavailable(`it redirects to ${next.origin}, which is not followed`, url.origin);
    target = next;
  }
  throw unavailable('it redirects without an end', url.origin);
};

const readText = async (response: Response, baseUrl: string): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw unavailable(`its answer is larger than ${MAX_BYTES} bytes`, baseUrl);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

const unavailable = (why: string, baseUrl: string, cause?: unknown): HubError =>
  new HubError('REGISTRY_FAILED', `the registry ${baseUrl} cannot be used: ${why}`, { cause });

const notARegistry = (baseUrl: string): HubError =>
  unavailable('what it answers is not in the shape of a registry', baseUrl);

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  if (error instanceof SyntaxError) return 'what it answers is not JSON';
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
};
