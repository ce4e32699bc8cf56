/** What a command's exit code says; `help exit-codes` prints the table and the codes of `errors/codes.ts` point into it. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  notFound: 4,
  unhealthy: 5,
  toolError: 6,
  interrupted: 130,
} as const;

const MEANINGS: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'it worked'],
  [EXIT.failed, 'the operation failed'],
  [EXIT.usage, 'the command was typed wrong'],
  [EXIT.config, 'the configuration is missing or invalid'],
  [EXIT.notFound, 'no such server or tool'],
  [EXIT.unhealthy, 'something is unhealthy (list --check, doctor)'],
  [EXIT.toolError, 'the tool answered that it failed (call)'],
  [EXIT.interrupted, 'interrupted by Ctrl-C (serve: 128 and the number of the signal)'],
];

/** The text of `mcp-hub help exit-codes`. */
export const exitCodesText = (): string => {
  const rows = MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return `Exit codes:\n${rows.join('\n')}\n\nWith --json an error is one object on stdout: {"schemaVersion":1,"error":{...}}\n`;
};
