/**
 * JARM: the answer as one signed token, encrypted if the client registered for it. This includes
 * errors (§2.1).
 */
import type { SigningAlgorithm } from '@keywright/jwt';
import { contentEncryptions, keyEncryptions } from '@keywright/jwt/encryption';
import { type Core, policyOf } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { encryptFor } from '../../kernel/tokens/encrypted.ts';
import { signingKeyOf } from '../../kernel/keys/key-ring.ts';
import type { Client } from '../../model/entities.ts';

/** JARM §2.1: at most ten minutes is recommended. Its content is valid for a shorter time. */
const lifeSeconds = 300;

/** The only parameter, `response`. */
export async function secureResponse(
  core: Core,
  clientId: string,
  parameters: Readonly<Record<string, string>>,
): Promise<{ readonly response: string }> {
  const client = await core.loadClient(clientId);
  if (client === undefined) throw new OAuthError('client_unknown');
  const key = signingKeyOf(await core.keys.load(), algorithmOf(core, client));
  const signed = await core.signer.sign(key, 'JWT', {
    ...parameters,
    iss: core.options.issuer,
    aud: client.id,
    exp: core.clock.nowSeconds() + lifeSeconds,
  });
  const encryption = client.settings?.authorizationEncryption;
  // JARM §2.2: signed, then encrypted.
  return {
    response:
      encryption === undefined ? signed : await encryptFor(core, client, encryption, signed, 'JWT'),
  };
}

/**
 * JARM §3: RS256 unless the client registered another one. If its profile or the keys of this
 * server do not allow RS256, the default of this server.
 */
function algorithmOf(core: Pick<Core, 'options'>, client: Client): SigningAlgorithm {
  const registered = client.settings?.authorizationSignedResponseAlg;
  if (registered !== undefined) return registered;
  const allowed = policyOf(core, client).signingAlgorithms ?? core.options.keyAlgorithms;
  return allowed.includes('RS256') && core.options.keyAlgorithms.includes('RS256')
    ? 'RS256'
    : 'ES256';
}

/** JARM §4. */
export function securedResponseMetadata({
  options,
}: Pick<Core, 'options'>): Readonly<Record<string, unknown>> {
  if (!options.features.securedResponses) return {};
  const { signingAlgorithms } = options.policies.default;
  return {
    authorization_signing_alg_values_supported: options.keyAlgorithms.filter(
      (algorithm) => signingAlgorithms?.includes(algorithm) ?? true,
    ),
    authorization_encryption_alg_values_supported: keyEncryptions,
    authorization_encryption_enc_values_supported: contentEncryptions,
  };
}
