/**
 * A sealed API key (docs/api-keys.md §4): what is inside, and whether it was made for this request,
 * here and now.
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
  /** The API that it was sealed for. */
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
  /** How old it may be. */
  readonly sealedSeconds: number;
}

const typ = 'api-key+jwe';
/** Clocks may be a little ahead. */
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

/** The note names what is wrong, and shows nothing of what was sent. */
function misplaced(sealed: SealedKey, { audience, method, address }: Place): string | undefined {
  if (sealed.audience !== audience) return 'aud';
  if (sealed.method !== method) return 'htm';
  // What has a query or a fragment was made by another rule.
  return !/[?#]/.test(sealed.address) && isTarget(sealed.address, address) ? undefined : 'htu';
}

/** Until when it would be taken again, were it not remembered; in milliseconds. */
export function replayableUntil({ issuedAtSeconds }: SealedKey, sealedSeconds: number): number {
  return (issuedAtSeconds + sealedSeconds + 1) * 1000;
}
