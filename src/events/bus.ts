import type { HubEvent } from './events.ts';

export type EventType = HubEvent['type'];

/** The event of a type. */
export type EventOf<Type extends EventType> = Extract<HubEvent, { readonly type: Type }>;

export type EventListener = (event: HubEvent) => void;

/** Carries events to whoever watches. */
export interface EventBus {
  /** Hands the event to every listener, in the order of their joining. A listener that throws is left out of it: nothing reaches the caller. */
  emit(event: HubEvent): void;
  /** Whether anybody hears of events of the type: what nobody hears of need not be made. */
  isHeard(type: EventType): boolean;
  /** Starts listening to all events; the returned function ends it. */
  listen(listener: EventListener): () => void;
  /** Starts listening to events of some types; the returned function ends it. There are many events of calls: who wants none of them costs them nothing. */
  listenTo<Type extends EventType>(types: readonly Type[], listener: (event: EventOf<Type>) => void): () => void;
}

/**
 * Makes a bus.
 * @param onListenerError told of an exception in a listener; default: nothing is told.
 */
export const createEventBus = (onListenerError: (error: unknown) => void = () => {}): EventBus => {
  /** Those of all events; and of each type that somebody listens to by itself, all who hear of it. No list is changed once it is there. */
  let general: readonly EventListener[] = [];
  const byType = new Map<EventType, readonly EventListener[]>();
  const listenersOf = (type: EventType): readonly EventListener[] => byType.get(type) ?? general;

  return {
    emit(event) {
      for (const listener of listenersOf(event.type)) {
        try {
          listener(event);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
    isHeard: (type) => listenersOf(type).length > 0,
    listen(listener) {
      let hasEnded = false;
      const own: EventListener = (event) => {
        if (!hasEnded) listener(event);
      };
      general = [...general, own];
      for (const [type, listeners] of byType) byType.set(type, [...listeners, own]);
      return () => {
        hasEnded = true;
        general = without(general, own);
        for (const [type, listeners] of byType) byType.set(type, without(listeners, own));
      };
    },
    listenTo(types, listener) {
      let hasEnded = false;
      const own: EventListener = (event) => {
        if (!hasEnded) listener(event as never);
      };
      for (const type of types) byType.set(type, [...listenersOf(type), own]);
      return () => {
        hasEnded = true;
        for (const type of types) byType.set(type, without(listenersOf(type), own));
      };
    },
  };
};

const without = (listeners: readonly EventListener[], gone: EventListener): readonly EventListener[] =>
  listeners.filter((listener) => listener !== gone);
