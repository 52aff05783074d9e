/** What a guard in a chain of middleware granted, for the handlers after it. */
import type { Access } from '../route.ts';

export interface Accesses<Key extends object, Resource, Optional extends boolean> {
  readonly keep: (key: Key, access: Access<Resource, Optional>) => void;
  /**
   * @throws Error when this guard let no such request through: it is not in front of the route that
   * asks
   */
  readonly of: (key: Key) => Access<Resource, Optional>;
}

/**
 * Kept beside the requests and not on them, so that nothing in a request can pass for an access.
 */
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
