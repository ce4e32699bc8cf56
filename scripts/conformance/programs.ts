import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createHubHome } from '../../test/fixtures/conformance/hub-home.ts';
import type { Kind, Transport } from './cells.ts';
import { ROOT } from './suite.ts';

/** A program that serves MCP on HTTP. */
export interface Program {
  readonly url: string;
  stop(): Promise<void>;
}

const FIXTURE = join(ROOT, 'test/fixtures/conformance/server.ts');
/** The suite waits for some answers only half a second, and an upstream may have to start first. */
const FIXTURE_ENV = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/conformance') };
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;

/** Starts the fixture by itself. */
export const startFixture = async (kind: Kind): Promise<Program> => {
  const child = spawn(process.execPath, [FIXTURE, '--era', kind, '--transport', 'http'], {
    env: { ...process.env, ...FIXTURE_ENV },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const url = await firstMatch(child, 'stdout', /^(http:\S+)$/m);
  return { url, stop: () => stopChild(child, () => child.stdin?.end()) };
};

/** Starts a hub with the fixture as its only upstream, under the fixture's own names. */
export const startHub = async (kind: Kind, transport: Transport): Promise<Program> => {
  const fixture = transport === 'http' ? await startFixture(kind) : undefined;
  const entry = fixture
    ? { url: fixture.url }
    : { command: process.execPath, args: [FIXTURE, '--era', kind], env: FIXTURE_ENV };
  const home = createHubHome({ fixture: entry });
  const { command, args, env } = home.program(['serve', '--http', '0', '--no-auth']);
  const child = spawn(command, args, { env, stdio: ['ignore', 'inherit', 'pipe'] });
  const stop = async (): Promise<void> => {
    await stopChild(child, () => child.kill('SIGTERM'));
    await fixture?.stop();
    home.remove();
  };
  try {
    return { url: await urlOfHub(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** The hub says on stderr where it serves. */
const urlOfHub = (child: ChildProcess): Promise<string> => firstMatch(child, 'stderr', /(http:\/\/\S+\/mcp)\s/);

/** Waits until a program prints what fits; gives the first group. What it prints later is read and dropped. */
const firstMatch = async (child: ChildProcess, name: 'stdout' | 'stderr', pattern: RegExp): Promise<string> => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = '';
  child[name]?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    const match = pattern.exec(output)?.[1];
    if (match !== undefined) resolve(match);
  });
  const fail = (why: string): void => reject(new Error(`${child.spawnargs.join(' ')} ${why}:\n${output}`));
  child.once('error', reject);
  child.once('close', (code) => fail(`has ended with ${code}`));
  const timer = setTimeout(() => fail(`has not said where it serves in ${START_LIMIT_MS} ms`), START_LIMIT_MS);
  return promise.finally(() => clearTimeout(timer));
};

const stopChild = async (child: ChildProcess, ask: () => void): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  ask();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await closed;
  clearTimeout(timer);
};
