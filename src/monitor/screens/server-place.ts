import { printable } from '../../utils/printable.ts';
import type { Place } from '../model/place.ts';
import type { MonitorState } from '../model/state.ts';
import type { ServerDetail, ServerView } from '../source/monitor-source.ts';
import { BLANK, type Line, line, type Style, span, wrapText } from '../text/line.ts';
import { count, counted, duration, percent, timeAndDay, timeOfDay, tokensOf } from '../text/quantities.ts';
import { named } from './call-status.ts';
import { listRowsOf } from './layout.ts';
import { paged, pageKeys } from './scroll.ts';
import { SERVER_BINDINGS } from './server-actions.ts';
import { stateSpan } from './server-state.ts';

/** One server on the whole screen. */
export const SERVER_PLACE: Place = {
  load: (control) => {
    const name = control.state().shownServer?.server.name;
    const shownServer = name === undefined ? undefined : control.source.server(name);
    if (shownServer !== undefined) control.set({ shownServer });
  },
  keys: (state) => pageKeys(serverLines(state), listRowsOf(state, 0)),
  rows: () => 1,
  bindings: SERVER_BINDINGS,
  view: (state) => paged(state, 'server', serverLines(state), listRowsOf(state, 0)),
};

/** What is known of the server that is shown; the first line names it. */
export const serverLines = ({ shownServer, now, size }: MonitorState): Line[] => {
  if (shownServer === undefined) return [line('  This server is no longer known.')];
  const { server, stderr, events, toolNames, capabilities } = shownServer;
  const width = size.columns - 3;
  return [
    line(' ', span(named(server.name), 'strong'), '  ', stateSpan(server, now)),
    ...reasonLines(server, width),
    ...(server.fix === undefined ? [] : [fact('mend it', printable(server.fix), 'accent')]),
    ...facts(shownServer),
    BLANK,
    title(`tools (${toolNames.length})`),
    ...paragraph(toolNames.map((name) => printable(name)).join('  '), width),
    ...(capabilities.length === 0
      ? []
      : [BLANK, title('capabilities'), ...paragraph(capabilities.map((each) => printable(each)).join(', '), width)]),
    ...(events.length === 0
      ? []
      : [
          BLANK,
          title('what happened'),
          ...events
            .toReversed()
            .map(({ at, state, reason }) =>
              line(span(`  ${timeAndDay(at, now)} `, 'dim'), `${state}  `, span(printable(reason), 'dim')),
            ),
        ]),
    BLANK,
    title('standard error'),
    ...(stderr.length === 0
      ? [line(span('  nothing is known of it', 'dim'))]
      : stderr.toReversed().map(({ at, text }) => line(span(`  ${timeOfDay(at)} `, 'dim'), printable(text)))),
  ];
};

const FACT_CELLS = 10;

/** Why it is in its state. What names the server first needs not say it again. */
const reasonLines = ({ name, reason, state }: ServerView, width: number): Line[] => {
  if (reason === undefined) return [];
  const text = printable(reason.startsWith(`${name} `) ? reason.slice(name.length + 1) : reason);
  const style = state === 'ready' ? 'plain' : 'warn';
  return wrapText(text, width - FACT_CELLS).map((each, index) => fact(index === 0 ? 'why' : '', each, style));
};

const facts = ({ server, pid, command, configFile, prompts, resources }: ServerDetail): Line[] => {
  const offers = [
    server.tools === undefined ? undefined : counted(server.tools, 'tool'),
    prompts === undefined ? undefined : counted(prompts, 'prompt'),
    resources === undefined ? undefined : counted(resources, 'resource'),
    server.definitionBytes === undefined ? undefined : `${count(tokensOf(server.definitionBytes))} tokens (estimate)`,
  ].filter((each) => each !== undefined);
  const figures = `${counted(server.calls, 'call')}, ${percent(server.errors, server.calls)} failed, p50 ${duration(server.latencyMs?.p50)}, p95 ${duration(server.latencyMs?.p95)}`;
  const speaks = [
    server.transport,
    server.era === 'modern' ? '2026-07-28' : server.era === 'legacy' ? 'up to 2025-11-25' : undefined,
  ];
  return [
    ...(command === undefined
      ? []
      : [fact('runs', printable(command) + (pid === undefined ? '' : `, process ${pid}`))]),
    ...(speaks.some((each) => each !== undefined)
      ? [fact('speaks', speaks.filter((each) => each !== undefined).join(', '))]
      : []),
    ...(offers.length === 0 ? [] : [fact('offers', offers.join(', '))]),
    fact('calls', figures),
    ...(configFile === undefined ? [] : [fact('from', printable(configFile))]),
  ];
};

const fact = (name: string, text: string, style: Style = 'plain'): Line =>
  line(span(` ${name.padEnd(8)} `, 'dim'), span(text, style));

const title = (text: string): Line => line(span(` ${text}`, 'strong'));

const paragraph = (text: string, width: number): Line[] =>
  text === '' ? [line(span('  none', 'dim'))] : wrapText(text, width).map((each) => line(`  ${each}`));
