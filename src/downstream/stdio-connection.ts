import type { HubError } from '../errors/hub-error.ts';
import type { CheckedLine } from '../protocol/large-json.ts';
import { readLeadingId } from '../protocol/leading-id.ts';
import type { RequestMessage } from '../protocol/message.ts';
import { createErrorBody, type ParseFailure, type ParseOutcome, parseMessage } from '../protocol/parse.ts';
import { parseLargeRequest } from '../protocol/parse-large.ts';
import { hasModernClaim, modernCodec } from '../protocol/rev-2026-07-28/codec.ts';
import type { ClientConnection } from '../relay/client-connection.ts';
import type { ClientChannel } from '../relay/client-peer.ts';

export interface StdioConnectionOptions {
  readonly channel: ClientChannel;
  readonly openLegacy: () => ClientConnection;
  readonly openModern: () => ClientConnection;
  /** A line that was refused, in words. */
  readonly onProblem: (problem: string) => void;
}

export interface StdioConnection {
  /** One line of the client's. */
  onLine(line: Buffer): void;
  /** A large line of the client's that is JSON. */
  onLargeLine(line: CheckedLine): void;
  /** The beginning of a line that was too long. */
  onOverflow(head: Buffer): void;
  abandon(reason: HubError): void;
  settled(): Promise<void>;
  close(): void;
}

/**
 * Decides the era of a stdio connection by its opening, and keeps it. `server/discover` is answered and decides nothing,
 * so that a client may look and then open a legacy session; the first other request that claims the modern era makes the
 * connection modern, and the first message without such a claim makes it legacy.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
 */
export const createStdioConnection = (options: StdioConnectionOptions): StdioConnection => {
  const { channel, openLegacy, openModern, onProblem } = options;
  let pinned: ClientConnection | undefined;
  let probed: ClientConnection | undefined;

  const connectionFor = (message: RequestMessage): ClientConnection | undefined => {
    if (pinned !== undefined) return pinned;
    if (!hasModernClaim(message.params)) {
      probed?.close();
      pinned = openLegacy();
      return pinned;
    }
    probed ??= openModern();
    const isDecided = message.method !== 'server/discover' && modernCodec.decodeParams(message.params).ok;
    if (isDecided) pinned = probed;
    return probed;
  };

  const refuse = ({ id, method, code, reason, isResponse }: ParseFailure, bytesIn: number): void => {
    onProblem(`a line of the client was refused: ${reason}`);
    const error = createErrorBody(code, describe(code, reason));
    if (method !== undefined) (pinned ?? probed)?.onRefused({ method, params: undefined, bytesIn }, error, 'error');
    if (!isResponse) channel.send([`{"jsonrpc":"2.0","id":${id ?? 'null'},"error":`, error.bytes, '}']);
  };

  const take = (parsed: ParseOutcome, bytesIn: number): void => {
    if (!parsed.ok) refuse(parsed, bytesIn);
    else if (parsed.message.kind === 'request') connectionFor(parsed.message)?.onRequest(parsed.message, bytesIn);
    else if (parsed.message.kind === 'notification') (pinned ?? probed)?.onNotification(parsed.message);
    else if (!(pinned ?? probed)?.onAnswer(parsed.message)) onProblem(UNASKED);
  };

  return {
    onLine: (line) => take(parseMessage(line), line.length),
    onLargeLine: (line) => take(parseLargeRequest(line), line.bytes),
    onOverflow(head) {
      const reason = `a line is longer than the limit; it begins with ${JSON.stringify(head.toString('utf8', 0, 40))}`;
      const id = readLeadingId(head);
      refuse({ ok: false, code: -32600, id, method: undefined, isResponse: false, reason }, head.length);
    },
    abandon: (reason) => (pinned ?? probed)?.abandon(reason),
    settled: async () => (pinned ?? probed)?.settled(),
    close: () => (pinned ?? probed)?.close(),
  };
};

const UNASKED = 'the client answered a request that the hub did not make';

const describe = (code: number, reason: string): string =>
  `${code === -32700 ? 'Parse error' : code === -32602 ? 'Invalid params' : 'Invalid request'}: ${reason}`;
