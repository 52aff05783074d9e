/**
 * Says what is wrong with the claims of a JWT that a client signed, for the developer of the
 * client. Claims are checked after the signature, so only the owner of the key gets these texts.
 * Faults of key, signature and encryption get no text.
 */
import type { JwtError } from '@keywright/jwt';

const faults: Partial<Record<JwtError['reason'], string>> = {
  token_issuer_wrong: 'iss must be the client_id',
  token_audience_wrong: 'aud must be the issuer',
  token_expired: 'exp must be in the future',
  token_not_yet_valid: 'nbf must not be in the future',
};
const times = ['exp', 'nbf', 'iat'];

/** Undefined for a fault that is not about the claims. */
export function tellClaimFault({ reason, note = '' }: JwtError): string | undefined {
  if (reason === 'token_malformed' && times.includes(note))
    return `${note} must be a number of seconds`;
  return faults[reason];
}
