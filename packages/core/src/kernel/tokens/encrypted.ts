/** Encrypting what a client is answered (JARM §2.2, OpenID Connect Core §10.2): for a key that it registered, and that nobody else has. */
import {
  encryptFor as encryptForKey,
  importEncryptionKey,
  isContentEncryption,
  isKeyEncryption,
  type KeyEncryption,
} from '@keywright/jwt/encryption';
import { JwtError } from '@keywright/jwt';
import type { EncryptionChoice } from '../../model/client-settings.ts';
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';

/**
 * The text, encrypted for this client by its choice. `cty` is `JWT` where the text is a signed token (RFC 7519 §5.2); absent for plain JSON.
 * Throws client_keys_unusable when the client has no key for it, or its keys cannot be had: nothing ever goes out in the clear instead.
 */
export async function encryptFor(
  core: Pick<Core, 'clientKeys'>,
  client: Client,
  { alg, enc }: EncryptionChoice,
  text: string,
  cty?: 'JWT',
): Promise<string> {
  if (!isKeyEncryption(alg) || !isContentEncryption(enc)) throw unusable(client, 'alg or enc');
  const { kid, key } = await findKey(core, client, alg);
  const names = { ...(cty !== undefined ? { cty } : {}), ...(kid !== undefined ? { kid } : {}) };
  return encryptForKey(key, text, { alg, enc, ...names });
}

/** The first that fits, preferring one that says it is for encryption (OpenID Connect Core §10.2: "use" is needed where there are both). */
async function findKey(core: Pick<Core, 'clientKeys'>, client: Client, alg: KeyEncryption) {
  const jwks = await loadJwks(core, client);
  const ordered = [...jwks].sort((a, b) => Number(b['use'] === 'enc') - Number(a['use'] === 'enc'));
  for (const jwk of ordered) {
    const key = importEncryptionKey(jwk, alg);
    if (key !== undefined) return { key, kid: typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined };
  }
  throw unusable(client, `no key for ${alg}`);
}

async function loadJwks(core: Pick<Core, 'clientKeys'>, client: Client) {
  try {
    return await core.clientKeys.jwks(client);
  } catch (error) {
    throw unusable(client, error instanceof JwtError ? error.note : 'cannot be fetched');
  }
}

function unusable({ id: clientId }: Client, note: string | undefined): OAuthError {
  return new OAuthError('client_keys_unusable', { log: { clientId, note } });
}
