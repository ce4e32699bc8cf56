const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Takes the white space between the tokens of a JSON text away, so that it fits on one line; strings, numbers and the
 * order of members keep their bytes. The text must be valid JSON: it has been through `JSON.parse`.
 */
export const compactJson = (bytes: Uint8Array): Buffer => {
  const compact = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let isInString = false;
  for (let position = 0; position < bytes.length; position += 1) {
    const byte = bytes[position] as number;
    if (!isInString && isSpace(byte)) continue;
    compact[length] = byte;
    length += 1;
    if (byte === QUOTE) isInString = !isInString;
    else if (isInString && byte === BACKSLASH) {
      position += 1;
      compact[length] = bytes[position] as number;
      length += 1;
    }
  }
  return compact.subarray(0, length);
};

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
