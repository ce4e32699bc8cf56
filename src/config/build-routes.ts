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
  const { routeSchema } = await import('./schema.ts');
  const consequence = 'the route is left out';
  return rows.flatMap((value: unknown, index) => {
    const path = ['hub', 'routes', index];
    const options = { schema: routeSchema, value, path, problems, consequence, isWhole: true };
    const checked = checkSettings<RouteSettings>(options);
    return checked.isSound && checked.value ? [{ index, route: routeOf(checked.value, parsed?.placeOf(path)) }] : [];
  });
};

const routeOf = ({ match, kind, to, strategy, scope }: RouteSettings, place: SourcePlace | undefined): RouteConfig => ({
  match,
  to: typeof to === 'string' ? [to] : to,
  strategy,
  ...(kind !== undefined && { kind }),
  ...(scope !== undefined && { scope }),
  ...(place && { place }),
});
