import { readFileSync } from 'node:fs';
import { type Exit, type HubConfigFile, type HubProcess, startHub } from './hub-process.ts';
import { eventually } from './processes.ts';
import { createTempHome, type TempHome } from './temp-home.ts';

export interface ServedHub {
  readonly hub: HubProcess;
  readonly url: string;
  /** Empty for a hub that wants none. */
  readonly token: string;
  readonly home: TempHome;
  /** Asks it to end with SIGTERM, and waits. */
  stop(): Promise<Exit>;
}

/** Starts `mcp-hub serve --http 0` with a configuration of its own, and waits until it serves. */
export const serveOnHttp = async (config: HubConfigFile, args: readonly string[] = []): Promise<ServedHub> => {
  const home = createTempHome();
  const hub = await startHub({ config, home, args: ['--http', '0', ...args] });
  const ended = hub.exited.then(({ code }) => {
    throw new Error(`the hub has ended with ${code}: ${hub.stderr()}`);
  });
  const served = eventually('the address', () => /serving on (\S+)/.exec(hub.stderr())?.[1]);
  const url = await Promise.race([served, ended]);
  ended.catch(() => {});
  return {
    hub,
    url,
    home,
    token: args.includes('--no-auth') ? '' : readFileSync(`${home.stateDir}/http-token`, 'utf8').trim(),
    async stop() {
      hub.kill('SIGTERM');
      const exit = await hub.exited;
      home.remove();
      return exit;
    },
  };
};
