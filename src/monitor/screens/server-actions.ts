import type { Binding } from '../model/binding.ts';
import type { Control } from '../model/control.ts';
import { cursorOf, placeOf } from '../model/state.ts';
import type { ServerView } from '../source/monitor-source.ts';
import { named } from './call-status.ts';

/** The server that keys act on: the one that is open, or the chosen one of the list. */
export const chosenServer = (control: Control): ServerView | undefined => {
  const state = control.state();
  if (placeOf(state) === 'server') return state.shownServer?.server;
  const { key } = cursorOf(state, 'servers');
  return state.servers.find(({ name }) => name === key) ?? state.servers[0];
};

const ifNone = (control: Control): string | undefined =>
  chosenServer(control) === undefined ? 'no server is chosen' : undefined;

/** What can be done with a server, in the list and where it is open. */
export const SERVER_BINDINGS: readonly Binding[] = [
  { keys: ['r'], hint: 'restart', help: 'restart the server (asks)', against: ifNone, run: restart },
  { keys: ['x'], hint: 'disable', help: 'disable the server, or enable it again (asks)', against: ifNone, run: toggle },
  { keys: ['c'], hint: 'copy fix', help: 'copy the command that mends it', against: againstFix, run: copyFix },
];

function restart(control: Control): void {
  const server = chosenServer(control);
  if (server === undefined) return;
  control.request({ kind: 'restart', server: server.name }, `Restart ${named(server.name)}? Its running calls fail.`);
}

function toggle(control: Control): void {
  const server = chosenServer(control);
  if (server === undefined) return;
  const kind = server.state === 'disabled' ? 'enable' : 'disable';
  const effect = kind === 'disable' ? 'Clients lose its tools until it is enabled.' : 'Clients get its tools again.';
  control.request(
    { kind, server: server.name },
    `${kind === 'disable' ? 'Disable' : 'Enable'} ${named(server.name)}? ${effect}`,
  );
}

function againstFix(control: Control): string | undefined {
  const server = chosenServer(control);
  if (server === undefined) return 'no server is chosen';
  return server.fix === undefined ? `${named(server.name)} needs no command` : undefined;
}

function copyFix(control: Control): void {
  const fix = chosenServer(control)?.fix;
  if (fix !== undefined) control.copy(fix, 'the command');
}
