import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors/hub-error.ts';
import type { Transport } from '../../src/upstream/transport/transport.ts';
import { createRecorder, type Recorder } from '../fixtures/transport/recorder.ts';

/** A transport whose other end is a peer that answers `echo`, `notify` and `notifications/tell`. */
export interface TransportUnderTest {
  readonly transport: Transport;
  /** Done after `start`: what the kind of transport needs before the peer may speak by itself. */
  prepare?(transport: Transport, recorder: Recorder): Promise<void>;
  /** Stops the other end. */
  stop(): Promise<void>;
}

/** What every transport does, whatever carries its messages. */
export const describeTransport = (name: string, create: () => Promise<TransportUnderTest>): void => {
  describe(`${name} transport`, () => {
    let peer: TransportUnderTest;
    let transport: Transport;
    let recorder: Recorder;

    beforeEach(async () => {
      peer = await create();
      transport = peer.transport;
      recorder = createRecorder();
    });
    afterEach(async () => {
      await transport.close();
      await peer.stop();
    });

    const start = async (): Promise<void> => {
      await transport.start(recorder);
      await peer.prepare?.(transport, recorder);
    };
    const echo = async (id: number, params: object): Promise<void> =>
      transport.send({ jsonrpc: '2.0', id, method: 'echo', params: params as never });

    it('brings an answer back with the bytes of its result', async () => {
      await start();
      await echo(1, { b: 1, a: [true, null, 'x'] });
      expect(await recorder.answer(1)).toMatchObject({
        kind: 'result',
        bytes: Buffer.from('{"b":1,"a":[true,null,"x"]}'),
        value: { b: 1, a: [true, null, 'x'] },
      });
    });

    it('keeps every character of every alphabet', async () => {
      await start();
      const text = 'é漢字😀\u0000\u2028"\\\n\t';
      await echo(2, { text });
      expect(await recorder.answer(2)).toMatchObject({ kind: 'result', value: { text } });
    });

    it('carries a message of 5 MB in both directions', async () => {
      await start();
      const text = 'x'.repeat(5_000_000);
      await echo(3, { text });
      const answer = await recorder.answer(3);
      expect(answer.kind === 'result' && answer.bytes.length).toBe(text.length + '{"text":""}'.length);
    });

    it('delivers a notification before the answer that follows it', async () => {
      await start();
      await transport.send({ jsonrpc: '2.0', id: 4, method: 'notify', params: { step: 1 } });
      await recorder.answer(4);
      expect(recorder.messages.slice(-2)).toMatchObject([
        { kind: 'notification', method: 'notifications/told', params: { step: 1 } },
        { kind: 'result' },
      ]);
    });

    it('carries notifications both ways without any request', async () => {
      await start();
      await transport.send({ jsonrpc: '2.0', method: 'notifications/tell', params: { news: 'good' } });
      const told = await recorder.message((message) => message.kind === 'notification');
      expect(told).toMatchObject({ method: 'notifications/told', params: { news: 'good' } });
    });

    it('answers many requests at once, each to its own id', async () => {
      await start();
      const ids = Array.from({ length: 100 }, (_, index) => index + 100);
      await Promise.all(ids.map((id) => echo(id, { id })));
      const answers = await Promise.all(ids.map((id) => recorder.answer(id)));
      expect(answers.map((answer) => answer.kind === 'result' && answer.value['id'])).toEqual(ids);
    });

    it('delivers nothing while it is paused, and everything when it goes on', async () => {
      await start();
      const other = await create();
      const otherRecorder = createRecorder();
      await other.transport.start(otherRecorder);
      await other.prepare?.(other.transport, otherRecorder);
      await echo(1, {});
      await recorder.answer(1);

      transport.pause?.();
      const before = recorder.messages.length;
      const sent = Promise.all([2, 3].map((id) => echo(id, { text: 'x'.repeat(1_000_000) })));
      for (let id = 1; id <= 30; id += 1) {
        await other.transport.send({ jsonrpc: '2.0', id, method: 'echo', params: { text: 'x'.repeat(1_000_000) } });
        await otherRecorder.answer(id);
      }
      expect(recorder.messages).toHaveLength(before);
      transport.resume?.();
      const answers = await Promise.all([2, 3].map((id) => recorder.answer(id)));
      expect(answers.map((answer) => answer.kind === 'result' && answer.bytes.length)).toEqual([1_000_011, 1_000_011]);
      await sent;
      await other.transport.close();
      await other.stop();
    });

    it('can be closed while it is paused', async () => {
      await start();
      transport.pause?.();
      await transport.close();
      expect(recorder.closes).toHaveLength(1);
    });

    it('is closed once, however often it is asked', async () => {
      await start();
      await Promise.all([transport.close(), transport.close()]);
      await transport.close();
      expect(recorder.closes).toHaveLength(1);
    });

    it('refuses to send once it is closed, and says that nothing was sent', async () => {
      await start();
      await transport.close();
      const failure = await echo(5, {}).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(HubError);
      expect(failure).toMatchObject({ code: 'UPSTREAM_CLOSED', sent: false });
    });

    it('can be closed before it was started', async () => {
      await transport.close();
      expect(recorder.closes).toHaveLength(0);
    });
  });
};
