/** The programs that start most servers, and how each comes onto the PATH. */
const HINTS: Readonly<Record<string, string>> = {
  npx: 'install Node with npm (https://nodejs.org), or name the full path of npx',
  node: 'install Node (https://nodejs.org), or name its full path',
  bunx: 'install Bun: https://bun.sh',
  uvx: 'install uv: https://docs.astral.sh/uv/getting-started/installation/',
  uv: 'install uv: https://docs.astral.sh/uv/getting-started/installation/',
  pipx: 'install pipx: https://pipx.pypa.io',
  docker: 'install Docker: https://docs.docker.com/get-started/get-docker/',
  podman: 'install Podman: https://podman.io',
  deno: 'install Deno: https://deno.com',
};

/** What to do where this command is not found; undefined for a command that is not widely known. */
export const installHint = (command: string): string | undefined =>
  Object.hasOwn(HINTS, command) ? HINTS[command] : undefined;
