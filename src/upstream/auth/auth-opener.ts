import type { UpstreamConfig } from '../../config/hub-config.ts';
import type { Vault } from '../../vault/vault.ts';
import { mayLogIn } from './may-log-in.ts';
import type { UpstreamAuth } from './upstream-auth.ts';

/** Gives what an upstream is logged in with; undefined where it is not one that can be logged in at. */
export type OpenAuth = (upstream: UpstreamConfig) => Promise<UpstreamAuth | undefined>;

/** Nothing is loaded before the first HTTP upstream is connected to. All of a hub share one vault, and so its key. */
export const createAuthOpener = (stateDir: string, env: NodeJS.ProcessEnv): OpenAuth => {
  let opening: Promise<Vault> | undefined;

  const openVault = async (): Promise<Vault> => {
    const vault = await import('../../vault/vault.ts');
    return vault.openVault(stateDir, env);
  };

  return async (upstream) => {
    if (!mayLogIn(upstream)) return undefined;
    const [{ loginMeans }, { createUpstreamAuth }] = await Promise.all([
      import('./login-means.ts'),
      import('./upstream-auth.ts'),
    ]);
    opening ??= openVault();
    const { store, fetch } = loginMeans(upstream, await opening);
    return createUpstreamAuth({ name: upstream.name, store, fetch });
  };
};
