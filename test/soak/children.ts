import { readdirSync, readFileSync } from 'node:fs';

/** The living children of a process whose command line has a text in it. Linux only. */
export const childrenOf = (parent: number, text: string): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return (
          state !== 'Z' && Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text)
        );
      } catch {
        return false;
      }
    });
