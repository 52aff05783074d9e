import { generateKeyPairSync, sign as rawSign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signingAlgorithms } from './algorithms.ts';
import { derToRaw, rawToDer } from './ecdsa-signature.ts';
import { generateSigningKey, importKeySet } from './key-set.ts';
import {
  createBatchSigner,
  type LocalSigningKey,
  type RemoteSigningKey,
  signJwtSync,
} from './sign.ts';
import { anyAudience } from './unchecked.ts';
import { verifyJwt } from './verify.ts';

const claims = { iss: 'https://issuer.example', name: 'Zoë', exp: 2_000_000_000, left: undefined };

async function createKey(algorithm: LocalSigningKey['algorithm']) {
  const { kid, privateKey, publicJwk } = await generateSigningKey(algorithm);
  const key: LocalSigningKey = { kid, algorithm, privateKey };
  return { key, keys: importKeySet({ keys: [publicJwk] }) };
}

const headerOf = (key: LocalSigningKey, typ: string) =>
  JSON.parse(Buffer.from(signJwtSync(key, typ, claims).split('.')[0]!, 'base64url').toString());

describe('a signed JWT', () => {
  it.each(signingAlgorithms)('of %s is verified with its published key', async (algorithm) => {
    const { key, keys } = await createKey(algorithm);
    const token = signJwtSync(key, 'at+jwt', claims);
    const options = {
      keys,
      typ: 'at+jwt',
      issuer: claims.iss,
      audience: anyAudience,
      nowSeconds: 1_900_000_000,
    } as const;
    const { header, claims: found } = verifyJwt(token, options);
    expect(header).toEqual({ alg: algorithm, typ: 'at+jwt', kid: key.kid });
    expect(found).toEqual({ iss: claims.iss, name: 'Zoë', exp: claims.exp });
  });

  it('keeps the headers of two types and two keys apart', async () => {
    const [one, two] = await Promise.all([createKey('ES256'), createKey('ES256')]);
    expect(headerOf(one.key, 'at+jwt')).toMatchObject({ typ: 'at+jwt', kid: one.key.kid });
    expect(headerOf(one.key, 'JWT')).toMatchObject({ typ: 'JWT', kid: one.key.kid });
    expect(headerOf(two.key, 'JWT')).toMatchObject({ typ: 'JWT', kid: two.key.kid });
  });
});

describe('a batch signer', () => {
  it('signs all of one turn in the next one, each for its own claims', async () => {
    const { key, keys } = await createKey('ES256');
    const signer = createBatchSigner();
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, n) => signer.sign(key, 'at+jwt', { ...claims, n })),
    );
    const found = tokens.map(
      (token) =>
        verifyJwt(token, {
          keys,
          typ: 'at+jwt',
          issuer: claims.iss,
          audience: anyAudience,
          nowSeconds: 0,
        }).claims['n'],
    );
    expect(found).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('rejects only the promise of the signature that failed', async () => {
    const { key } = await createKey('ES256');
    const signer = createBatchSigner();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const outcomes = await Promise.allSettled([
      signer.sign(key, 'at+jwt', claims),
      signer.sign(key, 'at+jwt', circular),
      signer.sign(key, 'at+jwt', claims),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('continues after a batch', async () => {
    const { key } = await createKey('ES256');
    const signer = createBatchSigner();
    await signer.sign(key, 'at+jwt', claims);
    await expect(signer.sign(key, 'at+jwt', claims)).resolves.toMatch(
      /^[\w-]+\.[\w-]+\.[\w-]{86}$/,
    );
  });
});

describe('a key outside of this process', () => {
  /** Works like a service: it makes one signature at a time, later, and in another thread. */
  function keepElsewhere({ kid, algorithm, privateKey }: LocalSigningKey): RemoteSigningKey {
    return {
      kid,
      algorithm,
      sign: (data) =>
        new Promise((resolve, reject) => {
          rawSign('sha256', data, privateKey, (error, der) =>
            error === null ? resolve(derToRaw(der)) : reject(error),
          );
        }),
    };
  }

  it('signs what its published half verifies', async () => {
    const { key, keys } = await createKey('ES256');
    const token = await createBatchSigner().sign(keepElsewhere(key), 'at+jwt', claims);
    const options = {
      keys,
      typ: 'at+jwt',
      issuer: claims.iss,
      audience: anyAudience,
      nowSeconds: 1_900_000_000,
    } as const;
    expect(verifyJwt(token, options).header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: key.kid });
  });

  it('that cannot be reached rejects only its own signatures', async () => {
    const { key } = await createKey('ES256');
    const away: RemoteSigningKey = { ...key, sign: () => Promise.reject(new Error('away')) };
    const { privateKey: _, ...remote } = away as RemoteSigningKey & { privateKey?: unknown };
    const signer = createBatchSigner();
    const outcomes = await Promise.allSettled([
      signer.sign(remote, 'at+jwt', claims),
      signer.sign(key, 'at+jwt', claims),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});

describe('an ECDSA signature', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

  it('is the same in both encodings, with any leading bytes', () => {
    for (let n = 0; n < 600; n += 1) {
      const der = rawSign('sha256', Buffer.from([n & 0xff, n >> 8]), privateKey);
      expect(rawToDer(derToRaw(der))).toEqual(der);
    }
  });

  it('may have short integers', () => {
    const der = Buffer.from('3006020101020102', 'hex');
    const raw = Buffer.alloc(64);
    raw[31] = 1;
    raw[63] = 2;
    expect(derToRaw(der)).toEqual(raw);
    expect(rawToDer(raw)).toEqual(der);
  });
});
