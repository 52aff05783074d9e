/**
 * Issuers whose assertions are accepted as grants (RFC 7523 §2.1). The operator declares them, with
 * their keys and the meaning of their subjects.
 */
import { importKey } from '@keywright/jwt';
import type { ConfigProblem } from '../../model/errors.ts';
import type { AssertionIssuer } from '../../model/services.ts';

const subjectKinds: readonly unknown[] = ['account_email', 'account_id'];

export function checkAssertionIssuers(
  issuers: readonly AssertionIssuer[],
  ownIssuer: string,
  problems: ConfigProblem[],
): readonly AssertionIssuer[] {
  issuers.forEach((one, index) => {
    const say = (member: string, message: string) =>
      void problems.push({ path: `assertionIssuers[${index}].${member}`, message });
    if (one.issuer === '' || one.issuer.length > 500)
      say('issuer', 'must have 1 to 500 characters');
    // Objects that this server signed must not return as a grant.
    if (one.issuer === ownIssuer) say('issuer', 'must be another server');
    if (issuers.findIndex(({ issuer }) => issuer === one.issuer) < index)
      say('issuer', 'occurs twice');
    if (!subjectKinds.includes(one.subjects))
      say('subjects', 'must be account_email or account_id');
    checkKeys(one, say);
  });
  return issuers;
}

function checkKeys(
  { jwks, jwksUri }: AssertionIssuer,
  say: (member: string, message: string) => void,
): void {
  if ((jwks === undefined) === (jwksUri === undefined))
    say('jwks', 'must be given, or jwks_uri instead');
  if (jwksUri !== undefined && URL.parse(jwksUri)?.protocol !== 'https:')
    say('jwksUri', 'must be an https URL');
  const isUsable = jwks === undefined || jwks.keys.some((key) => importKey(key) !== undefined);
  if (!isUsable) say('jwks', 'contains no usable public key');
}
