import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { longestJwe, openJwe, sealJwe } from './jwe.ts';
import { JwtError } from './jwt-error.ts';
import { findSealingKey, generateDecryptionKey, importAgreementKeys } from './key-agreement.ts';
import type { Jwk } from './key-set.ts';

const typ = 'api-key+jwe';
const text = JSON.stringify({ key: 'kwk_…', aud: 'https://api.example', n: 1 });
const curves = ['X25519', 'P-256'] as const;
const pairs = { X25519: generateDecryptionKey('X25519'), 'P-256': generateDecryptionKey('P-256') };
const others = { X25519: generateDecryptionKey('X25519'), 'P-256': generateDecryptionKey('P-256') };
const keys = importAgreementKeys([pairs.X25519, pairs['P-256']]);

type Curve = (typeof curves)[number];
const publicOf = (jwk: Jwk) => importAgreementKeys([jwk]).publicJwks[0] as Jwk;
const receiver = (jwk: Jwk) => findSealingKey({ keys: [publicOf(jwk)] })!;
const seal = (curve: Curve = 'X25519') => sealJwe(text, typ, receiver(pairs[curve]));
const open = (message: string) => openJwe(message, { keys, typ }).toString();

/** The result: the text, or the one reason. */
function outcome(message: string): string {
  try {
    return open(message);
  } catch (error) {
    if (error instanceof JwtError) return error.reason;
    throw error;
  }
}
function noteOf(message: string): string | undefined {
  try {
    open(message);
  } catch (error) {
    return (error as JwtError).note;
  }
  return 'opened';
}

const refused = 'sealed_key_invalid';
const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const headerOf = (message: string) =>
  JSON.parse(Buffer.from(message.split('.')[0]!, 'base64url').toString()) as Record<
    string,
    unknown
  >;
/**
 * A message with another header. The tag covers the header, so this is only for faults that are
 * found before the tag is checked.
 */
const withHeader = (change: Record<string, unknown>, message = seal()) => {
  const parts = message.split('.');
  return [encode({ ...headerOf(message), ...change }), ...parts.slice(1)].join('.');
};
/** Seals with jose, so that the message is correct, with any header that jose accepts. */
async function sealWithJose(
  jwk: Jwk,
  header: Record<string, unknown> = {},
  plaintext = text,
): Promise<string> {
  const all = { alg: 'ECDH-ES', enc: 'A256GCM', typ, kid: jwk['kid'] as string, ...header };
  return new CompactEncrypt(Buffer.from(plaintext))
    .setProtectedHeader(all)
    .encrypt(await importJWK(publicOf(jwk) as JWK, 'ECDH-ES'));
}

describe('a sealed message', () => {
  it.each(curves)('is opened by its receiver (%s)', (curve) => {
    const message = seal(curve);
    expect(open(message)).toBe(text);
    expect(message.split('.')[1]).toBe('');
    expect(headerOf(message)).toEqual({
      alg: 'ECDH-ES',
      enc: 'A256GCM',
      typ,
      kid: pairs[curve]['kid'],
      epk: expect.objectContaining({ crv: curve }),
    });
    expect(headerOf(message)['epk']).not.toHaveProperty('d');
  });

  it('is different each time, and shows nothing of its text', () => {
    expect(seal()).not.toBe(seal());
    expect(Buffer.from(seal(), 'latin1').includes('kwk_')).toBe(false);
  });

  it.each(curves)('is opened by jose, and jose’s is opened here (%s)', async (curve) => {
    for (let n = 0; n < 20; n += 1) {
      const long = text.padEnd(n * 37, 'é');
      const privateKey = await importJWK(pairs[curve] as JWK, 'ECDH-ES');
      const opened = await compactDecrypt(sealJwe(long, typ, receiver(pairs[curve])), privateKey);
      expect(Buffer.from(opened.plaintext).toString()).toBe(long);
      expect(open(await sealWithJose(pairs[curve], {}, long))).toBe(long);
    }
  });

  it('may name its parties (RFC 7518 §4.6.1.2, §4.6.1.3), and is another message with others', async () => {
    const message = await new CompactEncrypt(Buffer.from(text))
      .setKeyManagementParameters({ apu: Buffer.from('Alice'), apv: Buffer.from('Bob') })
      .setProtectedHeader({
        alg: 'ECDH-ES',
        enc: 'A256GCM',
        typ,
        kid: pairs.X25519['kid'] as string,
      })
      .encrypt(await importJWK(publicOf(pairs.X25519) as JWK, 'ECDH-ES'));
    expect(open(message)).toBe(text);
    expect(outcome(withHeader({ apu: encode('Mallory') }, message))).toBe(refused);
    for (const bad of [1, null, ['QQ'], 'Q', 'QQ==', 'Q Q']) {
      expect(outcome(withHeader({ apu: bad }, message))).toBe(refused);
      expect(outcome(withHeader({ apv: bad }, message))).toBe(refused);
    }
  });

  it('is opened with any key of the set, in any order, so that rotation has no gap', () => {
    const message = sealJwe(text, typ, receiver(pairs.X25519));
    for (const set of [
      [pairs.X25519],
      [pairs.X25519, others.X25519],
      [others.X25519, pairs.X25519],
      [others['P-256'], pairs['P-256'], pairs.X25519],
    ]) {
      expect(openJwe(message, { keys: importAgreementKeys(set), typ }).toString()).toBe(text);
    }
    const without = importAgreementKeys([others.X25519]);
    expect(() => openJwe(message, { keys: without, typ })).toThrow(JwtError);
  });
});

