import type { HubEvent } from './events.ts';

export type EventListener = (event: HubEvent) => void;

/** Carries events to whoever watches. */
export interface EventBus {
  /** Hands the event to every listener, in the order of their joining. A listener that throws is left out of it: nothing reaches the caller. */
  emit(event: HubEvent): void;
  /** Starts listening; the returned function ends it. */
  listen(listener: EventListener): () => void;
}

/**
 * Makes a bus.
 * @param onListenerError told of an exception in a listener; default: nothing is told.
 */
export const createEventBus = (onListenerError: (error: unknown) => void = () => {}): EventBus => {
  const listeners = new Set<EventListener>();
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
