import type { RouteKind } from '../../config/hub-config.ts';
import type { RouteExplanation } from '../../hub/explain-route.ts';
import { printable } from '../../utils/printable.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';
import type { RouteFlags } from '../declare-call-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { columns, shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { loadServers, tellUntrusted } from '../load-servers.ts';
import { withHub } from '../with-hub.ts';

/** `route NAME`: which server answers to a name, and why. Exit 4 when none does. */
export const runRoute = async (context: CliContext, name: string, flags: RouteFlags): Promise<number> => {
  const kind = flags.kind === undefined ? guessKind(name) : parseKind(flags.kind);
  const config = await loadServers(context, flags);
  tellUntrusted(context, config);
  const explanation = await withHub(context, flags, { config }, ({ hub }) => hub.explainRoute(kind, name));
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, ...explanation }));
  else context.out(explanationText(explanation, context.env));
  return explanation.upstream === undefined ? EXIT.notFound : EXIT.ok;
};

const KINDS: readonly string[] = ['tool', 'prompt', 'resource'];

const parseKind = (kind: string): RouteKind => {
  if (KINDS.includes(kind)) return kind as RouteKind;
  throw usage(`--kind ${kind} is unknown. Allowed choices are tool, prompt, resource.`, 'like this: --kind prompt');
};

/** A name with a scheme is a URI. */
const guessKind = (name: string): RouteKind => (/^[a-z][a-z0-9+.-]*:/i.test(name) ? 'resource' : 'tool');

const explanationText = (explanation: RouteExplanation, env: NodeJS.ProcessEnv): string => {
  const { upstream, ownName, route, via } = explanation;
  const rows: string[][] = [];
  if (upstream !== undefined) rows.push(['server', printable(upstream)]);
  if (ownName !== undefined) rows.push(['own name', printable(ownName)]);
  rows.push([
    'by',
    route === undefined ? via : `${via} ${route.index + 1}: ${printable(route.match)}${placeText(route.place, env)}`,
  ]);
  rows.push(['because', printable(explanation.reason)]);
  for (const other of explanation.otherCandidates)
    rows.push(['not', `${printable(other.upstream)}: ${printable(other.reason)}`]);
  return `${explanation.kind} ${printable(explanation.name)}\n${columns(rows, '  ')}`;
};

const placeText = (
  place: { file: string; line: number; column: number } | undefined,
  env: NodeJS.ProcessEnv,
): string => (place === undefined ? '' : ` (${shortPath(place.file, env)}:${place.line}:${place.column})`);
