import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { validateConfig } from '../../src/config/validate.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createLineSplitter } from '../../src/protocol/framing.ts';
import { parseLossless } from '../../src/protocol/json.ts';
import { type ParseOutcome, parseMessage } from '../../src/protocol/parse.ts';
import { createBreakerState, type Verdict } from '../../src/resilience/breaker-state.ts';
import { createTurns } from '../../src/upstream/turns.ts';
import { Cancellation } from '../../src/utils/cancellation.ts';
import { createFolder } from '../config/folder.ts';

/** Keys that have misled programs, beside any text. */
const key = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 8 }) },
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', ''),
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => {
      const object = Object.create(null) as Record<string, unknown>;
      for (const [name, value] of entries)
        Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
      return object;
    }),
  ),
})).value;

/** A line of a client: a message, or what is none. */
const line = fc.oneof(
  fc
    .record({ id: fc.oneof(fc.integer(), fc.string()), method: fc.string({ minLength: 1 }), params: json })
    .map((message) => JSON.stringify({ jsonrpc: '2.0', ...message })),
  json.map((value) => JSON.stringify(value)),
  fc.string().map((text) => text.replaceAll('\n', ' ')),
);

const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const size = 1 + (sizes[index % Math.max(1, sizes.length)] ?? 0);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
};

test('P1 any chunking of a stream of bytes gives the same messages', () => {
  const messagesOf = (pieces: readonly Buffer[]): unknown[] => {
    const outcomes: ParseOutcome[] = [];
    const splitter = createLineSplitter({
      maxLineBytes: 10_000,
      onLine: (bytes) => outcomes.push(parseMessage(Buffer.from(bytes))),
      onOverflow: () => {},
    });
    for (const piece of pieces) splitter.push(piece);
    splitter.end();
    return outcomes.map((outcome) =>
      JSON.stringify(outcome, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    );
  };
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(30), { maxLength: 20 }), (lines, sizes) => {
      const bytes = Buffer.from(lines.join('\n'));
      const whole = messagesOf([bytes]);
      expect(messagesOf(cut(bytes, sizes))).toEqual(whole);
      expect(messagesOf(cut(bytes, [0]))).toEqual(whole);
    }),
  );
});

