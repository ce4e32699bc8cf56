import type { EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEvent, tapEventStream } from '../../../src/upstream/transport/event-stream.ts';
import { createGate } from '../../../src/utils/valve.ts';

const streamOf = (chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

const read = async (body: ReadableStream<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

const tap = async (chunks: readonly Uint8Array[], maxEventLength = 1_000) => {
  const events: EventSourceMessage[] = [];
  const told: string[] = [];
  const body = tapEventStream(streamOf(chunks), {
    maxEventLength,
    gate: createGate(),
    onEvent: (event) => {
      events.push(event);
      return formatEvent(event);
    },
    onOverlong: () => told.push('overlong'),
    onEnd: () => told.push('end'),
  });
  return { passedOn: await read(body), events, told };
};

describe('a tapped stream of events', () => {
  it('passes events and the pause between attempts on', async () => {
    const text = 'retry: 50\n\nevent: message\nid: 7\ndata: one\ndata: two\n\n: comment\n\ndata: three\n\n';
    const { passedOn, events, told } = await tap([Buffer.from(text)]);
    expect(events).toMatchObject([{ event: 'message', id: '7', data: 'one\ntwo' }, { data: 'three' }]);
    expect(passedOn).toBe('retry: 50\n\nevent: message\nid: 7\ndata: one\ndata: two\n\ndata: three\n\n');
    expect(told).toEqual(['end']);
  });

  it('is read alike however its bytes are cut', async () => {
    const bytes = Buffer.from('id: 1\r\ndata: {"t":"漢😀"}\r\n\r\ndata: é\r\n\r\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 10 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        expect((await tap(chunks)).events.map(({ data }) => data)).toEqual(['{"t":"漢😀"}', 'é']);
      }),
    );
  });

  it('delivers a last event that lacks its blank line', async () => {
    expect((await tap([Buffer.from('data: last')])).events).toMatchObject([{ data: 'last' }]);
  });

  it('is ended by an event over the limit', async () => {
    const chunks = ['data: first\n\ndata: ', 'x'.repeat(800), 'x'.repeat(800), '\n\ndata: never\n\n'].map((text) =>
      Buffer.from(text),
    );
    const { events, told } = await tap(chunks);
    expect(events).toMatchObject([{ data: 'first' }]);
    expect(told).toEqual(['overlong', 'end']);
  });
});
