import { checkSettings } from './check-settings.ts';
import type { RouteConfig, SourcePlace } from './hub-config.ts';
import type { ParsedText } from './parse-text.ts';
import type { ProblemList } from './problem-list.ts';
import type { RouteSettings } from './schema.ts';

/** A route, and where it stands in the list of the file, counted from 0. */
export interface PlacedRoute {
  readonly route: RouteConfig;
  readonly index: number;
}

/** The routes that are sound, in their order; the others are told. */
export const buildRoutes = async (
  rows: unknown,
  parsed: ParsedText | undefined,
  problems: ProblemList,
): Promise<readonly PlacedRoute[]> => {
  if (!Array.isArray(rows)) return [];
  const consequence = 'the route is left out';
  const routes: PlacedRoute[] = [];
  for (const [index, value] of rows.entries()) {
    const path = ['hub', 'routes', index];
    const checked = await checkSettings<RouteSettings>({
      kind: 'route',
      value,
      path,
      problems,
      consequence,
      isWhole: true,
    });
    if (checked.isSound && checked.value) routes.push({ index, route: routeOf(checked.value, parsed?.placeOf(path)) });
  }
  return routes;
};

const routeOf = (
  { match, kind, to, strategy, weights, scope }: RouteSettings,
  place: SourcePlace | undefined,
): RouteConfig => ({
  match,
  to: typeof to === 'string' ? [to] : to,
  strategy,
  ...(kind !== undefined && { kind }),
  ...(weights !== undefined && { weights }),
  ...(scope !== undefined && { scope }),
  ...(place && { place }),
});
