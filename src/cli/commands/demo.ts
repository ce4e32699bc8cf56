import { join } from 'node:path';
import { stateDirectory } from '../../config/state-directory.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { databasePath } from '../../store/database-path.ts';
import { type LogReader, openLogReader } from '../../store/log-reader.ts';
import { VERSION } from '../../utils/version.ts';
import { heading, namesText, openingText, registerText, stepText, upstreamsText } from '../demo/demo-account.ts';
import { type DemoClient, startDemoHub } from '../demo/demo-client.ts';
import { DEMO_UPSTREAMS, type DemoFiles, writeDemoFiles } from '../demo/demo-files.ts';
import { DEMO_STEPS, type DemoStep } from '../demo/demo-script.ts';
import { plural, shellWords, shortDuration, shortPath } from '../format.ts';

export interface DemoOptions {
  /** Whether the hub goes on, with a call every two seconds, until Ctrl-C. */
  readonly keep: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Takes the account, piece by piece, as it happens. */
  readonly stdout: (text: string) => void;
}

const CLIENT_NAME = 'mcp-hub demo';
const KEEP_PACE_MS = 2000;
const INTERRUPTION_GAP_MS = 500;

/**
 * Runs a real hub with three real example servers and a scripted client, and tells what happens. Gives exit code 0 when
 * every answer was the expected one.
 * @throws HubError INTERNAL with the reason when something was not as it should be
 */
export const runDemo = async (options: DemoOptions): Promise<number> => {
  const startedAt = Date.now();
  const files = writeDemoFiles();
  const stateDir = demoStateDirectory(options.env);
  const client = startDemoHub({ ...files, env: { ...options.env, MCP_HUB_STATE_DIR: stateDir } });
  try {
    options.stdout(openingText(DEMO_UPSTREAMS));
    await connect(client, options);
    await showLists(client, options);
    await runSteps(client, options);
    if (options.keep) await keepRunning(client, stateDir, options);
  } finally {
    await client.close();
    files.remove();
  }
  tellTheEnd(startedAt, files, stateDir, options);
  return 0;
};

/** The demo has a log of its own, beside the user's: its servers may have the names of theirs. */
const demoStateDirectory = (env: NodeJS.ProcessEnv): string => join(stateDirectory(env), 'demo');

const connect = async (client: DemoClient, { stdout }: DemoOptions): Promise<void> => {
  const startedMs = performance.now();
  const { protocolVersion } = await client.request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: CLIENT_NAME, version: VERSION },
  });
  client.notify('notifications/initialized');
  const took = shortDuration(performance.now() - startedMs);
  stdout(heading(1, 'A client connects'));
  stdout(`  It speaks ${String(protocolVersion)}, and has its answer ${took} after the start of the hub.\n`);
  stdout('  No server needs to run for that.\n');
};

const LISTS = [
  ['tools', 'tools/list', 'tools', 'name'],
  ['prompts', 'prompts/list', 'prompts', 'name'],
  ['resources', 'resources/list', 'resources', 'uri'],
  ['templates', 'resources/templates/list', 'resourceTemplates', 'uriTemplate'],
] as const;

const showLists = async (client: DemoClient, { stdout }: DemoOptions): Promise<void> => {
  const startedMs = performance.now();
  const lists: (readonly [string, string[]])[] = [];
  for (const [label, method, member, key] of LISTS) {
    const entries = (await client.request(method, {}))[member] as unknown as readonly JsonObject[];
    lists.push([label, entries.map((entry) => String(entry[key]))]);
  }
  const took = shortDuration(performance.now() - startedMs);
  stdout(heading(2, `It sees one server, merged from three that start when it asks (${took})`));
  for (const [label, names] of lists) stdout(namesText(label, names));
  const tools = lists[0]?.[1] ?? [];
  const silent = DEMO_UPSTREAMS.find((upstream) => !tools.some((name) => name.startsWith(`${upstream}__`)));
  if (silent !== undefined) throw new HubError('INTERNAL', `the demo failed: ${silent} offers no tools`);
};

const runSteps = async (client: DemoClient, { stdout }: DemoOptions): Promise<void> => {
  stdout(heading(3, 'It calls some of each'));
  for (const step of DEMO_STEPS) stdout(await runStep(client, step));
};

