/**
 * A small MCP server of the legacy era (2025-11-25 and before), built on `@modelcontextprotocol/sdk`: arithmetic as
 * tools, one slow tool that reports progress and can be cancelled, and a prompt.
 *
 *     node examples/math/server.ts
 *
 * It speaks JSON-RPC on its standard input and output, so nothing else may be printed there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

/** How long `count_primes` takes for each of its ten steps. */
const STEP_MS = 30;
const STEPS = 10;

const server = new McpServer({ name: 'math', version: '1.0.0' }, { instructions: 'Arithmetic on numbers.' });

const operands = { a: z.number().describe('The first number'), b: z.number().describe('The second number') };
const readOnly = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };

server.registerTool(
  'add',
  { title: 'Add', description: 'Adds two numbers.', inputSchema: operands, annotations: readOnly },
  ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
);

server.registerTool(
  'multiply',
  { title: 'Multiply', description: 'Multiplies two numbers.', inputSchema: operands, annotations: readOnly },
  ({ a, b }) => ({ content: [{ type: 'text', text: String(a * b) }] }),
);

server.registerTool(
  'divide',
  {
    title: 'Divide',
    description: 'Divides one whole number by another, and gives quotient and remainder.',
    inputSchema: { dividend: z.number().int(), divisor: z.number().int() },
    outputSchema: { quotient: z.number().int(), remainder: z.number().int() },
    annotations: readOnly,
  },
  ({ dividend, divisor }) => {
    // A tool that cannot do its work says so in its result: the model reads it and can try again.
    if (divisor === 0) return { content: [{ type: 'text', text: 'Cannot divide by zero.' }], isError: true };
    const answer = { quotient: Math.trunc(dividend / divisor), remainder: dividend % divisor };
    return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: answer };
  },
);

server.registerTool(
  'count_primes',
  {
    title: 'Count primes',
    description: 'Counts the primes up to a limit, slowly, and reports progress.',
    inputSchema: { limit: z.number().int().min(0).max(1_000_000) },
    outputSchema: { primes: z.number().int() },
    annotations: readOnly,
  },
  async ({ limit }, { signal, sendNotification, _meta }) => {
    let primes = 0;
    for (let step = 1; step <= STEPS; step += 1) {
      // The signal ends the wait at once when the client cancels.
      await delay(STEP_MS, undefined, { signal });
      primes += countPrimes(Math.floor((limit * (step - 1)) / STEPS) + 1, Math.floor((limit * step) / STEPS));
      if (_meta?.progressToken === undefined) continue;
      await sendNotification({
        method: 'notifications/progress',
        params: {
          progressToken: _meta.progressToken,
          progress: step,
          total: STEPS,
          message: `${primes} primes so far`,
        },
      });
    }
    return { content: [{ type: 'text', text: String(primes) }], structuredContent: { primes } };
  },
);

server.registerPrompt(
  'explain_calculation',
  {
    title: 'Explain a calculation',
    description: 'Asks for a calculation to be done with the tools and explained.',
    argsSchema: { expression: z.string().describe('For example: 17 * 3 + 4') },
  },
  ({ expression }) => ({
    description: `How ${expression} is worked out`,
    messages: [
      {
        role: 'user',
        content: {
          type: 'text',
          text: `Work out ${expression} with the math tools, and explain each step in a sentence.`,
        },
      },
    ],
  }),
);

const countPrimes = (from: number, to: number): number => {
  let primes = 0;
  for (let candidate = Math.max(2, from); candidate <= to; candidate += 1) if (isPrime(candidate)) primes += 1;
  return primes;
};

const isPrime = (candidate: number): boolean => {
  for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) if (candidate % divisor === 0) return false;
  return true;
};

await server.connect(new StdioServerTransport());
