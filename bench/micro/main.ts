/*
 * Times the work of one call inside the hub, without I/O and without JSON, in microseconds: `node bench/micro/main.ts [MS]`,
 * where MS is how long each function is repeated; default 500. Prints one line of JSON.
 */
import { measureCallWork } from './call-work.ts';

process.stdout.write(`${JSON.stringify(await measureCallWork(Number(process.argv[2] ?? 500)))}\n`);
