/** What a folder of src/ may import: `'all'` of another folder, or only its types. */
type Allowed = 'all' | 'types';

interface FolderRule {
  /** Imports go to lower levels only. */
  readonly level: number;
  readonly imports: Readonly<Record<string, Allowed>>;
}

const BASE = { utils: 'all', errors: 'all' } as const;
const INTERCEPTORS = { dispatch: 'all', events: 'all', protocol: 'all', config: 'types', ...BASE } as const;

/** The folders of src/, in the order in which a message needs them from the ground up. */
export const FOLDERS: Readonly<Record<string, FolderRule>> = {
  utils: { level: 0, imports: {} },
  errors: { level: 0, imports: {} },
  protocol: { level: 1, imports: BASE },
  // Secrets that the configuration refers to, and the logins of upstreams.
  vault: { level: 1, imports: BASE },
  config: { level: 2, imports: { vault: 'all', ...BASE } },
  events: { level: 2, imports: { protocol: 'all' } },
  dispatch: { level: 2, imports: { protocol: 'all', ...BASE } },
  catalog: { level: 3, imports: { dispatch: 'all', protocol: 'all', ...BASE } },
  router: { level: 3, imports: { dispatch: 'all', protocol: 'all', ...BASE } },
  policy: { level: 3, imports: INTERCEPTORS },
  resilience: { level: 3, imports: INTERCEPTORS },
  upstream: { level: 3, imports: { vault: 'all', ...INTERCEPTORS } },
  store: { level: 3, imports: { events: 'all', protocol: 'all', config: 'types', ...BASE } },
  relay: {
    level: 4,
    imports: { dispatch: 'all', events: 'all', catalog: 'all', router: 'all', protocol: 'all', ...BASE },
  },
  downstream: {
    level: 5,
    imports: {
      relay: 'all',
      catalog: 'all',
      policy: 'all',
      dispatch: 'all',
      events: 'all',
      protocol: 'all',
      config: 'types',
      ...BASE,
    },
  },
  hub: {
    level: 6,
    imports: {
      downstream: 'all',
      relay: 'all',
      catalog: 'all',
      router: 'all',
      policy: 'all',
      resilience: 'all',
      upstream: 'all',
      store: 'all',
      dispatch: 'all',
      events: 'all',
      protocol: 'all',
      config: 'all',
      vault: 'all',
      ...BASE,
    },
  },
  monitor: {
    level: 7,
    imports: { hub: 'all', store: 'all', events: 'all', protocol: 'all', config: 'types', ...BASE },
  },
  cli: {
    level: 8,
    imports: {
      monitor: 'all',
      hub: 'all',
      store: 'all',
      events: 'all',
      protocol: 'all',
      config: 'all',
      vault: 'all',
      ...BASE,
    },
  },
};

/** The folders of test/ that are named after no folder of src/. */
export const OTHER_TEST_FOLDERS: readonly string[] = [
  'architecture',
  'bench',
  'conformance',
  'contract',
  'e2e',
  'examples',
  'faults',
  'fixtures',
  'package',
  'scripts',
  'soak',
  'support',
];

/** The folders that may import a package. A package that is not here may be imported nowhere in src/. */
export const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  '@clack/prompts': ['cli'],
  '@modelcontextprotocol/client': ['upstream'],
  '@napi-rs/keyring': ['vault'],
  'better-sqlite3': ['store'],
  commander: ['cli'],
  cosmiconfig: ['config'],
  diff: ['cli'],
  'eventsource-parser': ['upstream'],
  execa: ['upstream', 'cli'],
  ink: ['monitor'],
  'ipaddr.js': ['upstream'],
  'jsonc-parser': ['config'],
  micromatch: ['router', 'config'],
  react: ['monitor'],
  'string-width': ['monitor'],
  'toml-eslint-parser': ['config'],
  yaml: ['config'],
  zod: ['config'],
};

/** Folders that do no input or output, and the modules of Node that they may import all the same; types of all are allowed. */
export const PURE_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  protocol: ['node:buffer', 'node:crypto'],
};
