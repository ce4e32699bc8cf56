import { isRecord } from '../../config/client-shapes.ts';
import { isSecretName } from '../../utils/secret-name.ts';
import { REDACTED, redactArguments, redactText, redactUrl, redactValue } from '../redact.ts';

/** A secret that stands in an entry as it is, by the name that leads to it. */
export interface ClearSecret {
  readonly server: string;
  /** The variable or header, `an argument` or `its URL`. */
  readonly place: string;
}

/** The secrets that an entry holds in clear, as far as their names and shapes show; their values are not told. */
export const secretsInClear = (server: string, entry: Readonly<Record<string, unknown>>): readonly ClearSecret[] => {
  const { env, headers, args, url } = entry;
  const tables = [env, headers].flatMap((table) => Object.entries(isRecord(table) ? table : {}));
  const words = Array.isArray(args) ? args.filter((word) => typeof word === 'string') : [];
  const open = redactArguments(words);
  const places = [
    ...tables.filter(([name, value]) => isSecret(name, value)).map(([name]) => name),
    ...(words.some((word, index) => word !== open[index]) ? ['an argument'] : []),
    ...(typeof url === 'string' && redactUrl(url) !== url ? ['its URL'] : []),
  ];
  return places.map((place) => ({ server, place }));
};

/** By its name or by its shape; a reference alone is none. */
const isSecret = (name: string, value: unknown): boolean => {
  if (typeof value !== 'string' || value === '') return false;
  return isSecretName(name) ? redactValue(value).includes(REDACTED) : redactText(value) !== value;
};