/** Makes one request, checks its answer, and tells of it. */
const runStep = async (client: DemoClient, step: DemoStep): Promise<string> => {
  let progressReports = 0;
  const count = (): void => {
    progressReports += 1;
  };
  const startedMs = performance.now();
  const result = await client.request(step.method, step.params, step.hasProgress === true ? count : undefined);
  const durationMs = performance.now() - startedMs;
  const shown = String(step.shown(result));
  const isAsExpected =
    shown.includes(step.expected) &&
    (result['isError'] === true) === (step.isToolError === true) &&
    progressReports > 0 === (step.hasProgress === true);
  if (!isAsExpected) {
    const got = `${JSON.stringify(result).slice(0, 300)} with ${plural(progressReports, 'progress report')}`;
    throw new HubError('INTERNAL', `the demo failed: ${step.method} ${step.title} gave ${got}`);
  }
  if (step.notification !== undefined) await client.notified(step.notification);
  return stepText(step, shown, durationMs, progressReports);
};

/** Calls a tool every two seconds, so that there is something to see, until the person or the hub ends it. */
const keepRunning = async (client: DemoClient, stateDir: string, { env, stdout }: DemoOptions): Promise<void> => {
  stdout('\nThe hub goes on, with a call every two seconds. Look from another terminal:\n');
  for (const verb of ['logs -f', 'monitor']) stdout(`  ${commandOn(stateDir, verb, env)}\n`);
  stdout('Ctrl-C ends it.\n');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  void client.ended.then(() => stop.abort());
  for (let turn = 0; !stop.signal.aborted; turn += 1) {
    await pause(KEEP_PACE_MS, stop.signal);
    const step = DEMO_STEPS[turn % DEMO_STEPS.length];
    if (step === undefined || stop.signal.aborted) continue;
    try {
      await client.request(step.method, step.params);
    } catch (error) {
      // Ctrl-C reaches the hub too, and it may be the first to act on it.
      await pause(INTERRUPTION_GAP_MS, stop.signal);
      if (!stop.signal.aborted) throw error;
    }
  }
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

const tellTheEnd = (
  startedAt: number,
  { bin, isClone }: DemoFiles,
  stateDir: string,
  { env, stdout }: DemoOptions,
): void => {
  const log = openLogReader(stateDir);
  stdout(heading(4, 'Who answered'));
  stdout(upstreamsText(DEMO_UPSTREAMS, log?.upstreamStatuses() ?? new Map()));
  stdout('\n  The client and the servers need not be of one era: the hub translates.\n');
  stdout(heading(5, 'What is left of it'));
  stdout(`  ${logSentence(log, startedAt)}\n`);
  stdout(`  The log:     ${shortPath(databasePath(stateDir), env)}\n`);
  stdout(`  To read it:  ${commandOn(stateDir, 'logs', env)}\n`);
  if (isClone) stdout('  In a clone the command comes with: npm install -g .\n');
  stdout(heading(6, 'Register the hub in a client'));
  stdout(registerText(bin));
  stdout(
    `\nDone in ${shortDuration(Date.now() - startedAt)}. Next, your own first server: mcp-hub add NAME -- COMMAND\n`,
  );
  log?.close();
};

/** A command that reads a log which is not the user's own, as the shell of this system takes it. The Windows one is untested. */
const commandOn = (stateDir: string, verb: string, env: NodeJS.ProcessEnv): string => {
  if (process.platform === 'win32')
    return `$env:MCP_HUB_STATE_DIR='${stateDir.replaceAll("'", "''")}'; mcp-hub ${verb}`;
  const short = shortPath(stateDir, env);
  // A shell fills in the tilde only where it is not quoted.
  const place = /^~[\w@%+=:,./-]*$/.test(short) ? short : shellWords([stateDir]);
  return `MCP_HUB_STATE_DIR=${place} mcp-hub ${verb}`;
};

const logSentence = (log: LogReader | undefined, startedAt: number): string => {
  const calls = log?.calls({ client: CLIENT_NAME, sinceMs: startedAt, limit: 10_000 }) ?? [];
  if (calls.length === 0) return 'No call could be logged. To see why, run: mcp-hub serve';
  const hubMs = calls.reduce((sum, call) => sum + (call.hubMs ?? 0), 0) / calls.length;
  return `${plural(calls.length, 'call')} in the log. On average the hub itself took ${hubMs.toFixed(1)} ms of each.`;
};
