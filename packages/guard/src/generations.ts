/**
 * A bounded map without bookkeeping: two generations, the younger filled up to half of the limit, the older dropped as a
 * whole. What is found in the older one moves up, so what is in use stays. (Deleting the oldest entry one by one makes a
 * Map step over everything that was deleted before it.)
 */
export interface Generations<Value> {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  delete(name: string): void;
}

/** Holds at most `limit` values, and at least the newest half of them. With 0 or 1 it holds none. */
export function createGenerations<Value>(limit: number): Generations<Value> {
  const half = Math.floor(limit / 2);
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();

  function set(name: string, value: Value): void {
    if (half === 0) return;
    if (young.size >= half) {
      old = young;
      young = new Map();
    }
    young.set(name, value);
  }

  return {
    set,
    get(name) {
      const found = young.get(name);
      if (found !== undefined) return found;
      const older = old.get(name);
      if (older !== undefined) set(name, older);
      return older;
    },
    delete(name) {
      young.delete(name);
      old.delete(name);
    },
  };
}
