/**
 * Whether a text matches a glob: `*` is any text, `?` any one character, case does not matter. It takes time in proportion
 * to the lengths multiplied at most, whatever the pattern.
 */
export const matchesGlob = (text: string, glob: string): boolean => {
  const pattern = glob.toLowerCase();
  const subject = text.toLowerCase();
  let at = 0;
  let place = 0;
  let star = -1;
  let mark = 0;
  while (at < subject.length) {
    if (pattern[place] === '*') {
      star = place;
      place += 1;
      mark = at;
    } else if (pattern[place] === '?' || pattern[place] === subject[at]) {
      place += 1;
      at += 1;
    } else if (star >= 0) {
      place = star + 1;
      mark += 1;
      at = mark;
    } else {
      return false;
    }
  }
  while (pattern[place] === '*') place += 1;
  return place === pattern.length;
};
