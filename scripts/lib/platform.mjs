/** Platform and processor as Node names them, `linux-x64`. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** The C library of a Linux machine; `undefined` elsewhere. */
export const libc = () => {
  if (process.platform !== 'linux') return undefined;
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
};