describe('a changed message', () => {
  it('is refused with any single character changed, removed or added, always for one reason', () => {
    const message = seal();
    for (let at = 0; at < message.length; at += 1) {
      const other = message[at] === 'A' ? 'B' : 'A';
      expect(
        outcome(message.slice(0, at) + other + message.slice(at + 1)),
        `changed at ${at}`,
      ).toBe(refused);
      expect(outcome(message.slice(0, at) + message.slice(at + 1)), `cut at ${at}`).toBe(refused);
      expect(outcome(`${message.slice(0, at)}A${message.slice(at)}`), `added at ${at}`).toBe(
        refused,
      );
    }
  });

  it('does not show whether the point or the text was wrong, because all faults after use of the private key have one note', () => {
    const message = seal('P-256');
    const parts = message.split('.');
    const { epk } = headerOf(message) as { epk: Record<string, string> };
    const flipped = parts[4]!.startsWith('A') ? `B${parts[4]!.slice(1)}` : `A${parts[4]!.slice(1)}`;
    const foreign = headerOf(seal('P-256'))['epk'];
    const notes = [
      [...parts.slice(0, 4), flipped].join('.'),
      withHeader({ epk: { ...epk, y: epk['x'] } }, message),
      withHeader({ epk: foreign }, message),
      withHeader({ epk: { kty: 'OKP', crv: 'X25519', x: Buffer.alloc(32).toString('base64url') } }),
    ].map(noteOf);
    expect(new Set(notes)).toEqual(new Set(['cannot be opened']));
  });
});

describe('a message whose parts belong to two', () => {
  it('is refused whichever part is the other’s', () => {
    const [one, two] = [seal().split('.'), seal().split('.')];
    for (const at of [0, 2, 3, 4]) {
      expect(outcome(one.map((part, index) => (index === at ? two[at] : part)).join('.'))).toBe(
        refused,
      );
    }
  });
});

const badHeaders: readonly (readonly [string, Record<string, unknown>])[] = [
  ['a critical extension', { crit: ['exp'], exp: 1 }],
  ['an empty list of extensions', { crit: [] }],
  ['compression', { zip: 'DEF' }],
  ['compression that is none', { zip: null }],
  ['no algorithm at all', { alg: 'none' }],
  ['another spelling of the algorithm', { alg: 'ecdh-es' }],
  ['a wrapped key', { alg: 'ECDH-ES+A256KW' }],
  ['a shared key', { alg: 'dir' }],
  ['a password', { alg: 'PBES2-HS256+A128KW', p2s: 'AAAA', p2c: 1_000_000_000 }],
  ['RSA', { alg: 'RSA-OAEP' }],
  ['another encryption', { enc: 'A128GCM' }],
  ['CBC', { enc: 'A256CBC-HS512' }],
  ['no typ', { typ: undefined }],
  ['another typ', { typ: 'JWT' }],
  ['another spelling of typ', { typ: 'API-KEY+JWE' }],
  ['typ with a prefix', { typ: 'application/api-key+jwe' }],
  ['no kid', { kid: undefined }],
  ['a kid that is no string', { kid: [pairs.X25519['kid']] }],
  ['an unknown kid', { kid: '../../etc/passwd' }],
  ['kid of the prototype', { kid: '__proto__' }],
  ['no epk', { epk: undefined }],
  ['an epk that is text', { epk: 'x' }],
  ['an epk that is null', { epk: null }],
];

const goodX = headerOf(seal())['epk'] as Record<string, string>;
const goodP = headerOf(seal('P-256'))['epk'] as Record<string, string>;
const zero = Buffer.alloc(32).toString('base64url');
/** Low order (RFC 7748 §6.1): everyone would know the secret. */
const lowOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Buffer.from(hex, 'hex').toString('base64url'));

