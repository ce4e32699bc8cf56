/**
 * The moment of a date of ISO 8601, in milliseconds since the epoch; undefined where the text is none. A date without a time
 * is midnight of the person's own day, where `Date.parse` would take UTC.
 */
export const parseDate = (text: string): number | undefined => {
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ].+)?$/.test(text)) return undefined;
  const time = Date.parse(text.length === 10 ? `${text}T00:00` : text);
  return Number.isNaN(time) ? undefined : time;
};
