/**
 * Encrypts answers to a client (JARM §2.2, OpenID Connect Core §10.2) for a key that it registered.
 */
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
 * Encrypts the text with the algorithms of the client. `cty` is `JWT` if the text is a signed token
 * (RFC 7519 §5.2), and absent for plain JSON. Throws client_keys_unusable if the client has no
 * suitable key, or its keys cannot be fetched. The text is never sent unencrypted.
 */
export async function encryptFor(
  core: Pick<Core, 'clientKeys'>,
  client: Client,
  { alg, enc }: EncryptionChoice,
  text: string,
  cty?: 'JWT',
): Promise<string> {
  if (!isKeyEncryption(alg) || !isContentEncryption(enc))
    throw unusable(client, 'wrong alg or enc');
  const { kid, key } = await findKey(core, client, alg);
  const names = { ...(cty !== undefined ? { cty } : {}), ...(kid !== undefined ? { kid } : {}) };
  return encryptForKey(key, text, { alg, enc, ...names });
}

/**
 * The first suitable key, preferably one with `use` enc (OpenID Connect Core §10.2: "use" is needed
 * if there are both kinds).
 */
async function findKey(core: Pick<Core, 'clientKeys'>, client: Client, alg: KeyEncryption) {
  const jwks = await loadJwks(core, client);
  const ordered = [...jwks].sort((a, b) => Number(b['use'] === 'enc') - Number(a['use'] === 'enc'));
  for (const jwk of ordered) {
    const key = importEncryptionKey(jwk, alg);
    if (key !== undefined)
      return { key, kid: typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined };
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