const badPoints: readonly (readonly [string, Curve, Record<string, unknown>])[] = [
  ['of the other curve', 'X25519', goodP],
  ['of the other curve', 'P-256', goodX],
  ['with the other name', 'X25519', { ...goodX, crv: 'P-256' }],
  ['with the other name', 'P-256', { ...goodP, crv: 'X25519' }],
  ['with the name of a third curve', 'P-256', { ...goodP, crv: 'P-384' }],
  ['of another type', 'X25519', { ...goodX, kty: 'EC' }],
  ['for signatures', 'X25519', { ...goodX, crv: 'Ed25519' }],
  ['off the curve', 'P-256', { ...goodP, y: goodP['x'] }],
  ['that is zero', 'P-256', { ...goodP, x: zero, y: zero }],
  ['without y', 'P-256', { ...goodP, y: undefined }],
  ['with a short x', 'P-256', { ...goodP, x: goodP['x']!.slice(0, 42) }],
  ['with a short x', 'X25519', { ...goodX, x: goodX['x']!.slice(0, 42) }],
  ['with padding', 'X25519', { ...goodX, x: `${goodX['x']}=` }],
  ['with surplus bits', 'X25519', { ...goodX, x: `${goodX['x']!.slice(0, 42)}B` }],
  ['in base64', 'X25519', { ...goodX, x: `+${goodX['x']!.slice(1)}` }],
  ['with a private member', 'X25519', { ...goodX, d: goodX['x'] }],
  ['with a private member', 'P-256', { ...goodP, d: goodP['x'] }],
  ['that is a secret', 'P-256', { kty: 'oct', k: 'AAAA' }],
  ...lowOrder.map((x) => ['of low order', 'X25519', { ...goodX, x }] as const),
];

describe('a message with a bad header', () => {
  it.each(badHeaders)('is refused: %s', (_name, change) => {
    expect(outcome(withHeader(change))).toBe(refused);
  });

  it('is refused, although everything else is right', async () => {
    expect(outcome(await sealWithJose(pairs.X25519))).toBe(text);
    for (const change of [
      { typ: 'JWT' },
      { typ: undefined },
      { enc: 'A128GCM' },
      { alg: 'ECDH-ES+A256KW' },
    ]) {
      expect(outcome(await sealWithJose(pairs.X25519, change as Record<string, string>))).toBe(
        refused,
      );
    }
  });

  it.each(badPoints)('is refused: a point %s (%s)', (_name, curve, epk) => {
    expect(outcome(withHeader({ epk }, seal(curve)))).toBe(refused);
  });

  it('is refused when it names a key of the other curve', () => {
    expect(outcome(withHeader({ kid: pairs['P-256']['kid'] }))).toBe(refused);
  });

  it('is refused with a member twice', () => {
    const message = seal();
    const head = JSON.stringify(headerOf(message)).replace('{', `{"typ":"${typ}",`);
    expect(outcome([encode(head), ...message.split('.').slice(1)].join('.'))).toBe(refused);
  });
});

describe('what is no compact message', () => {
  const [head, , nonce, sealed, tag] = seal().split('.') as [
    string,
    string,
    string,
    string,
    string,
  ];
  it.each([
    ['nothing', ''],
    ['dots', '....'],
    ['a million dots', '.'.repeat(1_000_000)],
    ['four parts', `${head}..${nonce}.${sealed}`],
    ['six parts', `${head}..${nonce}.${sealed}.${tag}.`],
    ['an encrypted key', `${head}.AAAA.${nonce}.${sealed}.${tag}`],
    ['a short nonce', `${head}..${nonce.slice(0, 12)}.${sealed}.${tag}`],
    ['a long nonce', `${head}..${nonce}AAAA.${sealed}.${tag}`],
    ['no nonce', `${head}...${sealed}.${tag}`],
    ['a tag cut short', `${head}..${nonce}.${sealed}.${tag.slice(0, 16)}`],
    ['no tag', `${head}..${nonce}.${sealed}.`],
    ['no text', `${head}..${nonce}..${tag}`],
    ['padding', `${head}..${nonce}.${sealed}.${tag}==`],
    ['surplus bits', `${head}..${nonce}.${sealed}.${tag.slice(0, 21)}B`],
    ['base64 instead of base64url', `${head}..${nonce}.+${sealed.slice(1)}.${tag}`],
    ['a line break', `${head}..${nonce}.${sealed}.${tag}\n`],
    ['JSON', JSON.stringify({ protected: head, iv: nonce, ciphertext: sealed, tag })],
    [
      'JSON of several receivers',
      JSON.stringify({ protected: head, recipients: [{}], iv: nonce, ciphertext: sealed, tag }),
    ],
    ['a header that is no JSON', `${encode('{')}..${nonce}.${sealed}.${tag}`],
    ['a header that is a list', `${encode([])}..${nonce}.${sealed}.${tag}`],
    ['a deep header', `${encode('['.repeat(1000))}..${nonce}.${sealed}.${tag}`],
    ['one character too many', `${head}..${nonce}.${'A'.repeat(longestJwe)}.${tag}`],
  ])('is refused: %s', (_name, message) => {
    expect(outcome(message)).toBe(refused);
  });
});

