import type { PlacedRoute } from './build-routes.ts';
import { createCoverTest, globFault } from './glob-check.ts';
import type { RouteConfig } from './hub-config.ts';
import type { Report } from './problem-list.ts';
import { didYouMean } from './problem-sentences.ts';

/** What is wrong between the routes: bad globs, unknown servers, and rows that earlier rows leave nothing for. */
export const findRouteConflicts = (routes: readonly PlacedRoute[], names: readonly string[]): readonly Report[] => {
  const covers = createCoverTest();
  const sound = new Set(routes.filter(({ route }) => globFault(route.match) === undefined));
  return routes.flatMap((placed, position) => {
    const earlier = routes.slice(0, position).filter((other) => sound.has(other));
    const shadow = earlier.find(({ route }) => takesAll(route, placed.route, covers));
    return [...globProblems(placed), ...unknownTargets(placed, names), ...(shadow ? [shadowed(placed, shadow)] : [])];
  });
};

const warning = (path: Report['path'], message: string): Report => ({ severity: 'warning', path, message });
const pathOf = ({ index }: PlacedRoute, ...rest: readonly (string | number)[]) => ['hub', 'routes', index, ...rest];

const globProblems = (placed: PlacedRoute): readonly Report[] => {
  const fault = globFault(placed.route.match);
  return fault === undefined ? [] : [warning(pathOf(placed, 'match'), `"${placed.route.match}" ${fault}`)];
};

const unknownTargets = (placed: PlacedRoute, names: readonly string[]): readonly Report[] =>
  placed.route.to
    .filter((name) => !names.includes(name))
    .map((name) =>
      warning(pathOf(placed, 'to'), `names "${name}", which is no server of this file${didYouMean(name, names)}`),
    );

const shadowed = (placed: PlacedRoute, { route, index }: PlacedRoute): Report => {
  const first = `hub.routes[${index}]${route.place ? ` (line ${route.place.line})` : ''}`;
  const message =
    route.match === placed.route.match
      ? `repeats ${first}, which decides; remove one`
      : `never matches: ${first} takes all that "${placed.route.match}" matches; move it up or remove it`;
  return warning(pathOf(placed), message);
};

const takesAll = (
  earlier: RouteConfig,
  later: RouteConfig,
  covers: (wide: string, narrow: string) => boolean,
): boolean =>
  (earlier.kind === undefined || earlier.kind === later.kind) &&
  (earlier.scope === undefined || earlier.scope === later.scope) &&
  covers(earlier.match, later.match);
