import { discardBody } from '../transport/read-body.ts';

export interface AskedServer {
  readonly url: URL;
  readonly headers: Headers;
  readonly type: 'http' | 'sse';
}

/** What a server says to a request without a login. */
export interface ServerChallenge {
  readonly status: number;
  /** Where it describes itself (RFC 9728); undefined where it does not say. */
  readonly resourceMetadataUrl?: URL;
  readonly scope?: string;
}

const TIMEOUT_MS = 15_000;

/** Asks a server for what it asks everybody: the opening of a connection, which changes nothing there. */
export const askForChallenge = async ({ url, headers, type }: AskedServer): Promise<ServerChallenge> => {
  const { extractWWWAuthenticateParams } = await import('@modelcontextprotocol/client');
  const own = new Headers(headers);
  own.set('accept', type === 'sse' ? 'text/event-stream' : 'application/json, text/event-stream');
  if (type === 'http') own.set('content-type', 'application/json');
  const response = await fetch(url, {
    method: type === 'sse' ? 'GET' : 'POST',
    headers: own,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(type === 'http' && { body: JSON.stringify(OPENING) }),
  });
  await discardBody(response);
  const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(response);
  return {
    status: response.status,
    ...(resourceMetadataUrl !== undefined && { resourceMetadataUrl }),
    ...(scope !== undefined && { scope }),
  };
};

const OPENING = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'mcp-hub', version: '1' } },
};
