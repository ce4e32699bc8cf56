const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENERS = new Set([0x7b, 0x5b]);
const CLOSERS = new Set([0x7d, 0x5d]);

/**
 * The bytes of a member of the outermost object of `line`, as they stand there, without white space around them. It knows
 * nothing of the hub's own scanner, so that it can judge it.
 * @throws Error when there is no such member.
 */
export const memberBytes = (line: Buffer, name: string): Buffer => {
  let at = line.indexOf(0x7b) + 1;
  for (;;) {
    at = skipSpace(line, at);
    if (line[at] !== QUOTE) throw new Error(`no member "${name}" in ${line.subarray(0, 200).toString()}`);
    const keyEnd = endOfString(line, at);
    const key = JSON.parse(line.subarray(at, keyEnd).toString()) as string;
    const start = skipSpace(line, skipSpace(line, keyEnd) + 1);
    const end = endOfValue(line, start);
    if (key === name) return line.subarray(start, end);
    at = skipSpace(line, end) + 1;
  }
};

const skipSpace = (line: Buffer, from: number): number => {
  let at = from;
  while (line[at] === 0x20 || line[at] === 0x09 || line[at] === 0x0d) at += 1;
  return at;
};

const endOfString = (line: Buffer, from: number): number => {
  let at = from + 1;
  while (line[at] !== QUOTE) {
    if (at >= line.length) throw new Error('a string does not end');
    at += line[at] === BACKSLASH ? 2 : 1;
  }
  return at + 1;
};

const endOfValue = (line: Buffer, from: number): number => {
  if (line[from] === QUOTE) return endOfString(line, from);
  let at = from;
  let depth = 0;
  for (;;) {
    const byte = line[at];
    if (byte === undefined) throw new Error('a value does not end');
    if (byte === QUOTE) {
      at = endOfString(line, at);
      continue;
    }
    if (depth === 0 && (byte === 0x2c || CLOSERS.has(byte) || byte === 0x20)) return at;
    if (OPENERS.has(byte)) depth += 1;
    if (CLOSERS.has(byte)) depth -= 1;
    at += 1;
    if (depth === 0 && CLOSERS.has(byte)) return at;
  }
};
