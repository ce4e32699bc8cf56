import { loadLocated } from '../../config/load.ts';
import { stateDirectory } from '../../config/state-directory.ts';
import { followConfig } from '../../hub/follow-config.ts';
import { createHub, type Hub, type HubOptions } from '../../hub/hub.ts';
import { serveClient } from '../../hub/serve-client.ts';
import type { HttpServer } from '../../hub/serve-http.ts';
import { openCacheDatabase } from '../../store/cache-database.ts';
import { printable } from '../../utils/printable.ts';
import { EXIT } from '../exit-codes.ts';
import { guardAgainstFaults } from '../fault-guard.ts';
import type { ServeOptions } from '../serve-options.ts';
import { openStandardOutput } from '../standard-output.ts';

/** What a shell gives for a process that a signal ended: 128 and the number of the signal. */
const SIGNAL_EXIT = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** A person who types the command sees nothing else. */
const TERMINAL_NOTE =
  'mcp-hub: waiting for a client on standard input. MCP clients start this by themselves: mcp-hub demo shows how to register it. Ctrl-C ends it.';

type EndSignal = keyof typeof SIGNAL_EXIT;

/**
 * Serves one client on standard input and output until it is gone, or many on HTTP, until a signal asks to stop; a second
 * signal ends at once. With both, the end of the one on standard input is the end of all: it has started the hub. Standard
 * output carries protocol messages only.
 * @returns 0 when the client ended it, 128 + N for a signal, 1 after too many faults of the hub itself.
 * @throws HubError CONFIG_INVALID
 */
export const runServe = async (options: ServeOptions): Promise<number> => {
  const { env, cwd, configFile, only } = options;
  const stderr = (line: string): void => options.err(`${printable(line)}\n`);
  const load = { env, cwd, ...(configFile && { configFile }), ...(only && { only }) };
  const loaded = await loadLocated(load);
  const { config } = loaded;
  for (const { place, message } of config.problems) {
    stderr(`mcp-hub: ${place ? `${place.file}:${place.line}:${place.column}: ` : ''}${message}`);
  }
  if (config.upstreams.length === 0) stderr(`mcp-hub: ${nothingToOffer(config.files)}`);
  if (process.stdin.isTTY) stderr(TERMINAL_NOTE);
  const stateDir = stateDirectory(env);
  const hub = createHub({
    config,
    stateDir,
    cache: await openCacheDatabase(stateDir),
    env,
    log: options.log && config.log.enabled,
    control: true,
    stderr,
    ...(options.logLevel && { logLevel: options.logLevel as NonNullable<HubOptions['logLevel']> }),
  });
  const stop = new AbortController();
  let isBroken = false;
  const endGuard = guardAgainstFaults({
    stderr,
    onTooMany() {
      isBroken = true;
      stop.abort();
    },
  });
  let received: EndSignal | undefined;
  const onSignal = (name: EndSignal): void => {
    // The process groups of upstreams are killed when this process exits.
    if (received !== undefined) process.exit(SIGNAL_EXIT[name]);
    received = name;
    stop.abort();
  };
  for (const name of Object.keys(SIGNAL_EXIT) as EndSignal[]) process.on(name, onSignal);
  const tell = (line: string): void => stderr(`mcp-hub: ${line}`);
  const unfollow = followConfig(hub, { load, loaded, tell, isForMany: options.http !== undefined });
  stop.signal.addEventListener('abort', unfollow, { once: true });
  try {
    const server = options.http && (await openHttp(hub, options.http, stateDir, stderr));
    const served = server && aborted(stop.signal).then(() => server.close());
    if (server === undefined || options.http?.stdio) {
      const stdio = { stdin: process.stdin, stdout: openStandardOutput() };
      await serveClient(hub, { ...stdio, isAlone: server === undefined, signal: stop.signal });
      stop.abort();
    }
    await served;
  } catch (error) {
    await hub.close();
    throw error;
  }
  await hub.close(received ?? (isBroken ? 'it had too many faults' : 'the client ended the connection'));
  endGuard();
  if (received !== undefined) return SIGNAL_EXIT[received];
  return isBroken ? EXIT.failed : 0;
};

/** What a person who looks for the tools of an empty hub has to know. */
const nothingToOffer = (files: readonly string[]): string =>
  files.length === 0
    ? 'no configuration was found, so nothing is offered; mcp-hub config path tells where it is looked for'
    : `no server is configured in ${files.join(', ')}, so nothing is offered; add one: mcp-hub add`;

const openHttp = async (
  hub: Hub,
  { port, host, auth }: NonNullable<ServeOptions['http']>,
  stateDir: string,
  stderr: (line: string) => void,
): Promise<HttpServer> => {
  const { serveHttp } = await import('../../hub/serve-http.ts');
  const server = await serveHttp(hub, { port, auth, stateDir, ...(host && { host }) });
  stderr(`mcp-hub: serving on ${server.url}`);
  if (auth) {
    const { httpTokenFile } = await import('../../hub/http-token.ts');
    stderr(`mcp-hub: clients send the token that is kept in ${httpTokenFile(stateDir)} (see it: mcp-hub token)`);
  }
  return server;
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
