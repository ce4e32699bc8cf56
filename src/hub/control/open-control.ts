import type { HubConfig } from '../../config/hub-config.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { EventBus } from '../../events/bus.ts';
import type { JsonValue } from '../../protocol/json.ts';
import type { CallUnderWay } from '../../relay/record.ts';
import { VERSION } from '../../utils/version.ts';
import type { LocalClient } from '../local-client.ts';
import type { ControlHandler, ControlServer } from './control-server.ts';
import { watchStatus } from './live-status.ts';
import type { ControlCommand } from './messages.ts';

export interface ControlOptions {
  readonly stateDir: string;
  readonly bus: EventBus;
  readonly env: NodeJS.ProcessEnv;
  /** As it is at present. */
  readonly configOf: () => HubConfig;
  readonly callsUnderWay: () => readonly CallUnderWay[];
  /** Makes the client that replays calls. */
  readonly connect: (client: { readonly name: string; readonly version: string }) => LocalClient;
  readonly servers: ServerActions;
}

/** What can be done to a server while the hub runs; each throws NOT_FOUND where there is none of that name. */
export interface ServerActions {
  /** Ends it; the next call starts it anew. */
  restart(server: string): void;
  /** Takes it away from all clients of this hub, until it is enabled again. */
  disable(server: string): void;
  enable(server: string): void;
}

export interface Control {
  close(): Promise<void>;
}

/**
 * Has the hub answer on its control socket from the start of its first server on; nothing is made, and nothing more loaded,
 * before. Where the socket cannot be made, that is told and the hub serves on.
 */
export const openControl = (options: ControlOptions): Control => {
  const { bus, stateDir } = options;
  const status = watchStatus(options);
  const handle: ControlHandler = (command) =>
    command.method === 'status' ? Promise.resolve(status.snapshot() as unknown as JsonValue) : act(options, command);
  let opening: Promise<ControlServer | undefined> | undefined;
  let isClosed = false;
  const open = async (): Promise<ControlServer | undefined> => {
    try {
      const { openControlServer } = await import('./control-server.ts');
      return isClosed ? undefined : await openControlServer(stateDir, handle);
    } catch (error) {
      const message = `mcp-hub status and monitor cannot reach this hub: ${HubError.from(error).message}`;
      bus.emit({ type: 'problem', message, at: Date.now() });
      return undefined;
    }
  };
  bus.listenTo(['upstream.state'], ({ state }) => {
    if (state === 'starting') opening ??= open();
  });
  return {
    close: async () => {
      isClosed = true;
      await (await opening)?.close();
    },
  };
};

const act = async (
  { env, configOf, connect, servers }: ControlOptions,
  command: Exclude<ControlCommand, { method: 'status' }>,
): Promise<JsonValue> => {
  switch (command.method) {
    case 'restart':
      servers.restart(command.params.server);
      return `${command.params.server} is started anew`;
    case 'disable':
      servers.disable(command.params.server);
      return `${command.params.server} is disabled until this hub ends; for good: mcp-hub disable ${command.params.server}`;
    case 'enable':
      servers.enable(command.params.server);
      return `${command.params.server} is enabled`;
    case 'hide': {
      const { hideTool } = await import('./hide-tool.ts');
      return hideTool({ files: configOf().files, env }, command.params.server, command.params.tool);
    }
    case 'replay': {
      const client = connect({ name: 'mcp-hub replay', version: VERSION });
      try {
        const reply = await client.request(command.params.method, command.params.params);
        return reply as unknown as JsonValue;
      } finally {
        await client.close();
      }
    }
  }
};
