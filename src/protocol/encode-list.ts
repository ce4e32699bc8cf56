import type { JsonObject } from './json.ts';

/** The bytes of `{"member":[...definitions], ...others}`; the definitions keep their bytes. */
export const encodeListBody = (member: string, definitions: readonly Buffer[], others: JsonObject = {}): Buffer => {
  const pieces = definitions.flatMap((bytes, index) => (index === 0 ? [bytes] : [COMMA, bytes]));
  const rest = JSON.stringify(others).slice(1, -1);
  const end = Buffer.from(rest === '' ? ']}' : `],${rest}}`);
  return Buffer.concat([Buffer.from(`{${JSON.stringify(member)}:[`), ...pieces, end]);
};

const COMMA = Buffer.from(',');
