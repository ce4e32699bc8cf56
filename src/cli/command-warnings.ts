import { basename } from 'node:path';
import type { DeclaredTransport } from '../config/normal-entry.ts';
import type { ProjectServer } from '../config/project-approval.ts';
import { isSteering } from '../config/steering-variable.ts';

/**
 * What deserves a look before a server is allowed to run, one short sentence each. It points things out; it is no proof that
 * the rest is harmless.
 */
export const commandWarnings = (server: ProjectServer): readonly string[] => {
  const { transport } = server;
  return [
    ...new Set([
      ...(transport.type === 'stdio' ? programWarnings(transport) : addressWarnings(transport.url)),
      ...referenceWarnings(server),
    ]),
  ];
};

type StdioTransport = DeclaredTransport & { readonly type: 'stdio' };

const programWarnings = ({ command, args, env }: StdioTransport): string[] => {
  const words = [command, ...args];
  const text = words.join(' ');
  return [
    ...WARNINGS.filter(({ pattern }) => pattern.test(text)).map(({ sentence }) => sentence),
    ...(isInterpreter(command, args) ? ['runs a program that is written in its arguments'] : []),
    ...(DOWNLOADERS.test(nameOf(command)) ? ['downloads code and runs it'] : []),
    ...(looksAround(command, args)
      ? ["looks in the project's folder for what it runs, which may change without being asked for again"]
      : []),
    ...(isLocal(words) ? ['runs a file of this project, whose content may change without being asked for again'] : []),
    ...Object.entries(env)
      .filter(([name]) => isSteering(name))
      .map(([name, value]) => `sets ${name}=${value}, which steers the programs that it starts`),
  ];
};

const WARNINGS: readonly { readonly pattern: RegExp; readonly sentence: string }[] = [
  {
    pattern: /(?:^|[\s;&|/\\])(?:sudo|doas|su|pkexec|runas)(?:\.exe)?(?=\s|$)/i,
    sentence: 'asks for the rights of the administrator (sudo)',
  },
  {
    pattern: /\brm\s+(?:\S+\s+)*-\w*[rf]|\brmdir\s+\/s|\bdel\s+\/|\bRemove-Item\b|\bmkfs\b|\bdd\s+if=/i,
    sentence: 'removes files (rm -rf)',
  },
  {
    pattern:
      /(?:^|[\s;&|/\\])(?:curl|wget|nc|ncat|netcat|ssh|scp|rsync|ftp|telnet|socat|Invoke-WebRequest|iwr)(?:\.exe)?(?=\s|$)/i,
    sentence: 'talks to the network by itself (curl, wget, ssh and such)',
  },
  { pattern: /https?:\/\//i, sentence: 'has an address of the network in its arguments' },
  {
    pattern:
      /(?:\.ssh|\.gnupg|\.aws|\.kube|\.docker|\.netrc|\.npmrc|\.pypirc|\.git-credentials|id_(?:rsa|ed25519|ecdsa)|keychain|\.mozilla|\.password-store|\/etc\/(?:passwd|shadow|sudoers)|Login Data|\.env)\b/i,
    sentence: 'names a place where secrets are kept',
  },
  {
    pattern: /docker\.sock|--privileged|--net(?:work)?[= ]host|--pid[= ]host/i,
    sentence: 'breaks out of its container (docker.sock, --privileged and such)',
  },
  {
    pattern: /(?:^|\s|=|:)(?:\/|~|~\/|[A-Za-z]:\\|\$\{(?:userHome|HOME)\})(?=\s|$|:)/,
    sentence: 'is given the whole home directory, or the whole disk',
  },
  { pattern: /[;&|`]|\$\(|>\s*\S/, sentence: 'has signs of a shell in it; the hub uses no shell, what it starts may' },
];

const nameOf = (command: string): string => basename(command.replaceAll('\\', '/')).replace(/\.(?:exe|cmd|bat)$/i, '');

const isInterpreter = (command: string, args: readonly string[]): boolean =>
  (/^(?:ba|z|da|k|fi)?sh$/.test(nameOf(command)) && args.some((arg) => /^-\w*c$/.test(arg))) ||
  (/^(?:cmd)$/i.test(nameOf(command)) && args.some((arg) => /^\/[ck]$/i.test(arg))) ||
  (/^(?:powershell|pwsh)$/i.test(nameOf(command)) &&
    args.some((arg) => /^-(?:c|command|e|enc|encodedcommand)$/i.test(arg))) ||
  (/^(?:node|deno|bun|python[\d.]*|perl|ruby|php)$/i.test(nameOf(command)) &&
    args.some((arg) => /^(?:-e|-c|-p|-r|-pe|--eval|--print|eval)$/.test(arg)));

const DOWNLOADERS = /^(?:npx|bunx|pnpx|uvx|pipx|uv|docker|podman|nix|go)$/i;

/** Programs that run what a folder's `node_modules`, `package.json`, `pyproject.toml`, Makefile or compose file says. */
const LOOKERS =
  /^(?:npx|npm|pnpm|pnpx|yarn|bun|bunx|deno|uv|uvx|poetry|pipenv|pdm|hatch|rye|g?make|just|task|rake|bundle|cargo|go|gradlew?|mvnw?|dotnet|docker-compose|podman-compose|composer|mise|direnv)$/i;

const looksAround = (command: string, args: readonly string[]): boolean => {
  const name = nameOf(command);
  if (/^(?:docker|podman)$/i.test(name)) return args.includes('compose');
  // Python puts the folder that it runs in before all others in which it looks for a module.
  if (/^(?:python[\d.]*|py)$/i.test(name)) return args.some((arg) => /^-\w*m/.test(arg));
  return LOOKERS.test(name);
};

const isLocal = ([command = '', ...args]: readonly string[]): boolean =>
  /^\.{1,2}[/\\]|[/\\]/.test(command) && !/^(?:\/|[A-Za-z]:)/.test(command)
    ? true
    : args.some((arg) => /^\.{1,2}[/\\]/.test(arg) || /^[^-/].*\.(?:[cm]?[jt]s|py|rb|sh|php|pl)$/.test(arg));

const addressWarnings = (text: string): string[] => {
  const url = URL.parse(text);
  const isLoopback = url !== null && /^(?:localhost|127\.|\[::1\])/.test(url.hostname);
  return [
    ...(url?.protocol === 'http:' && !isLoopback ? ['is asked without encryption (http:)'] : []),
    ...(isLoopback ? ['is a server on this machine'] : []),
  ];
};

/** What is taken from the person who runs it: by its command, its login, or what the hub's settings say of it. */
const referenceWarnings = ({ transport, auth, settings, fileVariables }: ProjectServer): string[] =>
  [...JSON.stringify([transport, auth, settings]).matchAll(REFERENCE)].flatMap(([, kind, name = '']) => {
    if (kind === 'file') return [`is given what stands in ${name}`];
    if (kind === 'keychain') return [`is given your secret "${name}"`];
    if (kind === 'input') return [`is given what you entered as "${name}"`];
    if (['userHome', 'workspaceFolder', 'pathSeparator', '/', ''].includes(name)) return [];
    return fileVariables.has(name)
      ? [`is given ${name} of the file that hub.envFile names, or of your environment where it is set there`]
      : [`is given ${name} of your environment`];
  });

/** The beginning of a reference, up to its end or its default: a default may hold another. */
const REFERENCE = /\$\{(?:(env|file|keychain|input):(?!-))?([^${}]*?)(?=:-|\})/g;
