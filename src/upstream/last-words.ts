/** Characters of a line that are worth telling. */
const MOST_CHARS = 300;

/** Lines with which programs end, and which name no cause: npm, a crash of Node, command lines of Unix. */
const EPILOGUES: readonly RegExp[] = [
  /^npm (?:error|ERR!) (?:A complete log of this run|\s{4})/,
  /^npm (?:notice|warn)\b/,
  /^Node\.js v\d/,
  /^(?:Try|See|Run) .{0,100}--help\b/,
  /^\s+at /,
  /^\s*[{}^]+\s*$/,
];

/** Of what npm says, the first line that is not about where and with which number it failed. */
const NPM_CAUSE = /^npm (?:error|ERR!) (?!code\b|errno\b|syscall\b|path\b|command\b|cwd\b|A complete log\b)\S/;

/** How Node names what was thrown, above its stack. */
const THROWN = /^(?:Uncaught )?\w*Error(?: \[\w+\])?: \S/;

/**
 * The line of a standard error that most likely says why the program ended: its last, unless the program is known to put
 * the cause further up. Undefined where nothing was said.
 */
export const lastWords = (stderr: string): string | undefined => {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const isCrash = lines.some((line) => /^Node\.js v\d/.test(line));
  const cause =
    lines.find((line) => NPM_CAUSE.test(line)) ??
    (isCrash ? lines.findLast((line) => THROWN.test(line)) : undefined) ??
    lines.findLast((line) => !EPILOGUES.some((epilogue) => epilogue.test(line))) ??
    lines.at(-1);
  return cause?.trim().slice(0, MOST_CHARS);
};
