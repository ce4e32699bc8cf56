import { timingSafeEqual } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { HubError } from '../../errors/hub-error.ts';
import { isJsonObject, type JsonValue } from '../../protocol/json.ts';
import { type ControlEntry, isEntryThere, removeAddress, removeEntry, writeEntry } from './entries.ts';
import type { ControlCommand, ControlResponse } from './messages.ts';

export interface ControlServer {
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

/** Carries out what was asked; what it throws is the answer. */
export type ControlHandler = (command: ControlCommand) => Promise<JsonValue>;

const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_CONNECTIONS = 16;

/** So often it is looked whether others still find the socket. Milliseconds. */
const LOOK_MS = 5_000;

/**
 * Opens the control socket of this process, and again where somebody has removed it or its entry, as with the whole state
 * directory. It keeps no process alive.
 * @throws whatever Node throws where the socket cannot be made at first
 */
export const openControlServer = async (
  stateDir: string,
  handle: ControlHandler,
  { lookMs = LOOK_MS }: { readonly lookMs?: number } = {},
): Promise<ControlServer> => {
  /** Of all sockets: connections to an earlier one go on. */
  const connections = new Set<Socket>();
  const serve = (socket: Socket, token: string): void => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    serveSocket(socket, token, handle);
  };
  let present = await openSocket(stateDir, serve);
  let opening: Promise<void> | undefined;
  const openAgain = async (): Promise<void> => {
    try {
      // First: Node removes the file of a socket that is closed, whoever has made it.
      present.stopListening();
      present = await openSocket(stateDir, serve);
    } catch {
      // There is no place for it now: it is tried again.
    }
  };
  const looking = setInterval(() => {
    if (opening !== undefined || isEntryThere(stateDir, present.entry)) return;
    opening = openAgain().finally(() => {
      opening = undefined;
    });
  }, lookMs).unref();
  return {
    close: async () => {
      clearInterval(looking);
      await opening;
      for (const socket of connections) socket.destroy();
      await present.close();
    },
  };
};

interface OpenSocket {
  readonly entry: ControlEntry;
  /** Takes no further connections, and removes the socket alone; connections that are there go on. */
  stopListening(): void;
  /** Removes the socket and its entry; resolves when the last connection has ended. */
  close(): Promise<void>;
}

/** @throws whatever Node throws where it cannot be made */
const openSocket = async (stateDir: string, serve: (socket: Socket, token: string) => void): Promise<OpenSocket> => {
  const entry = writeEntry(stateDir);
  const server = createServer((socket) => {
    socket.unref();
    socket.on('error', () => socket.destroy());
    serve(socket, entry.token);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.unref();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(entry.address, resolve);
    });
    if (process.platform !== 'win32') chmodSync(entry.address, 0o600);
  } catch (error) {
    removeEntry(stateDir, entry);
    throw error;
  }
  server.on('error', () => {});
  return {
    entry,
    stopListening() {
      server.close();
      removeAddress(stateDir, entry);
    },
    close: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      removeEntry(stateDir, entry);
    },
  };
};

/** Answers line by line, each when it is done; a line that is too long, or of somebody without the token, ends the connection. */
const serveSocket = (socket: Socket, token: string, handle: ControlHandler): void => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      const line = rest.subarray(0, end).toString();
      rest = rest.subarray(end + 1);
      if (line.trim() !== '') void answer(line, token, handle).then((response) => send(socket, response));
    }
    if (rest.length > MAX_LINE_BYTES) socket.destroy();
  });
};

const send = (socket: Socket, response: ControlResponse | undefined): void => {
  if (response === undefined) socket.destroy();
  else if (socket.writable) socket.write(`${JSON.stringify(response)}\n`);
};

/** Undefined for somebody who may not ask. */
const answer = async (line: string, token: string, handle: ControlHandler): Promise<ControlResponse | undefined> => {
  let id: number | null = null;
  try {
    const request: unknown = JSON.parse(line);
    if (!isJsonObject(request) || !isToken(request['token'], token)) return undefined;
    if (typeof request['id'] !== 'number') throw new HubError('USAGE', 'a request needs a number as its id');
    id = request['id'];
    return { id, result: await handle(toCommand(request)) };
  } catch (error) {
    if (id === null && error instanceof SyntaxError) return undefined;
    const { code, message, hint } = HubError.from(error);
    return { id, error: { code, message, hint } };
  }
};

const isToken = (given: unknown, token: string): boolean => {
  if (typeof given !== 'string') return false;
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
};

/** @throws HubError USAGE */
const toCommand = ({ method, params }: Record<string, unknown>): ControlCommand => {
  const texts = isJsonObject(params) ? params : {};
  const text = (name: string): string => {
    const value = texts[name];
    if (typeof value !== 'string' || value === '') throw new HubError('USAGE', `${String(method)} needs ${name}`);
    return value;
  };
  switch (method) {
    case 'status':
      return { method };
    case 'restart':
    case 'disable':
    case 'enable':
      return { method, params: { server: text('server') } };
    case 'hide':
      return { method, params: { server: text('server'), tool: text('tool') } };
    case 'replay': {
      const callParams = texts['params'];
      if (!isJsonObject(callParams)) throw new HubError('USAGE', 'replay needs params');
      return { method, params: { method: text('method'), params: callParams } };
    }
    default:
      throw new HubError('USAGE', `${String(method)} is nothing that a hub can be asked for`);
  }
};
