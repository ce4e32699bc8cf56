/**
 * One process between a client and a server that only joins their byte streams: `node pipe.mjs COMMAND [ARGUMENT...]`. What
 * one more hop costs at least.
 */
import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });

process.stdin.pipe(child.stdin);
child.stdout.pipe(process.stdout);
child.on('exit', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
