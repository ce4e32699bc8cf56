import { basename } from 'node:path';
import type { DeclaredTransport } from '../config/normal-entry.ts';
import { isSteering } from '../config/steering-variable.ts';

/**
 * What deserves a look before a server is allowed to run, one short sentence each. It points things out; it is no proof that
 * the rest is harmless.
 */
export const commandWarnings = (transport: DeclaredTransport): readonly string[] => [
  ...new Set([
    ...(transport.type === 'stdio' ? programWarnings(transport) : addressWarnings(transport.url)),
    ...referenceWarnings(transport),
  ]),
];

type StdioTransport = DeclaredTransport & { readonly type: 'stdio' };

const programWarnings = ({ command, args, env }: StdioTransport): string[] => {
  const words = [command, ...args];
  const text = words.join(' ');
  return [
    ...WARNINGS.filter(({ pattern }) => pattern.test(text)).map(({ sentence }) => sentence),
    ...(isInterpreter(command, args) ? ['runs a program that is written in its arguments'] : []),
    ...(DOWNLOADERS.test(nameOf(command)) ? ['downloads code and runs it'] : []),
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

/** What is taken from the person who runs it. */
const referenceWarnings = (transport: DeclaredTransport): string[] =>
  [...new Set(JSON.stringify(transport).match(/\$\{[^}]*\}/g) ?? [])].flatMap((reference) => {
    const [, kind, rest = ''] = /^\$\{(?:(env|file|keychain|input):)?([^}]*?)(?::-.*)?\}$/.exec(reference) ?? [];
    if (kind === 'file') return [`is given what stands in ${rest}`];
    if (kind === 'keychain') return [`is given your secret "${rest}"`];
    if (kind === 'input') return [`is given what you entered as "${rest}"`];
    return ['userHome', 'workspaceFolder', 'pathSeparator', '/', ''].includes(rest)
      ? []
      : [`is given ${rest} of your environment`];
  });
