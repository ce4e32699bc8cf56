import type { DeclaredTransport } from '../../config/normal-entry.ts';

const PROGRAM = /(?:^|[\\/])mcp-hub(?:\.(?:js|cmd|exe|ps1))?$/i;
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether a server of a client is this hub: its program with the verb `serve`, in whatever way it is started, or its address
 * on this machine under a name that says so.
 */
export const isHub = (name: string, transport: DeclaredTransport): boolean => {
  if (transport.type !== 'stdio') return /^(?:mcp-?)?hub$/i.test(name) && isLocalEndpoint(transport.url);
  const words = [transport.command, ...transport.args];
  const program = words.findIndex((word) => PROGRAM.test(word));
  return program !== -1 && words.indexOf('serve', program + 1) !== -1;
};

const isLocalEndpoint = (address: string): boolean => {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url !== undefined && LOOPBACK.includes(url.hostname) && url.pathname === '/mcp';
};