describe('P3 what stands between calls and a server does as its model', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Verdict>('failed', 'failed', 'answered', 'neither') },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }) },
  );

  test('P3 the breaker', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let now = 0;
        const told: string[] = [];
        const state = createBreakerState({ now: () => now, random: () => 0.5, onPhase: (phase) => told.push(phase) });
        // The model: every end of a call since it closed, with the slot of ten seconds that it fell into.
        const model = { phase: 'closed', row: 0, opened: 0, until: 0, ends: [] as { slot: number; failed: boolean }[] };
        const openIt = (): void => {
          model.until = now + Math.min(300_000, 5_000 * 2 ** model.opened);
          model.opened += 1;
          model.phase = 'open';
        };
        for (const one of steps) {
          if (typeof one === 'number') {
            now += one;
            continue;
          }
          if (model.phase === 'open' && now >= model.until) {
            expect(state.waitMs()).toBe(0);
            state.beginProbe();
            state.settleProbe(one, 'x');
            if (one === 'failed') openIt();
            if (one === 'answered') Object.assign(model, { phase: 'closed', row: 0, opened: 0, ends: [] });
          } else if (model.phase === 'closed') {
            expect(state.isClosed).toBe(true);
            state.settle(one, 'x');
            if (one !== 'neither') {
              const slot = Math.floor(now / 10_000);
              model.ends = [...model.ends, { slot, failed: one === 'failed' }].filter((end) => end.slot > slot - 6);
              model.row = one === 'failed' ? model.row + 1 : 0;
              const failures = model.ends.filter(({ failed }) => failed).length;
              const isBad = model.ends.length >= 10 && failures >= model.ends.length / 2;
              if (model.row >= 5 || (one === 'failed' && isBad)) openIt();
            }
          }
          expect(state.isClosed).toBe(model.phase === 'closed');
          if (model.phase === 'open') expect(state.waitMs()).toBe(Math.max(0, model.until - now));
        }
        // It never opens twice without trying in between, and never closes without having tried.
        for (const [index, phase] of told.entries()) {
          if (phase === 'closed') expect(told[index - 1]).toBe('half-open');
          if (phase === 'open') expect(told[index - 1]).not.toBe('open');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('P3 the turns: never more than may be with it, none lost, in the order of their coming', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('call', 'call', 'end', 'cancel'), { maxLength: 60 }),
        async (maxConcurrent, steps) => {
          const turns = createTurns({ name: 'x', maxConcurrent, callMs: 60_000, maxPending: 12 });
          const active: number[] = [];
          const begun: number[] = [];
          const waiting = new Map<number, { signal: Cancellation; settled: Promise<void> }>();
          let refused = 0;
          let sent = 0;
          let ended = 0;
          let cancelled = 0;
          for (const one of steps) {
            if (one === 'call') {
              const id = sent;
              sent += 1;
              if (turns.take(1)) {
                active.push(id);
                begun.push(id);
              } else {
                const signal = new Cancellation();
                const call = { bytesIn: 1, signal, target: { upstream: 'x', qualifiedName: 'x__y', ownName: 'y' } };
                const settled = turns.wait(call).then((turn) => {
                  waiting.delete(id);
                  if (turn instanceof HubError) {
                    if (signal.aborted) cancelled += 1;
                    else refused += 1;
                  } else {
                    active.push(id);
                    begun.push(id);
                  }
                });
                waiting.set(id, { signal, settled });
              }
            } else if (one === 'end' && active.length > 0) {
              active.shift();
              ended += 1;
              turns.end(1);
            } else if (one === 'cancel') {
              const [first] = waiting.values();
              first?.signal.abort(new HubError('CANCELLED', 'x'));
            }
            await new Promise(setImmediate);
            expect(active.length).toBeLessThanOrEqual(maxConcurrent);
            // Nobody waits while there is a turn to be had.
            if (waiting.size > 0) expect(active.length).toBe(maxConcurrent);
          }
          expect(active.length + waiting.size + refused + ended + cancelled).toBe(sent);
          expect([...begun].sort((first, second) => first - second)).toEqual(begun);
          for (const { signal } of waiting.values()) signal.abort(new HubError('CANCELLED', 'x'));
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('P4 what is written and read again is the same, whatever its keys are called', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(parseLossless(text))).toBe(text);
      const message = parseMessage(Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"value":${text}}}`));
      if (message.ok && message.message.kind === 'request')
        expect(JSON.stringify(message.message.params)).toBe(`{"value":${text}}`);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    }),
    { numRuns: 500 },
  );
});

test('P5 any value in any place of a configuration gives a configuration or an error of the hub', async () => {
  const folder = await createFolder();
  const place = fc.constantFrom(
    ['mcpServers'],
    ['mcpServers', 'a'],
    ...['command', 'args', 'env', 'cwd', 'url', 'type', 'headers', 'disabled'].map((name) => ['mcpServers', 'a', name]),
    ['hub'],
    ...['servers', 'routes', 'timeouts', 'limits', 'log', 'cache', 'http', 'separator', 'maxNameLength', 'envFile'].map(
      (name) => ['hub', name],
    ),
    ...['tools', 'timeouts', 'retry', 'breaker', 'prefix', 'rename', 'maxConcurrent'].map((name) => [
      'hub',
      'servers',
      'a',
      name,
    ]),
    ['hub', 'routes', '0', 'to'],
    ['hub', 'timeouts', 'callMs'],
    ['hub', 'log', 'redact'],
  );
  await fc.assert(
    fc.asyncProperty(place, json, async (path, value) => {
      const root: Record<string, unknown> = { mcpServers: { a: { command: 'x' } }, hub: {} };
      let at = root;
      for (const name of path.slice(0, -1)) {
        at[name] = { ...(at[name] as object) };
        at = at[name] as Record<string, unknown>;
      }
      at[path.at(-1) as string] = value;
      const options = {
        configFile: await folder.write('config.json', JSON.stringify(root)),
        env: {},
        cwd: folder.path,
      };
      const config = await loadConfig(options).catch((error: unknown) => error);
      if (config instanceof Error) expect(config).toMatchObject({ name: 'HubError', code: 'CONFIG_INVALID' });
      await validateConfig(options);
    }),
    { numRuns: 300 },
  );
});
