/**
 * Signed introspection answers (RFC 9701), for a service that must prove the answer later, or gets
 * it through others. Also encrypted if the caller registered for it (§6).
 */
import type { SigningAlgorithm } from '@keywright/jwt';
import { contentEncryptions, keyEncryptions } from '@keywright/jwt/encryption';
import { type Core, policyOf } from '../core.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { privateText } from '../http/responses.ts';
import { signingKeyOf } from '../keys/key-ring.ts';
import type { Client } from '../../model/entities.ts';
import { encryptFor } from './encrypted.ts';

const typ = 'token-introspection+jwt';
const mediaType = `application/${typ}`;

/**
 * RFC 9701 §4: a caller that accepts such an answer gets one. FAPI 2.0 Message Signing §5.5.1: if
 * it is required, every caller gets one.
 */
export function isSignedFor(core: Core, request: HttpRequest, client: Client): boolean {
  return (
    policyOf(core, client).signedIntrospectionRequired || accepts(request.headers['accept'] ?? '')
  );
}

/** RFC 9110 §12.5.1: by name. A star still means JSON. */
function accepts(accept: string): boolean {
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === mediaType && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

export async function signIntrospection(
  core: Core,
  client: Client,
  answer: Readonly<Record<string, unknown>>,
  now: number,
): Promise<HttpResponse> {
  const key = signingKeyOf(await core.keys.load(), algorithmFor(core, client));
  // RFC 9701 §5. Without top-level `sub` and `exp`, so that nobody uses the answer as a token.
  const signed = await core.signer.sign(key, typ, {
    iss: core.options.issuer,
    aud: client.id,
    iat: now,
    token_introspection: answer,
  });
  const encryption = client.settings?.introspectionEncryption;
  const body =
    encryption === undefined ? signed : await encryptFor(core, client, encryption, signed, 'JWT');
  return privateText(mediaType, body);
}

/**
 * RFC 9701 §6: RS256 if the caller registered none. ES256 if there is no RS256 key any more, or the
 * profile does not allow it.
 */
function algorithmFor(core: Core, client: Client): SigningAlgorithm {
  const allowed = policyOf(core, client).signingAlgorithms;
  const wanted = client.settings?.introspectionSignedResponseAlg ?? 'RS256';
  const isUsable =
    core.options.keyAlgorithms.includes(wanted) && (allowed?.includes(wanted) ?? true);
  return isUsable ? wanted : 'ES256';
}

/** For discovery (RFC 9701 §7). */
export function introspectionMetadata({
  options,
}: Pick<Core, 'options'>): Readonly<Record<string, unknown>> {
  const { signingAlgorithms: allowed } = options.policies.default;
  return {
    introspection_signing_alg_values_supported: options.keyAlgorithms.filter(
      (algorithm) => allowed?.includes(algorithm) ?? true,
    ),
    introspection_encryption_alg_values_supported: keyEncryptions,
    introspection_encryption_enc_values_supported: contentEncryptions,
  };
}
