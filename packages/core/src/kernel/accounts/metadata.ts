/**
 * Metadata for OpenID Connect clients (Discovery §3): subjects, claims, names of sign-ins, and the
 * forms of answers.
 */
import { contentEncryptions, keyEncryptions } from '@keywright/jwt/encryption';
import { supportedAcrs } from './acr.ts';
import type { Core } from '../core.ts';
import { claimNames } from './claims.ts';

/** Claims of ID tokens that are not about the user. */
const ownClaims = ['iss', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'at_hash'];

export function openIdMetadata(core: Pick<Core, 'options'>): Readonly<Record<string, unknown>> {
  const { features, keyAlgorithms, policies } = core.options;
  const allowed = policies.default.signingAlgorithms;
  const signing = keyAlgorithms.filter((algorithm) => allowed?.includes(algorithm) ?? true);
  return {
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: signing,
    id_token_encryption_alg_values_supported: keyEncryptions,
    id_token_encryption_enc_values_supported: contentEncryptions,
    // No answer is signed unless the client registers for it. `none` is not in the list, because it
    // is not an algorithm here.
    userinfo_signing_alg_values_supported: signing,
    userinfo_encryption_alg_values_supported: keyEncryptions,
    userinfo_encryption_enc_values_supported: contentEncryptions,
    acr_values_supported: supportedAcrs(core),
    claim_types_supported: ['normal'],
    claims_supported: [...claimNames, ...ownClaims, ...(features.logout ? ['sid'] : [])],
    claims_parameter_supported: features.claimsParameter,
    ui_locales_supported: ['en'],
  };
}
