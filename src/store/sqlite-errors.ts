const codeOf = (error: unknown): string => {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
};

/** The file is damaged, or no database at all. */
export const isCorruption = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));

/** Another connection holds the lock. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));

/** The file may not grow any more, or the disk is full. */
export const isFull = (error: unknown): boolean => codeOf(error) === 'SQLITE_FULL';

/** One row cannot be stored, and never will be; other rows can. */
export const isRowFault = (error: unknown): boolean =>
  /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(codeOf(error)) ||
  error instanceof TypeError ||
  error instanceof RangeError;
