import type { ToolView } from '../source/monitor-source.ts';
import type { Control } from './control.ts';
import type { Sort } from './state.ts';

interface SortColumn {
  readonly key: string;
  readonly column: string;
  /** What is compared; text ascends, numbers descend. */
  readonly by: (tool: ToolView) => string | number;
}

/** By what tools can be sorted, and the key after `s` that does it. */
export const SORT_COLUMNS: readonly SortColumn[] = [
  { key: 'n', column: 'name', by: (tool) => tool.ownName },
  { key: 's', column: 'server', by: (tool) => tool.server },
  { key: 'c', column: 'calls', by: (tool) => tool.calls },
  { key: 'e', column: 'errors', by: (tool) => tool.errors },
  { key: '5', column: 'p50', by: (tool) => tool.latencyMs?.p50 ?? -1 },
  { key: '9', column: 'p95', by: (tool) => tool.latencyMs?.p95 ?? -1 },
  { key: 'm', column: 'max', by: (tool) => tool.latencyMs?.max ?? -1 },
  { key: 'd', column: 'definition', by: (tool) => tool.definitionBytes ?? -1 },
  { key: 'r', column: 'result', by: (tool) => tool.resultBytes ?? -1 },
  { key: 'u', column: 'used', by: (tool) => tool.lastUsedAt ?? -1 },
];

/** The tools in the order that is asked for; equals by name. */
export const sortedTools = (tools: readonly ToolView[], { column, isReversed }: Sort): ToolView[] => {
  const by = SORT_COLUMNS.find((each) => each.column === column)?.by ?? (() => 0);
  const direction = isReversed ? -1 : 1;
  return tools.toSorted((a, b) => direction * compared(by(a), by(b)) || compared(a.name, b.name));
};

/** The key after `s`. */
export const sortKey = (control: Control, key: string) => {
  const found = SORT_COLUMNS.find((each) => each.key === key);
  const { toolSort, tools } = control.state();
  if (found === undefined) return control.set({ isSorting: false });
  const sort = { column: found.column, isReversed: toolSort.column === found.column && !toolSort.isReversed };
  control.set({ isSorting: false, toolSort: sort, tools: sortedTools(tools, sort) });
};

const compared = (a: string | number, b: string | number): number => {
  if (typeof a === 'number' && typeof b === 'number') return b - a;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
};
