import { StreamableHTTPClientTransport as ModernHttp } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio';
import { StdioClientTransport as LegacyStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as LegacyHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as LegacyTransport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** A program that speaks MCP on its standard input and output: the hub, or an upstream directly. */
export interface Program {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
  readonly cwd?: string;
}

/** A hub that serves on HTTP. */
export interface Endpoint {
  readonly url: string;
  readonly token: string;
}

/** What a client connects to. */
export type Target = Program | Endpoint;

const optionsFor = ({ token }: Endpoint) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } });

/** The transport of the v1 SDK. */
export const legacyTransport = (target: Target): LegacyTransport =>
  'url' in target
    ? (new LegacyHttp(new URL(target.url), optionsFor(target)) as LegacyTransport)
    : new LegacyStdio({ ...target, stderr: 'ignore' });

/** The transport of the v2 SDK. */
export const modernTransport = (target: Target): ModernHttp | ModernStdio =>
  'url' in target
    ? new ModernHttp(new URL(target.url), optionsFor(target))
    : new ModernStdio({ ...target, stderr: 'ignore' });
