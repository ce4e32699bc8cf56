import { describe, expect, test } from 'vitest';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent } from '../../src/events/events.ts';

const problem: HubEvent = { type: 'problem', message: 'no', at: 1 };
const stopped: HubEvent = { type: 'hub.stopped', reason: 'it ends', at: 2 };

describe('the bus', () => {
  test('hands an event to those who listen to its type and to those who listen to all, in the order of their joining', () => {
    const bus = createEventBus();
    const heard: string[] = [];
    bus.listen(({ type }) => heard.push(`first ${type}`));
    bus.listenTo(['problem'], ({ message }) => heard.push(`second ${message}`));
    bus.listen(({ type }) => heard.push(`third ${type}`));
    bus.emit(problem);
    bus.emit(stopped);
    expect(heard).toEqual(['first problem', 'second no', 'third problem', 'first hub.stopped', 'third hub.stopped']);
  });

  test('hands nothing to who has ended its listening, nor to who was made to end it by another one of the same event', () => {
    const bus = createEventBus();
    const heard: string[] = [];
    const stop = bus.listen(() => {
      heard.push('once');
      stop();
    });
    const stopTyped = bus.listenTo(['problem', 'hub.stopped'], ({ type }) => heard.push(type));
    bus.emit(problem);
    stopTyped();
    bus.emit(problem);
    bus.emit(stopped);
    expect(heard).toEqual(['once', 'problem']);
    bus.listen(() => stopLater());
    const stopLater = bus.listen(() => heard.push('not heard'));
    bus.emit(problem);
    expect(heard).toEqual(['once', 'problem']);
  });

  test('knows whether anybody hears of a type', () => {
    const bus = createEventBus();
    expect(bus.isHeard('problem')).toBe(false);
    const stopTyped = bus.listenTo(['problem'], () => {});
    expect([bus.isHeard('problem'), bus.isHeard('hub.stopped')]).toEqual([true, false]);
    stopTyped();
    const stop = bus.listen(() => {});
    expect([bus.isHeard('problem'), bus.isHeard('hub.stopped')]).toEqual([true, true]);
    stop();
    expect([bus.isHeard('problem'), bus.isHeard('hub.stopped')]).toEqual([false, false]);
  });

  test('keeps the fault of a listener from the others and from who emits', () => {
    const faults: unknown[] = [];
    const bus = createEventBus((error) => faults.push(error));
    const heard: string[] = [];
    const fault = new Error('a listener failed');
    bus.listen(() => {
      throw fault;
    });
    bus.listen(({ type }) => heard.push(type));
    bus.emit(problem);
    expect([heard, faults]).toEqual([['problem'], [fault]]);
  });
});
