import type { Binding } from '../model/binding.ts';
import { followCalls, goToFirstCall, nextFailure } from '../model/call-list.ts';
import { toggleErrors } from '../model/commands.ts';
import { openPrompt } from '../model/common-bindings.ts';
import type { Control } from '../model/control.ts';
import { CALL_BINDINGS } from './call-actions.ts';

const ifEmpty = (control: Control): string | undefined =>
  control.state().calls.length === 0 ? 'there are no calls' : undefined;

/** What the keys do in the list of calls. */
export const CALLS_BINDINGS: readonly Binding[] = [
  { keys: ['/'], hint: 'filter', help: 'filter the calls', run: (control) => openPrompt(control, 'filter') },
  { keys: ['enter', 'right', 'l'], hint: 'open', help: 'open the call', against: ifEmpty, run: openCall },
  { keys: ['f'], hint: 'follow', help: 'follow new calls, or stay here', run: toggleFollow },
  { keys: ['e'], hint: 'errors', help: 'only calls that failed, or all', run: toggleErrors },
  ...CALL_BINDINGS,
  { keys: ['p', 'space'], hint: 'pause', help: 'hold the picture still, or go on', run: togglePause },
  { keys: ['n'], help: 'next call that failed', against: ifEmpty, run: (control) => jump(control, 1) },
  { keys: ['N'], help: 'previous call that failed', against: ifEmpty, run: (control) => jump(control, -1) },
  {
    keys: ['v'],
    help: 'show or hide the chosen call',
    run: (control) => control.set({ hasPane: !control.state().hasPane }),
  },
  { keys: ['g', 'home'], help: 'first call of the log', against: ifEmpty, run: goToFirstCall },
  { keys: ['G', 'end'], help: 'last call, and follow', run: followCalls },
  {
    keys: ['d'],
    help: 'watch a scripted session (while there are no calls)',
    against: (control) =>
      control.state().calls.length > 0 ? 'there are calls to see; run: mcp-hub monitor --demo' : undefined,
    run: (control) => control.demo(),
  },
];

function openCall(control: Control): void {
  control.set({ isFollowing: false });
  control.open('call');
}

function toggleFollow(control: Control): void {
  if (control.state().isFollowing) control.set({ isFollowing: false });
  else followCalls(control);
}

function togglePause(control: Control): void {
  const isPaused = !control.state().isPaused;
  control.set({ isPaused });
  if (!isPaused) control.reload();
}

function jump(control: Control, by: 1 | -1) {
  const call = nextFailure(control.state(), by);
  if (call === undefined) return control.say(`no call ${by === 1 ? 'below' : 'above'} has failed`);
  control.set({ isFollowing: false });
  control.select(call.id);
}
