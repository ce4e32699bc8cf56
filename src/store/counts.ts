/** How often each key was counted. */
export type Counts = Map<string, number>;

/** Counts as text, `12:3 13:1 `: texts of which can be joined. */
export const formatCounts = (counts: Counts): string => {
  let text = '';
  for (const [key, count] of counts) text += `${key}:${count} `;
  return text;
};

/** Adds the counts of a text, or of several that were joined, to others. */
export const addCounts = (counts: Counts, text: string): void => {
  let start = 0;
  for (let end = text.indexOf(' '); end !== -1; end = text.indexOf(' ', start)) {
    const colon = text.indexOf(':', start);
    const key = text.slice(start, colon);
    counts.set(key, (counts.get(key) ?? 0) + Number(text.slice(colon + 1, end)));
    start = end + 1;
  }
};
