import type { LimitsConfig, UpstreamConfig } from '../../config/hub-config.ts';
import type { OpenAuth } from '../auth/auth-opener.ts';
import type { GroupGuard } from '../guard/group-guard.ts';
import type { Transport } from './transport.ts';

export interface CreateTransportOptions {
  readonly config: UpstreamConfig;
  readonly limits: LimitsConfig;
  /** The hub's own environment. */
  readonly env: NodeJS.ProcessEnv;
  /** `sse` takes the transport of 2024-11-05 in place of Streamable HTTP. */
  readonly kind: 'sse' | undefined;
  /** Takes the secrets of the configuration out of a text; default: there are none. */
  readonly hide?: ((text: string) => string) | undefined;
  /** What watches over processes; default: nothing. */
  readonly openGuard?: (() => Promise<GroupGuard>) | undefined;
  /** What HTTP upstreams are logged in with; default: nothing. */
  readonly openAuth?: OpenAuth | undefined;
}

/** Makes the transport of an upstream. What a kind of transport needs is loaded when the first of it is made. */
export const createTransport = async ({
  config,
  limits,
  env,
  kind,
  hide,
  openGuard,
  openAuth,
}: CreateTransportOptions): Promise<Transport> => {
  const { name, transport: settings } = config;
  if (settings.type === 'stdio') {
    const [{ createStdioTransport }, guard] = await Promise.all([import('./stdio.ts'), openGuard?.()]);
    return createStdioTransport({ name, settings, env, maxLineBytes: limits.resultBytes, guard, hide });
  }
  if (settings.type === 'sse' || kind === 'sse') {
    const [{ createSseTransport }, auth] = await Promise.all([import('./sse.ts'), openAuth?.(config)]);
    return createSseTransport({ name, settings, maxBodyBytes: limits.resultBytes, auth });
  }
  const [{ createHttpTransport }, auth] = await Promise.all([import('./http.ts'), openAuth?.(config)]);
  return createHttpTransport({ name, settings, maxBodyBytes: limits.resultBytes, auth });
};
