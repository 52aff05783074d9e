/**
 * Seals one row again. Any key may open it, and the current key seals it if another one did.
 * Purpose and context are those of the file that seals it.
 */
import { openedSecrets } from '../kernel/clients/authentication/client-secret-jwt.ts';
import { purpose as pingPurpose, requestOfPing } from '../kernel/deferred/ping.ts';
import { isMail, purpose as mailPurpose } from '../kernel/mail/mail.ts';
import { purpose as pushedPurpose } from '../features/authorization/pushed.ts';
import { purpose as successorPurpose } from '../kernel/tokens/refresh-token.ts';
import { purpose as signingPurpose } from '../kernel/keys/private-keys.ts';
import { secretPurpose } from '../kernel/accounts/second-factor.ts';
import type { ClientSecret } from '../model/entities.ts';
import type { Vault } from '../model/ports.ts';
import type { SealedPlace, SealedRow } from '../model/seal-ports.ts';

/** Longer than any retry window in seconds (`refresh_retry_seconds`). */
const longestRetrySeconds = 3600;

/** The keys for sealing again. `now` is in seconds since 1970. */
export interface Resealing {
  /** Opens only with the current key. */
  readonly current: Pick<Vault, 'seal' | 'unseal'>;
  /** Also opens with the other keys. */
  readonly any: Pick<Vault, 'unseal'>;
  readonly now: number;
}

export type Resealed =
  /** The current key opens it. */
  | { readonly outcome: 'current' }
  | { readonly outcome: 'resealed'; readonly value: string | undefined }
  /** No key that there is opens it. */
  | { readonly outcome: 'closed' };

const current = { outcome: 'current' } as const;
const closed = { outcome: 'closed' } as const;

/** Seals a text with the current key if another key opens it. Stores nothing. */
export function resealText(
  keys: Resealing,
  purpose: string,
  sealed: string,
  context: string,
): Resealed {
  if (keys.current.unseal(purpose, sealed, context) !== undefined) return current;
  const plain = keys.any.unseal(purpose, sealed, context);
  return plain === undefined
    ? closed
    : { outcome: 'resealed', value: keys.current.seal(purpose, plain, context) };
}

/** What a row of `seals` is sealed for. */
export const sealPurpose = 'lasting-key';
/** Rows of `seals` whose name begins so hold no secret. */
export const plainSealPrefix = 'plain ';

export function resealRow(place: SealedPlace, row: SealedRow, keys: Resealing): Resealed {
  const { key, value } = row;
  switch (place) {
    case 'clients':
      return resealSecrets(row, keys);
    case 'families':
      return resealSuccessor(row, keys);
    case 'pushed_requests':
      return resealText(keys, pushedPurpose, value, key);
    case 'deferred_requests':
      return resealMember(value, 'sealedPing', (sealed) =>
        resealText(keys, pingPurpose, sealed, key),
      );
    case 'deliveries':
      return resealMember(value, 'body', (sealed) =>
        isMail(key)
          ? resealText(keys, mailPurpose, sealed, key)
          : resealText(keys, pingPurpose, sealed, requestOfPing(key)),
      );
    case 'second_factors':
      return resealText(keys, secretPurpose, value, key);
    case 'seals':
      return key.startsWith(plainSealPrefix) ? current : resealText(keys, sealPurpose, value, key);
    case 'signing_keys':
      // Of a key in a file, the store has a word alone.
      return value === keptInFile ? current : resealText(keys, signingPurpose, value, key);
  }
}

/** What the store has in place of a sealed private key that is kept in a file. */
export const keptInFile = 'file';

/**
 * Sealed to the token itself by versions before this one, and to be opened by anyone who shows that
 * alone. Its window has passed soon; then it is of no use to anybody, and goes.
 */
function resealSuccessor({ value, about, at }: SealedRow, keys: Resealing): Resealed {
  const resealed = resealText(keys, successorPurpose, value, about ?? '');
  const isOver = at !== undefined && at < keys.now - longestRetrySeconds;
  return resealed.outcome === 'closed' && isOver
    ? { outcome: 'resealed', value: undefined }
    : resealed;
}

function resealMember(text: string, name: string, reseal: (sealed: string) => Resealed): Resealed {
  const object = JSON.parse(text) as Record<string, unknown>;
  const resealed = reseal(String(object[name]));
  if (resealed.outcome !== 'resealed') return resealed;
  return { outcome: 'resealed', value: JSON.stringify({ ...object, [name]: resealed.value }) };
}

function resealSecrets({ key: clientId, value }: SealedRow, keys: Resealing): Resealed {
  const all = (JSON.parse(value) as readonly ClientSecret[]).map((secret) => {
    if (secret.sealed === undefined) return { secret, ...current };
    const { purpose, context } = openedSecrets(clientId, secret.id);
    const resealed = resealText(keys, purpose, secret.sealed, context);
    return resealed.outcome === 'resealed'
      ? { secret: { ...secret, sealed: resealed.value }, outcome: resealed.outcome }
      : { secret, outcome: resealed.outcome };
  });
  if (all.some(({ outcome }) => outcome === 'closed')) return closed;
  if (all.every(({ outcome }) => outcome === 'current')) return current;
  return { outcome: 'resealed', value: JSON.stringify(all.map(({ secret }) => secret)) };
}