describe('the keys of a receiver', () => {
  it('are published without their private half, the one to use first', () => {
    expect(keys.publicJwks.map((jwk) => Object.keys(jwk).sort())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ]);
    expect(keys.publicJwks.map((jwk) => jwk['kid'])).toEqual([
      pairs.X25519['kid'],
      pairs['P-256']['kid'],
    ]);
  });

  it('are named by their thumbprint when they have no name (RFC 7638)', () => {
    const { kid, ...nameless } = pairs.X25519;
    expect(importAgreementKeys([nameless]).publicJwks[0]?.['kid']).toBe(kid);
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    format: 'jwk',
  });
  const ed = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({
    format: 'jwk',
  });
  it.each<[string, readonly unknown[]]>([
    ['none', []],
    ['a public key', [publicOf(pairs.X25519)]],
    ['RSA', [rsa]],
    ['Ed25519', [ed]],
    ['P-384', [p384]],
    ['a symmetric key', [{ kty: 'oct', k: 'AAAA', kid: 'a' }]],
    ['halves of two X25519 keys', [{ ...pairs.X25519, x: others.X25519['x'] }]],
    [
      'halves of two P-256 keys',
      [{ ...pairs['P-256'], x: others['P-256']['x'], y: others['P-256']['y'] }],
    ],
    ['one key twice', [pairs.X25519, pairs.X25519]],
    ['two keys of one name', [pairs.X25519, { ...others.X25519, kid: pairs.X25519['kid'] }]],
    ['a good and a bad one', [pairs.X25519, ed]],
  ])('cannot be %s', (_name, jwks) => {
    expect(() => importAgreementKeys(jwks as readonly Jwk[])).toThrow(TypeError);
  });

  it('never stand in the error about them', () => {
    const d = pairs.X25519['d'] as string;
    expect(() => importAgreementKeys([{ ...pairs.X25519, x: zero }])).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(d) as string }),
    );
  });
});

describe('a key to seal for', () => {
  const good = publicOf(pairs.X25519);
  it('is the first in the set that is meant for it', () => {
    const signing = { ...good, kid: 's', use: 'sig' };
    const unused = { ...good, kid: 'u', use: undefined };
    const found = findSealingKey({
      keys: [null, 1, {}, signing, unused, good, publicOf(pairs['P-256'])],
    });
    expect(found).toMatchObject({ kid: good['kid'], curve: 'X25519' });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'keys'],
    ['a list', [good]],
    ['no key', { keys: [] }],
    ['a private key', { keys: [pairs.X25519] }],
    ['a key without a name', { keys: [{ ...good, kid: undefined }] }],
    ['a key for another algorithm', { keys: [{ ...good, alg: 'ECDH-ES+A128KW' }] }],
    ['a key without an algorithm', { keys: [{ ...good, alg: undefined }] }],
    ['a point off its curve', { keys: [{ ...publicOf(pairs['P-256']), y: zero }] }],
  ])('is not found in %s', (_name, jwks) => {
    expect(findSealingKey(jwks)).toBeUndefined();
  });

  it('is refused when it is of low order, because everyone would know the secret', () => {
    for (const x of lowOrder) {
      const key = findSealingKey({ keys: [{ ...good, x }] });
      if (key !== undefined) expect(() => sealJwe(text, typ, key)).toThrow(TypeError);
    }
  });

  it('is never used with the same ephemeral key twice', () => {
    const points = Array.from({ length: 100 }, () => (headerOf(seal())['epk'] as { x: string }).x);
    expect(new Set(points).size).toBe(100);
  });

  it('gives the same message for the same random values', () => {
    const ephemeralKey = createPrivateKey({ key: others.X25519, format: 'jwk' });
    const chance = { ephemeralKey, nonce: Buffer.alloc(12, 7) };
    const message = sealJwe(text, typ, receiver(pairs.X25519), chance);
    expect(sealJwe(text, typ, receiver(pairs.X25519), chance)).toBe(message);
    expect(headerOf(message)['epk']).toEqual(
      createPublicKey(ephemeralKey).export({ format: 'jwk' }),
    );
  });
});
