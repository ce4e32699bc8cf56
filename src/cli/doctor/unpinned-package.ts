import { parse } from 'node:path';

/** A package that a command line fetches in no certain version. */
export interface UnpinnedPackage {
  /** As it was written. */
  readonly package: string;
  readonly runner: string;
  /** How to find the version to write. */
  readonly fix: string;
}

/** A command line of a program that fetches packages and runs them: which words before the package are its own. */
interface Runner {
  /** The words that begin it, `npm exec`. */
  readonly words: readonly string[];
  /** Options whose next word is their value. */
  readonly valued: readonly string[];
  /** Options that name the package; then no word does. */
  readonly named?: readonly string[];
  readonly kind: 'npm' | 'pypi' | 'image';
}

const NPM_VALUED = ['-c', '--call', '--registry', '-w', '--workspace', '--cache', '--prefix'];
const NPM_NAMED = ['-p', '--package'];
const UV_VALUED = ['-p', '--python', '--with', '--index-url', '-i', '--extra-index-url', '--directory', '--index'];

const RUNNERS: readonly Runner[] = [
  { words: ['npx'], valued: NPM_VALUED, named: NPM_NAMED, kind: 'npm' },
  { words: ['npm', 'exec'], valued: NPM_VALUED, named: NPM_NAMED, kind: 'npm' },
  { words: ['npm', 'x'], valued: NPM_VALUED, named: NPM_NAMED, kind: 'npm' },
  { words: ['bunx'], valued: [], named: NPM_NAMED, kind: 'npm' },
  { words: ['bun', 'x'], valued: [], named: NPM_NAMED, kind: 'npm' },
  { words: ['pnpx'], valued: [], named: ['--package'], kind: 'npm' },
  { words: ['pnpm', 'dlx'], valued: [], named: ['--package'], kind: 'npm' },
  { words: ['yarn', 'dlx'], valued: [], named: NPM_NAMED, kind: 'npm' },
  { words: ['uvx'], valued: UV_VALUED, named: ['--from'], kind: 'pypi' },
  { words: ['uv', 'tool', 'run'], valued: UV_VALUED, named: ['--from'], kind: 'pypi' },
  { words: ['pipx', 'run'], valued: ['--python', '--index-url', '-i'], named: ['--spec'], kind: 'pypi' },
  { words: ['docker', 'run'], valued: [], kind: 'image' },
  { words: ['docker', 'container', 'run'], valued: [], kind: 'image' },
  { words: ['podman', 'run'], valued: [], kind: 'image' },
];

/** The package that a command line fetches without saying which version; undefined where it says so, or fetches none. */
export const unpinnedPackage = (words: readonly string[]): UnpinnedPackage | undefined => {
  const line = withoutWrapper(words);
  const runner = RUNNERS.find((candidate) => candidate.words.every((word, index) => wordAt(line, index) === word));
  if (runner === undefined) return undefined;
  const name = packageOf(runner, line.slice(runner.words.length));
  if (name === undefined || isPinned(runner.kind, name)) return undefined;
  return { package: name, runner: runner.words.join(' '), fix: fixOf(runner.kind, name) };
};

/** A package that comes from a variable may well be pinned there. */
export const isReference = (name: string): boolean => name.includes('${');

/** `cmd /c npx ...` is how Windows starts a script. */
const withoutWrapper = (words: readonly string[]): readonly string[] =>
  wordAt(words, 0) === 'cmd' && /^\/c$/i.test(words[1] ?? '') ? words.slice(2) : words;

/** The first word is a program, possibly with its folder and ending. */
const wordAt = (words: readonly string[], index: number): string | undefined => {
  const word = words[index];
  return index > 0 || word === undefined ? word : parse(word.replaceAll('\\', '/')).name;
};

const packageOf = ({ kind, valued, named = [] }: Runner, args: readonly string[]): string | undefined => {
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg === '--') return args[index + 1];
    if (!arg.startsWith('-')) return arg;
    const [option = '', value] = arg.split('=', 2);
    if (named.includes(option)) return value ?? args[index + 1];
    if (value === undefined && (kind === 'image' ? takesValue(option) : valued.includes(option))) index += 1;
  }
  return undefined;
};

/** Options of `docker run` without a value; all others have one (https://docs.docker.com/reference/cli/docker/container/run/). */
const IMAGE_SWITCHES: ReadonlySet<string> = new Set([
  ...['--detach', '--disable-content-trust', '--help', '--init', '--interactive', '--no-healthcheck'],
  ...['--oom-kill-disable', '--privileged', '--publish-all', '--quiet', '--read-only', '--rm', '--sig-proxy', '--tty'],
  ...['--use-api-socket', '--replace'],
]);

const takesValue = (option: string): boolean => !IMAGE_SWITCHES.has(option) && !/^-[ditPq]+$/.test(option);

const isPinned = (kind: Runner['kind'], name: string): boolean => {
  switch (kind) {
    case 'npm':
      // A folder or an archive on this machine; a commit of a repository; an exact version.
      return (
        /^(?:\.{0,2}[\\/]|~|file:|[A-Za-z]:\\)/.test(name) ||
        /#[0-9a-f]{7,40}$/.test(name) ||
        /.@\d+\.\d+\.\d+/.test(name)
      );
    case 'pypi':
      return /^(?:\.{0,2}[\\/]|~|[A-Za-z]:\\)/.test(name) || /===?\s*\d|.@\d|\.whl$|@[0-9a-f]{7,40}$/.test(name);
    case 'image':
      return name.includes('@sha256:') || (/:[^/]+$/.test(name) && !name.endsWith(':latest'));
  }
};

const fixOf = (kind: Runner['kind'], name: string): string => {
  const edit = '(mcp-hub config edit)';
  switch (kind) {
    case 'npm': {
      const bare = name.replace(/(.)@[^@/]*$/, '$1');
      return `npm view ${bare} version tells the newest; write ${bare}@VERSION ${edit}`;
    }
    case 'pypi': {
      const bare = name.replace(/(?:@|[<>=!~]).*$/, '');
      return `pip index versions ${bare} tells the newest; write ${bare}==VERSION ${edit}`;
    }
    case 'image': {
      const bare = name.replace(/:latest$/, '');
      return `write ${bare}:TAG or ${bare}@sha256:DIGEST; docker inspect ${name} shows the digest ${edit}`;
    }
  }
};
