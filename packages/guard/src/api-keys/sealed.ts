/**
 * A sealed API key (docs/api-keys.md §4): its content, and whether it was made for this request,
 * this API and this time.
 */
import {
  type AgreementKeySet,
  isTarget,
  isTime,
  JwtError,
  openJwe,
  parseJsonObject,
} from '@keywright/jwt';
import { GuardRefusal, type RefusalDetail } from '../guard-refusal.ts';

export interface SealedKey {
  readonly key: string;
  /** The API that the key was sealed for. */
  readonly audience: string;
  readonly method: string;
  /** Without query and fragment. */
  readonly address: string;
  readonly issuedAtSeconds: number;
  readonly jti: string;
}

export interface Place {
  readonly audience: string;
  readonly method: string;
  readonly address: string;
  /** In milliseconds. */
  readonly now: number;
  /** The greatest age of a sealed key. */
  readonly sealedSeconds: number;
}

const typ = 'api-key+jwe';
/** A clock may be a little ahead. */
const aheadSeconds = 5;
/** 128 random bits take 22 characters. */
const jtiPattern = /^[\w-]{22,64}$/;

/** @throws JwtError `sealed_key_invalid` */
export function openSealedKey(message: string, keys: AgreementKeySet): SealedKey {
  const payload = parseJsonObject(openJwe(message, { keys, typ }));
  const { key, aud, htm, htu, iat, jti } = payload ?? {};
  const texts = [key, aud, htm, htu, jti];
  if (
    !texts.every((one) => typeof one === 'string') ||
    !isTime(iat) ||
    !jtiPattern.test(jti as string)
  ) {
    throw new JwtError('sealed_key_invalid', 'payload');
  }
  const [text, audience, method, address, id] = texts as [string, string, string, string, string];
  return { key: text, audience, method, address, issuedAtSeconds: iat, jti: id };
}

/** @throws GuardRefusal `sealed_key_misplaced`, `sealed_key_expired` */
export function assertPlace(sealed: SealedKey, place: Place, detail: RefusalDetail): void {
  const wrong = misplaced(sealed, place);
  if (wrong !== undefined)
    throw new GuardRefusal('sealed_key_misplaced', { ...detail, note: wrong });
  const ageMs = place.now - sealed.issuedAtSeconds * 1000;
  if (ageMs > place.sealedSeconds * 1000 || ageMs < -aheadSeconds * 1000) {
    throw new GuardRefusal('sealed_key_expired', detail);
  }
}

/** The note says what is wrong, and contains nothing that was sent. */
function misplaced(sealed: SealedKey, { audience, method, address }: Place): string | undefined {
  if (sealed.audience !== audience) return 'aud';
  if (sealed.method !== method) return 'htm';
  // An address with a query or a fragment was not made by our rule.
  return !/[?#]/.test(sealed.address) && isTarget(sealed.address, address) ? undefined : 'htu';
}

/**
 * The time, in milliseconds, until which the same sealed key must be remembered, because it would
 * be accepted again.
 */
export function replayableUntil({ issuedAtSeconds }: SealedKey, sealedSeconds: number): number {
  return (issuedAtSeconds + sealedSeconds + 1) * 1000;
}
