/** Keys of applications: the private half stays with the library, the public half is registered. */
import * as oauth from 'oauth4webapi';

export interface ClientKey {
  readonly pair: oauth.CryptoKeyPair;
  readonly kid: string;
  /** As it stands in the client's `jwks`. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

export const keyEncryptions = [
  'RSA-OAEP-256',
  'RSA-OAEP',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A256KW',
] as const;

export async function createSigningKey(alg: string): Promise<ClientKey> {
  return describe(await oauth.generateKeyPair(alg, { extractable: true }), alg, 'sig');
}

const rsa = { name: 'RSA-OAEP', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };

export async function createDecryptionKey(
  alg: (typeof keyEncryptions)[number],
): Promise<ClientKey> {
  const pair = alg.startsWith('ECDH-ES')
    ? await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
    : await crypto.subtle.generateKey(
        { ...rsa, hash: alg === 'RSA-OAEP' ? 'SHA-1' : 'SHA-256' },
        true,
        ['encrypt', 'decrypt'],
      );
  return describe(pair, alg, 'enc');
}

async function describe(pair: oauth.CryptoKeyPair, alg: string, use: string): Promise<ClientKey> {
  const { ext: _, key_ops: __, ...jwk } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const kid = `${use}-${alg}`;
  return { pair, kid, jwk: { ...jwk, alg, use, kid } };
}
