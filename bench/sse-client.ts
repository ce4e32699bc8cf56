import { Agent, type IncomingMessage, request } from 'node:http';
import { readAnswers, readLines } from './answers.ts';
import { createClient, type RawClient } from './client.ts';
import { type Command, startProgram } from './program.ts';

const HOST = '127.0.0.1';
const RETRY_MS = 5;

/**
 * Starts a program that serves HTTP+SSE on a port, and speaks to it there: answers come on one stream, each request is a
 * POST. https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export const startSseClient = (command: Command, port: number, path: string): RawClient => {
  const program = startProgram(command);
  program.stdout.resume();
  const agent = new Agent({ keepAlive: true });
  const endpoint = Promise.withResolvers<string>();

  const post = async (parts: readonly Buffer[]): Promise<void> => {
    const body = Buffer.concat(parts);
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const posted = request({ host: HOST, port, path: await endpoint.promise, method: 'POST', agent, headers });
    posted.on('response', (response) => {
      response.resume();
      if ((response.statusCode ?? 0) >= 400) refuse(parts, `HTTP ${response.statusCode}`);
    });
    posted.on('error', () => {});
    posted.end(body);
  };
  const { client, onAnswer } = createClient({
    program,
    write: (...parts) => void post(parts),
    close(patienceMs) {
      agent.destroy();
      return program.terminate(patienceMs);
    },
  });
  /** What is not taken is not answered on the stream. */
  const refuse = ([head]: readonly Buffer[], message: string): void => {
    const [, id] = /"id":(\d+)$/.exec(head?.toString() ?? '') ?? [];
    const json = () => ({ error: { code: 0, message } });
    if (id !== undefined) onAnswer(Number(id), { bytes: 0, head: message, json });
  };
  const onStream = (stream: IncomingMessage): void => {
    stream.on('error', () => {});
    // It listens before it serves.
    if (stream.statusCode !== 200) {
      stream.resume();
      retry();
      return;
    }
    readLines(stream, (pieces) => {
      const [, found] = /^data: (\/\S+)/.exec(pieces[0]?.toString('latin1', 0, 200) ?? '') ?? [];
      if (found !== undefined) endpoint.resolve(found);
    });
    readAnswers(stream, onAnswer);
  };
  let isOver = false;
  void program.failed.catch(() => {
    isOver = true;
  });
  const retry = (): void => {
    if (!isOver) setTimeout(connect, RETRY_MS);
  };
  const connect = (): void =>
    void request({ host: HOST, port, path, agent, headers: { accept: 'text/event-stream' } }, onStream)
      .on('error', retry)
      .end();
  connect();
  return {
    ...client,
    close(patienceMs) {
      isOver = true;
      return client.close(patienceMs);
    },
  };
};
