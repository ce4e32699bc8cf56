/** Longer names are of no use to a person who reads a sentence. */
const MAX_NAME_CHARACTERS = 200;

/** The name as it stands in a sentence: its beginning alone where it is too long to be read. */
export const shortened = (name: string): string =>
  name.length <= MAX_NAME_CHARACTERS ? name : `${name.slice(0, MAX_NAME_CHARACTERS)}...`;
