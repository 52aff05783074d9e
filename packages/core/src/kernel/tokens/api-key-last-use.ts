/**
 * When a key was last used, as far as the server sees it. Written to the store at most once a
 * minute for each key.
 */
import type { Core } from '../core.ts';
import type { ApiKey } from '../../model/entities.ts';

const everySeconds = 60;

/** Nobody waits for it, so that keys can be used if the store cannot write. */
export function recordUse(core: Core, key: ApiKey, now: number): void {
  if (key.lastUsedAt !== undefined && now - key.lastUsedAt < everySeconds) return;
  core.store.apiKeys
    .touch(key.audience, [{ id: key.id, at: now }], now)
    .catch((error: unknown) =>
      core.events.emit({ type: 'api_key.use_lost', keyId: key.id, error }),
    );
}
