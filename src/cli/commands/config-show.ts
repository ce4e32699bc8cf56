import type { UpstreamConfig } from '../../config/hub-config.ts';
import type { CliContext } from '../context.ts';
import type { ConfigFlags } from '../declare-config-verbs.ts';
import { type DeclaredServer, declaredServers } from '../declared-servers.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';
import { loadServers } from '../load-servers.ts';
import { REDACTED } from '../redact.ts';
import { redactTransport } from '../transport-summary.ts';

/**
 * `config show`: the configuration as the hub understands it, with every default. Transports are shown as the file declares
 * them, before anything is filled in, and without secrets unless they are asked for.
 */
export const runConfigShow = async (context: CliContext, flags: ConfigFlags): Promise<number> => {
  const { secrets: _secrets, ...config } = await loadServers(context, flags);
  const declared = await declaredServers(context, flags);
  const isOpen = flags.showSecrets === true;
  const upstreams = config.upstreams.map((upstream) => shown(upstream, declared.get(upstream.name), isOpen));
  context.out(jsonText({ schemaVersion: 1, ...config, upstreams }, 2));
  return EXIT.ok;
};

const shown = (upstream: UpstreamConfig, source: DeclaredServer | undefined, isOpen: boolean): object => {
  const transport = source?.transport ?? upstream.transport;
  const { auth } = upstream;
  return {
    ...upstream,
    transport: isOpen ? transport : redactTransport(transport),
    // It is filled in already, so that what is shown of it has to be hidden in any case.
    ...(auth && { auth: { ...auth, ...(auth.clientSecret !== undefined && { clientSecret: REDACTED }) } }),
  };
};
