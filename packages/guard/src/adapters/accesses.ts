/** What a guard in the middle of a chain granted, for the handlers behind it. */
import type { Access } from '../route.ts';

export interface Accesses<Key extends object, Resource, Optional extends boolean> {
  readonly keep: (key: Key, access: Access<Resource, Optional>) => void;
  /**
   * @throws Error when this guard let no such request through: it is not in front of the route that
   * asks
   */
  readonly of: (key: Key) => Access<Resource, Optional>;
}

/** Beside the requests, never on them: nothing that a request carries can pass for an access. */
export function createAccesses<Key extends object, Resource, Optional extends boolean>(): Accesses<
  Key,
  Resource,
  Optional
> {
  const granted = new WeakMap<Key, Access<Resource, Optional>>();
  return {
    keep: (key, access) => void granted.set(key, access),
    of(key) {
      const access = granted.get(key);
      if (access === undefined) throw new Error('This guard is not in front of this route.');
      return access;
    },
  };
}
