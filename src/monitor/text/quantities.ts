/** `84 ms`, `1.2 s`, `41 s`, `2m10s`, `3h05m`; `-` where it is not known. A table wants numbers of few and equal cells. */
export const duration = (ms: number | undefined): string => {
  if (ms === undefined) return '-';
  if (ms < 0.95) return '<1 ms';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 59_500) return `${Math.round(ms / 1000)} s`;
  return longDuration(ms);
};

/** `12 s`, `12m`, `2h14`, `3d 4h`: how long something has lasted. */
export const lasted = (ms: number): string => {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h${two(minutes % 60)}` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
};

/** A running clock: `0.4 s`, `8.1 s`, `1m04s`. */
export const timer = (ms: number): string =>
  ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : longDuration(ms);

/** `950`, `4.2k`, `31k`, `2.1M`. */
export const count = (value: number | undefined): string => {
  if (value === undefined) return '-';
  if (value < 1000) return String(Math.round(value));
  if (value < 9_950) return `${(value / 1000).toFixed(1)}k`;
  return value < 999_500 ? `${Math.round(value / 1000)}k` : `${(value / 1_000_000).toFixed(1)}M`;
};

/** `86 B`, `4.1k`, `1.3M`: bytes in a narrow column; `-` where they are not known. */
export const size = (bytes: number | undefined): string => {
  if (bytes === undefined) return '-';
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 999_950 ? `${(bytes / 1000).toFixed(1)}k` : `${(bytes / 1_000_000).toFixed(1)}M`;
};

/** `97.8 %`, of what there is; `-` where there is nothing. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`;

/** Local time of day, `10:31:02`. */
export const timeOfDay = (at: number): string => {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
};

/** Local time, with the day where it is another one than that of `now`. */
export const timeAndDay = (at: number, now: number): string => {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? timeOfDay(at) : `${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeOfDay(at)}`;
};

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`. */
export const since = (at: number | undefined, now: number): string => {
  if (at === undefined) return 'never';
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} d ago`;
};

/** `1 call`, `412 calls`. */
export const counted = (value: number, noun: string): string => `${value} ${noun}${value === 1 ? '' : 's'}`;

/**
 * Tokens of tool definitions or results, by their bytes: an estimate. The quotient fits the definitions of five well-known
 * servers within 5 % of what o200k counts.
 */
export const tokensOf = (bytes: number): number => bytes / 4.65;

const longDuration = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${two(seconds % 60)}s` : `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
};

const two = (value: number): string => String(value).padStart(2, '0');
