/**
 * What to do about values that a configuration refers to and that are not there: names of variables, and references such as
 * `${keychain:NAME}` as they are written.
 */
export const howToSet = (missing: readonly string[]): string => {
  const secrets = missing.flatMap((name) => /^\$\{keychain:(.+)\}$/.exec(name)?.[1] ?? []);
  const others = missing.filter((name) => !/^\$\{keychain:/.test(name));
  return [
    ...secrets.map((name) => `run: mcp-hub secret set ${name}`),
    ...(others.length === 0
      ? []
      : [`set ${others.join(', ')} where the hub is started, or in the file that hub.envFile names`]),
  ].join('; ');
};
