import type { Subject } from '../protocol/methods.ts';
import { MAX_NAME_LENGTH, matchesGlob } from './name-filter.ts';

/** One row of `hub.routes`. */
export interface RouteRow {
  readonly match: string;
  /** Default: every kind. */
  readonly kind?: Subject;
  readonly to: readonly string[];
  /** How one of several servers is chosen; default `failover`. */
  readonly strategy?: 'failover' | 'round-robin' | 'least-pending' | 'weighted';
  /** For `weighted`: a server and its weight; default 1 each. */
  readonly weights?: Readonly<Record<string, number>>;
}

/** The row that decides, and where it stands in the list, counted from 0. */
export interface Route {
  readonly index: number;
  readonly row: RouteRow;
}

export interface Router {
  /** The first row whose glob matches a name or URI as the client uses it. Answered once per name, then remembered. */
  routeOf(subject: Subject, name: string): Route | undefined;
}

const MAX_REMEMBERED = 10_000;

export const createRouter = (rows: readonly RouteRow[]): Router => {
  const remembered = new Map<string, Route | undefined>();
  return {
    routeOf(subject, name) {
      if (rows.length === 0) return undefined;
      const key = `${subject}\0${name}`;
      if (remembered.has(key)) return remembered.get(key);
      const index = rows.findIndex(
        ({ kind, match }) => (kind === undefined || kind === subject) && matchesGlob(name, [match]),
      );
      const row = rows[index];
      const route = row && { index, row };
      if (remembered.size < MAX_REMEMBERED && name.length <= MAX_NAME_LENGTH) remembered.set(key, route);
      return route;
    },
  };
};

/** What is left of a name after the literal beginning of the glob that matched it; undefined where nothing is. */
export const afterLiteral = (name: string, glob: string): string | undefined => {
  const literal = /^[^*?[\]{}()!+@|\\]*/.exec(glob)?.[0] ?? '';
  return literal !== '' && name.length > literal.length && name.startsWith(literal)
    ? name.slice(literal.length)
    : undefined;
};
