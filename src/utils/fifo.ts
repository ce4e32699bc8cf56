export interface Fifo<T> {
  readonly size: number;
  push(item: T): void;
  shift(): T | undefined;
  /** The item at a place counted from the front. */
  at(index: number): T | undefined;
  replace(index: number, item: T): void;
}

/** What has been taken is cut off when there is as much of it as of the rest, so that each item is moved once on average. */
const MIN_CUT = 1024;

/** A queue whose front is taken at the same small cost however long it is, unlike that of an array. */
export const createFifo = <T>(): Fifo<T> => {
  let items: Array<T | undefined> = [];
  let front = 0;
  return {
    get size() {
      return items.length - front;
    },
    push(item) {
      items.push(item);
    },
    shift() {
      if (front === items.length) return undefined;
      const item = items[front];
      items[front] = undefined;
      front += 1;
      if (front >= MIN_CUT && front * 2 >= items.length) {
        items = items.slice(front);
        front = 0;
      }
      return item;
    },
    at: (index) => items[front + index],
    replace(index, item) {
      items[front + index] = item;
    },
  };
};
