/** docs/api-keys-vectors.json is made by this very code, or says why it is not. */
import { createPrivateKey, createPublicKey, diffieHellman, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  importAgreementKeys,
  importSealingKey,
  type Jwk,
  makeApiKey,
  openJwe,
  parseJsonObject,
  readApiKey,
} from '@keywright/jwt';
import { compactDecrypt, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { sealApiKey } from './seal-api-key.ts';

interface Sealed {
  readonly curve: string;
  readonly receiver_private_jwk: Jwk;
  readonly published_jwk: Jwk;
  readonly ephemeral_private_jwk: Jwk;
  readonly nonce_hex: string;
  readonly header: string;
  readonly payload: string;
  readonly shared_secret_hex: string;
  readonly content_key_hex: string;
  readonly jwe: string;
}

interface Vectors {
  readonly key: Readonly<Record<string, string>>;
  readonly keys_refused: readonly { readonly why: string; readonly text: string }[];
  readonly request: {
    readonly aud: string;
    readonly htm: string;
    readonly url: string;
    readonly iat: number;
    readonly jti: string;
  };
  readonly sealed: readonly Sealed[];
  readonly sealed_refused: readonly { readonly why: string; readonly jwe: string }[];
}

const file = new URL('../../../docs/api-keys-vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const bytes = (hex = '') => Buffer.from(hex, 'hex');
const privateKey = (jwk: Jwk) => createPrivateKey({ key: jwk, format: 'jwk' });
const receivers = importAgreementKeys(vectors.sealed.map((one) => one.receiver_private_jwk));

describe('the test vectors of API keys (docs/api-keys.md §8)', () => {
  const { key, request } = vectors;

  it('contain the key that the given bytes make, its checksum and its digest', () => {
    const random = (length: number) =>
      bytes(length === 16 ? key['id_bytes_hex'] : key['secret_bytes_hex']);
    const { id, environment, text, digest } = makeApiKey('live', random);
    expect({ id, environment, text, digest }).toEqual({
      id: key['id'],
      environment: key['environment'],
      text: key['text'],
      digest: key['sha256'],
    });
    expect(text).toBe(`kwk_${key['environment']}_${key['id']}_${key['secret']}${key['check']}`);
    expect(readApiKey(text)).toEqual({ id, environment, digest });
  });

  it.each(vectors.keys_refused)('contain a text that is no key: $why', ({ text }) => {
    expect(readApiKey(text)).toBeUndefined();
  });

  it.each(vectors.sealed)('contain each step of sealing for $curve', (one) => {
    const ephemeralKey = privateKey(one.ephemeral_private_jwk);
    const jwe = sealApiKey({
      apiKey: key['text'] ?? '',
      audience: request.aud,
      method: request.htm,
      url: request.url,
      key: one.published_jwk,
      nowSeconds: request.iat,
      jti: request.jti,
      chance: { ephemeralKey, nonce: bytes(one.nonce_hex) },
    });
    expect(jwe).toBe(one.jwe);
    expect(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString()).toBe(one.header);
    const publicKey = importSealingKey(one.published_jwk)?.publicKey;
    expect(publicKey?.equals(createPublicKey(privateKey(one.receiver_private_jwk)))).toBe(true);
    const secret = diffieHellman({ privateKey: ephemeralKey, publicKey: publicKey! });
    expect(secret.toString('hex')).toBe(one.shared_secret_hex);
    // docs/api-keys.md §4, spelled out.
    const input = Buffer.concat([
      bytes('00000001'),
      secret,
      bytes('00000007'),
      Buffer.from('A256GCM'),
      bytes('000000000000000000000100'),
    ]);
    expect(hash('sha256', input)).toBe(one.content_key_hex);
  });

  it.each(vectors.sealed)(
    'contain a message for $curve that is decrypted, here and with jose',
    async (one) => {
      const opened = openJwe(one.jwe, { keys: receivers, typ: 'api-key+jwe' });
      expect(opened.toString()).toBe(one.payload);
      const { plaintext } = await compactDecrypt(
        one.jwe,
        await importJWK(one.receiver_private_jwk as JWK, 'ECDH-ES'),
      );
      expect(Buffer.from(plaintext).toString()).toBe(one.payload);
      expect(parseJsonObject(opened)).toEqual({
        key: key['text'],
        aud: request.aud,
        htm: request.htm,
        htu: 'https://api.example/buildings/1',
        iat: request.iat,
        jti: request.jti,
      });
    },
  );

  it.each(vectors.sealed_refused)('contain a message that must be refused: $why', ({ jwe }) => {
    expect(() => openJwe(jwe, { keys: receivers, typ: 'api-key+jwe' })).toThrow(
      expect.objectContaining({ reason: 'sealed_key_invalid' }),
    );
  });
});
