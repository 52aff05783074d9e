/**
 * When a secret was last used, so that an administrator can see when the former one of two is no
 * longer used. Reported to the store at most once in ten minutes for each secret and process. No
 * request waits for it.
 */
import { BoundedMap } from '@keywright/jwt';
import type { Events, Store } from '../../model/ports.ts';
import type { SecretUses } from '../../model/services.ts';

export const secretUseSeconds = 600;
const mostRemembered = 10_000;

export function createSecretUses({ clients }: Pick<Store, 'clients'>, events: Events): SecretUses {
  const recordedAt = new BoundedMap<string, number>(mostRemembered);
  return {
    record(clientId, secretId, now) {
      const before = recordedAt.get(secretId);
      if (before !== undefined && now - before < secretUseSeconds) return;
      recordedAt.set(secretId, now);
      // A store that cannot write must not keep good secrets from being used.
      clients
        .touchSecret(clientId, secretId, now)
        .catch((error: unknown) =>
          events.emit({ type: 'client_secret.use_lost', clientId, secretId, error }),
        );
    },
  };
}
