import { printableJson } from '../../utils/printable.ts';
import type { Binding } from '../model/binding.ts';
import type { Control } from '../model/control.ts';
import type { CallDetail } from '../source/monitor-source.ts';
import { shellWords } from '../text/shell-words.ts';
import { callName, named } from './call-status.ts';

/** What can be done with the call that is shown, in the list and in the detail. */
export const CALL_BINDINGS: readonly Binding[] = [
  { keys: ['r'], hint: 'replay', help: 'replay the call', against: againstReplay, run: replay },
  {
    keys: ['y'],
    hint: 'copy',
    help: 'copy the request',
    against: againstNothing,
    run: (control) => copy(control, 'request'),
  },
  { keys: ['Y'], help: 'copy the result', against: againstNothing, run: (control) => copy(control, 'result') },
  { keys: ['c'], help: 'copy as mcp-hub call ...', against: againstReplay, run: copyCommand },
  { keys: ['o'], help: 'open request and result in $PAGER', against: againstNothing, run: openInPager },
];

/** The command that makes the same call; undefined where the log does not have all of it. */
export const callCommand = ({ call }: CallDetail): string | undefined => {
  const request = argumentsOf(call.request);
  if (call.method !== 'tools/call' || call.qualifiedName === undefined || request === undefined || call.isRequestCut)
    return undefined;
  const args = JSON.stringify(request);
  return shellWords(['mcp-hub', 'call', call.qualifiedName, ...(args === '{}' ? [] : ['--args', printableJson(args)])]);
};

function againstNothing(control: Control): string | undefined {
  return control.state().shownCall === undefined ? 'no call is chosen' : undefined;
}

function againstReplay(control: Control): string | undefined {
  const shown = control.state().shownCall;
  if (shown === undefined) return 'no call is chosen';
  if (shown.call.method !== 'tools/call') return 'only calls of tools can be made again';
  if (shown.call.isRequestCut) return 'the log keeps only the beginning of its request (hub.log.payloadBytes)';
  return shown.call.request === undefined ? 'the log keeps no payloads (hub.log.payloadBytes is 0)' : undefined;
}

function replay(control: Control): void {
  const shown = control.state().shownCall;
  if (shown === undefined) return;
  const question = `Call ${callName(shown.call)} of ${named(shown.call.upstream)} again? It may change something.`;
  // As it is now: the configuration that trusts the server may have come since the call was read.
  const isSafe = control.source.call(shown.call.id)?.isSafeToReplay ?? false;
  control.request({ kind: 'replay', call: shown.call }, question, isSafe);
}

function copy(control: Control, what: 'request' | 'result') {
  const text = control.state().shownCall?.call[what];
  if (text === undefined) return control.say(`copy: the log keeps no ${what} of this call`, 'bad');
  control.copy(text, `the ${what}`);
}

function copyCommand(control: Control): void {
  const shown = control.state().shownCall;
  const command = shown === undefined ? undefined : callCommand(shown);
  if (command !== undefined) control.copy(command, 'the command');
}

function openInPager(control: Control): void {
  const shown = control.state().shownCall;
  if (shown === undefined) return;
  const { call, stderr } = shown;
  const part = (title: string, json: string | undefined): string => `${title}\n\n${pretty(json)}\n\n`;
  const heard = stderr.map(({ text }) => text).join('\n');
  control.page(
    part(`request of ${call.qualifiedName ?? call.method}, call ${call.callId}`, call.request) +
      part(`result, ${call.outcome}`, call.result) +
      (heard === '' ? '' : `standard error meanwhile\n\n${heard}\n`),
  );
}

const argumentsOf = (request: string | undefined): unknown => {
  try {
    return request === undefined ? undefined : ((JSON.parse(request) as { arguments?: unknown }).arguments ?? {});
  } catch {
    return undefined;
  }
};

const pretty = (json: string | undefined): string => {
  if (json === undefined) return 'nothing is kept';
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
};
