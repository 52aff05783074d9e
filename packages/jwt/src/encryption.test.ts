import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, FlattenedEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  contentEncryptions,
  decrypt,
  type DecryptionKey,
  decryptionAlgorithms,
  encryptFor,
  generateDecryptionPair,
  importEncryptionKey,
  keyEncryptions,
  openedEncryptions,
} from './encryption.ts';
import { exportPrivateKey, importKeySet, importPrivateKey } from './key-set.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const keys: readonly DecryptionKey[] = [
  { kid: 'rsa', algorithm: 'RSA-OAEP-256', privateKey: rsa.privateKey },
  { kid: 'ec', algorithm: 'ECDH-ES', privateKey: ec.privateKey },
];
const pairFor = (alg: string) => (alg.startsWith('RSA') ? rsa : ec);
const text = 'what is written, and é';

function seal(key: KeyObject, header: Record<string, unknown>): Promise<string> {
  return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header as never).encrypt(key);
}

describe('encryption for a receiver', () => {
  it.each(keyEncryptions.flatMap((alg) => contentEncryptions.map((enc) => [alg, enc] as const)))(
    'by %s and %s can be opened with the private key, and names its content type and its key',
    async (alg, enc) => {
      const { privateKey, publicKey } = pairFor(alg);
      const message = await encryptFor(publicKey, text, { alg, enc, cty: 'JWT', kid: 'theirs' });
      const { plaintext, protectedHeader } = await compactDecrypt(message, privateKey);
      expect(Buffer.from(plaintext).toString()).toBe(text);
      expect(protectedHeader).toMatchObject({ alg, enc, cty: 'JWT', kid: 'theirs' });
      expect(protectedHeader).not.toHaveProperty('zip');
    },
  );

  it('gives a different message each time', async () => {
    const make = () => encryptFor(ec.publicKey, text, { alg: 'ECDH-ES', enc: 'A256GCM' });
    expect(await make()).not.toBe(await make());
  });
});

describe('a key to encrypt for', () => {
  const jwk = (key: KeyObject) => key.export({ format: 'jwk' }) as Record<string, unknown>;

  it.each([
    [{ ...jwk(rsa.publicKey), use: 'enc' }, 'RSA-OAEP-256'],
    [{ ...jwk(rsa.publicKey), alg: 'RSA-OAEP' }, 'RSA-OAEP'],
    [{ ...jwk(ec.publicKey), key_ops: ['deriveKey'] }, 'ECDH-ES'],
    [jwk(generateKeyPairSync('x25519').publicKey), 'ECDH-ES+A256KW'],
    [jwk(generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).publicKey), 'ECDH-ES'],
  ] as const)('%# is one', (members, alg) => {
    expect(importEncryptionKey(members, alg)).toBeDefined();
  });

  it.each([
    ['for signatures', { ...jwk(rsa.publicKey), use: 'sig' }, 'RSA-OAEP-256'],
    ['for another algorithm', { ...jwk(rsa.publicKey), alg: 'RSA-OAEP' }, 'RSA-OAEP-256'],
    ['for other operations', { ...jwk(ec.publicKey), key_ops: ['verify'] }, 'ECDH-ES'],
    ['of another type', jwk(ec.publicKey), 'RSA-OAEP-256'],
    ['that is private', jwk(rsa.privateKey), 'RSA-OAEP-256'],
    ['that is a secret', { kty: 'oct', k: 'AAAA' }, 'ECDH-ES'],
    [
      'that is weak',
      jwk(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
      'RSA-OAEP-256',
    ],
    ['that encrypts nothing', { ...jwk(rsa.publicKey), e: 'AQ' }, 'RSA-OAEP-256'],
    [
      'with an exponent as long as its modulus',
      { ...jwk(rsa.publicKey), e: jwk(rsa.publicKey)['n'] },
      'RSA-OAEP',
    ],
    ['off its curve', { ...jwk(ec.publicKey), x: jwk(other.publicKey)['x'] }, 'ECDH-ES'],
    ['of a curve that is for signatures', jwk(generateKeyPairSync('ed25519').publicKey), 'ECDH-ES'],
  ] as const)('is none where it is one %s', (_name, members, alg) => {
    expect(importEncryptionKey(members, alg)).toBeUndefined();
  });
});

