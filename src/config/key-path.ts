/** A path of keys as a person writes it: `hub.routes[2].to`, `mcpServers["my server"].env`. */
export const formatPath = (path: readonly (string | number)[]): string =>
  path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    if (!/^[\w$-]+$/.test(segment)) return `${text}[${JSON.stringify(segment)}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');
