import { HubError } from '../../errors/hub-error.ts';
import type { OutgoingMessage, SendOptions, Transport, TransportListener } from './transport.ts';

/** A connection over the network that is open. */
export interface RemoteConnection {
  send(message: OutgoingMessage, options?: SendOptions): Promise<void>;
  setProtocolVersion(version: string): void;
  pause(): void;
  resume(): void;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * The life of a transport that has no process: opened once, closed once, and closed at once where it is still opening.
 * @param connect ends with an error when `signal` is aborted.
 */
export const createRemoteTransport = (
  name: string,
  connect: (listener: TransportListener, signal: AbortSignal) => Promise<RemoteConnection>,
): Transport => {
  const opening = new AbortController();
  let starting: Promise<RemoteConnection> | undefined;
  let connection: RemoteConnection | undefined;
  let closing: Promise<void> | undefined;

  return {
    async start(listener) {
      if (starting || closing) throw new HubError('INTERNAL', `${name} was started twice`);
      starting = connect(listener, opening.signal);
      connection = await starting;
    },
    async send(message, options) {
      if (connection && !closing) return connection.send(message, options);
      const why = `${name} cannot be reached: the connection is closed`;
      throw new HubError('UPSTREAM_CLOSED', why, { upstream: name, sent: false });
    },
    setProtocolVersion: (version) => connection?.setProtocolVersion(version),
    pause: () => connection?.pause(),
    resume: () => connection?.resume(),
    close() {
      opening.abort();
      closing ??= (async () => {
        const opened = await starting?.catch(() => undefined);
        await opened?.close();
      })();
      return closing;
    },
    stderrTail: () => '',
  };
};