describe('decryption of messages of others', () => {
  it.each(openedEncryptions.flatMap((alg) => contentEncryptions.map((enc) => [alg, enc] as const)))(
    'by %s and %s, with and without the name of the key',
    async (alg, enc) => {
      const { publicKey } = pairFor(alg);
      for (const named of [{ kid: alg.startsWith('RSA') ? 'rsa' : 'ec' }, {}])
        expect((await decrypt(await seal(publicKey, { alg, enc, ...named }), keys)).text).toBe(
          text,
        );
    },
  );

  it('finds the former key of two that are published', async () => {
    const two = [
      { kid: 'new', algorithm: 'ECDH-ES', privateKey: other.privateKey } as const,
      ...keys,
    ];
    expect(
      (await decrypt(await seal(ec.publicKey, { alg: 'ECDH-ES', enc: 'A128GCM' }), two)).text,
    ).toBe(text);
  });

  const refused: readonly [string, () => Promise<string> | string][] = [
    ['another key', () => seal(other.publicKey, { alg: 'ECDH-ES', enc: 'A256GCM' })],
    [
      'a key of another name',
      () => seal(ec.publicKey, { alg: 'ECDH-ES', enc: 'A256GCM', kid: 'nobody' }),
    ],
    [
      'RSA-OAEP with SHA-1 for a key that is not for it',
      () => seal(rsa.publicKey, { alg: 'RSA-OAEP', enc: 'A256GCM' }),
    ],
    [
      'an alg that is not accepted',
      () => seal(ec.publicKey, { alg: 'ECDH-ES+A192KW', enc: 'A256GCM' }),
    ],
    ['an enc that is not taken', () => seal(ec.publicKey, { alg: 'ECDH-ES', enc: 'A192GCM' })],
    [
      'an extension that must be understood',
      () => withHeader({ alg: 'ECDH-ES', enc: 'A256GCM', crit: ['exp'], exp: 1 }),
    ],
    ['compression', () => seal(ec.publicKey, { alg: 'ECDH-ES', enc: 'A256GCM', zip: 'DEF' })],
    ['RSA1_5', () => withHeader({ alg: 'RSA1_5', enc: 'A256GCM' })],
    [
      'a password, counted a billion times',
      () => withHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2s: 'AAAA', p2c: 2 ** 30 }),
    ],
    ['no key management at all', () => withHeader({ alg: 'dir', enc: 'A256GCM' })],
    [
      'a point that is not on the curve',
      () =>
        withHeader({
          alg: 'ECDH-ES',
          enc: 'A256GCM',
          epk: { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) },
        }),
    ],
    [
      'an alg twice',
      () =>
        `${Buffer.from('{"alg":"ECDH-ES","alg":"ECDH-ES","enc":"A256GCM"}').toString('base64url')}.a.a.a.a`,
    ],
    [
      'the other serialisation',
      async () =>
        JSON.stringify(
          await new FlattenedEncrypt(Buffer.from(text))
            .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
            .encrypt(ec.publicKey),
        ),
    ],
    ['nothing', () => ''],
    ['four parts', () => 'e30.a.a.a'],
    ['six parts', () => 'e30.a.a.a.a.a'],
    ['a header that is no JSON', () => 'AAAA.a.a.a.a'],
    ['too much', () => 'e'.repeat(40_000)],
  ];

  function withHeader(header: object): string {
    return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.AAAA.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`;
  }

  it.each(refused)('refuses %s', async (_name, make) => {
    await expect(decrypt(await make(), keys)).rejects.toMatchObject({ reason: 'token_malformed' });
  });

  it('gives the same error for a wrong key and for any changed letter (ASVS 11.2.5)', async () => {
    const parts = (await seal(rsa.publicKey, { alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256' })).split(
      '.',
    );
    const broken = [1, 2, 3, 4].map((index) => {
      const part = parts[index] ?? '';
      return parts
        .with(index, part.slice(0, 5) + (part[5] === 'A' ? 'B' : 'A') + part.slice(6))
        .join('.');
    });
    const stranger = await seal(other.publicKey, { alg: 'ECDH-ES', enc: 'A256GCM' });
    const notes = await Promise.all(
      [...broken, stranger].map((one) =>
        decrypt(one, keys).catch((error: { note?: string }) => error.note),
      ),
    );
    expect(new Set(notes)).toEqual(new Set(['cannot be decrypted']));
  });
});

describe('pairs of our own', () => {
  it.each(decryptionAlgorithms)(
    '%s: published only for encryption, stored as PKCS #8, and used again to open messages',
    async (algorithm) => {
      const { kid, privateKey, publicJwk } = await generateDecryptionPair(algorithm, {
        rsaBits: 2048,
      });
      expect(publicJwk).toMatchObject({ kid, use: 'enc', alg: algorithm });
      expect(Object.keys(publicJwk)).not.toContain('d');
      const again = { kid, algorithm, privateKey: importPrivateKey(exportPrivateKey(privateKey)) };
      const key = importEncryptionKey(publicJwk, algorithm);
      const message = await encryptFor(key ?? createPublicKey(privateKey), text, {
        alg: algorithm,
        enc: 'A256GCM',
        kid,
      });
      expect((await decrypt(message, [again])).text).toBe(text);
    },
  );

  it('verify nothing, because a reader of the key set for signatures skips them', async () => {
    const { kid, publicJwk } = await generateDecryptionPair('ECDH-ES');
    expect(importKeySet({ keys: [publicJwk] }).find(kid, 'ES256')).toBeUndefined();
  });
});
