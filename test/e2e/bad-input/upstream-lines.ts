import { readEvilLog } from '../support/evil-log.ts';

/** What has got to the upstreams that share the file, line by line. */
export const linesOf = (evilLog: string): string[] => readEvilLog(evilLog).flatMap(({ raw }) => raw ?? []);
