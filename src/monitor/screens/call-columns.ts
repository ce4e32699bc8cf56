import type { CallRow } from '../../store/log-reader.ts';
import type { MonitorState } from '../model/state.ts';
import { span } from '../text/line.ts';
import { size, timeAndDay } from '../text/quantities.ts';
import type { Column } from '../text/table.ts';
import { callName, named, statusSpan, tookSpan } from './call-status.ts';
import { isLargeResult } from './large-result.ts';

/** From so many cells on the list has all columns. */
const ALL_FROM = 100;
/** Below it the server stands before the name of the tool. */
const SERVER_FROM = 80;

/** Below it nothing is said of the client, and between the two nothing either: the server has its room. */
const CLIENT_FROM = 72;

/** The columns of the list of calls in so many cells. */
export const callColumns = (width: number, state: MonitorState, hasDays: boolean): Column<CallRow>[] => {
  const time: Column<CallRow> = {
    title: 'TIME',
    width: hasDays ? 14 : 8,
    cell: (call) => span(timeAndDay(call.startedAt, state.now), 'dim'),
  };
  const status: Column<CallRow> = { title: 'STATUS', width: 9, cell: (call) => statusSpan(call, state) };
  const took: Column<CallRow> = { title: 'TOOK', width: 7, align: 'right', cell: (call) => tookSpan(call, state) };
  if (width < SERVER_FROM) {
    const both = (call: CallRow): string =>
      call.upstream === undefined ? callName(call) : `${named(call.upstream)}/${callName(call)}`;
    const name: Column<CallRow> = { title: 'SERVER/TOOL', width: 'grow', cell: both };
    return width < CLIENT_FROM ? [time, name, status, took] : [time, clientColumn(width), name, status, took];
  }
  const server: Column<CallRow> = {
    title: 'SERVER',
    width: width >= 140 ? 16 : 12,
    cell: (call) => span(named(call.upstream), 'name'),
  };
  const tool: Column<CallRow> = { title: 'TOOL', width: 'grow', cell: callName };
  if (width < ALL_FROM) return [time, server, tool, status, took];
  return [
    time,
    clientColumn(width),
    server,
    tool,
    status,
    took,
    { title: 'IN', width: 6, align: 'right', cell: (call) => span(size(call.bytesIn), 'dim') },
    {
      title: 'OUT',
      width: 6,
      align: 'right',
      cell: (call) => span(size(call.bytesOut), isLargeResult(call) ? 'warn' : 'dim'),
    },
  ];
};

const clientColumn = (width: number): Column<CallRow> => ({
  title: 'CLIENT',
  width: width >= 140 ? 20 : 14,
  cell: (call) => span(named(call.client), width < SERVER_FROM ? 'dim' : 'plain'),
});
