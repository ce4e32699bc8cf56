/** What `mcp-hub serve` was asked for, and where. */
export interface ServeOptions {
  readonly configFile?: string;
  /** Serve only these upstreams. */
  readonly only?: readonly string[];
  /** Whether calls are written to the log. */
  readonly log: boolean;
  readonly logLevel?: string;
  /** Serve on HTTP; on standard input and output as well only where `stdio` says so. */
  readonly http?: { readonly port: number; readonly host?: string; readonly auth: boolean; readonly stdio: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Writes to standard error. */
  readonly err: (text: string) => void;
}

/** What may be told on stderr. */
export const LOG_LEVELS: readonly string[] = ['error', 'warning', 'info', 'debug'];

/** The value of `--only`, which may be given again. */
export const splitNames = (value: string, previous: readonly string[] | undefined): string[] => [
  ...(previous ?? []),
  ...value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
];
