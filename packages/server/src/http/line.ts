/** A first-in first-out queue that does not move its elements. */
export interface Line<T> {
  readonly size: number;
  readonly first: T | undefined;
  add(last: T): void;
  dropFirst(): void;
}

export function createLine<T>(): Line<T> {
  let waiting: T[] = [];
  let first = 0;
  return {
    get size() {
      return waiting.length - first;
    },
    get first() {
      return waiting[first];
    },
    add: (last) => void waiting.push(last),
    dropFirst() {
      first += 1;
      if (first < waiting.length && (first < 1000 || first * 2 < waiting.length)) return;
      waiting = waiting.slice(first);
      first = 0;
    },
  };
}
