import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const EVIL_HTTP = fileURLToPath(new URL('../programs/evil-http.mjs', import.meta.url));

/** A server on HTTP that misbehaves, as a process of its own. */
export interface EvilHttp {
  readonly origin: string;
  /** The URL of the upstream with these modes, `mode;mode=value`. */
  url(modes?: string): string;
  stop(): Promise<void>;
}

/** Starts it; what reaches it is written to the file `log`. */
export const startEvilHttp = async (log: string): Promise<EvilHttp> => {
  const child = spawn(process.execPath, [EVIL_HTTP], {
    env: { PATH: process.env['PATH'] ?? '', EVIL_LOG: log },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const origin = line.toString().trim();
  return {
    origin,
    url: (modes = '') => `${origin}/${modes === '' ? '' : `${encodeURIComponent(modes)}/`}mcp`,
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
};
