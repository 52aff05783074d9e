/** The one cache of all packages. */
interface Entry<Key, Value> {
  readonly key: Key;
  readonly place: number;
  value: Value;
  isUsed: boolean;
}

/**
 * At most so many entries in use are skipped at once, so that no single caller waits for all of
 * them.
 */
const mostPassedOver = 20;

/**
 * A map with a bound: the one cache of all packages. When it is full, a new entry replaces an old
 * one that was not read since its last turn ("second chance", or CLOCK).
 *
 * No library is used, because guard and client depend on no package. A Map whose first entry is
 * deleted is too slow: it steps over everything that was deleted before its first entry.
 */
export class BoundedMap<Key, Value> {
  readonly #limit: number;
  readonly #entries = new Map<Key, Entry<Key, Value>>();
  readonly #places: Entry<Key, Value>[] = [];
  readonly #free: number[] = [];
  /** The index of the next entry to check. */
  #next = 0;

  /** Holds at most `limit` entries. With 0 it holds none. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.isUsed = true;
    return entry.value;
  }

  set(key: Key, value: Value): void {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.value = value;
      known.isUsed = true;
    } else if (this.#limit > 0) {
      const place = this.#findPlace();
      const entry = { key, place, value, isUsed: false };
      this.#places[place] = entry;
      this.#entries.set(key, entry);
    }
  }

  delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#free.push(entry.place);
  }

  #findPlace(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#places.length < this.#limit) return this.#places.length;
    for (let passed = 0; ; passed += 1) {
      const entry = this.#places[this.#next] as Entry<Key, Value>;
      this.#next = (this.#next + 1) % this.#limit;
      if (entry.isUsed && passed < mostPassedOver) {
        entry.isUsed = false;
        continue;
      }
      this.#entries.delete(entry.key);
      return entry.place;
    }
  }
}
