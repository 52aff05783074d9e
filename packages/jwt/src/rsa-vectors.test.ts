/**
 * RSA signatures over every block that is almost correct (RFC 8017 §8.1.2, §8.2.2). The kinds are
 * those of Wycheproof (its flags are in the names). The vectors are computed here.
 */
import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithms } from './algorithms.ts';
import { power, toBytes, toNumber } from './testing-parts/p256.ts';

const text = Buffer.from('eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3JfYWRhIn0');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaLength = 256;
const modulus = toNumber(Buffer.from(rsa.publicKey.export({ format: 'jwk' }).n!, 'base64url'));
/** The raw operation: signs the given block. */
const signBlock = (block: Buffer, privateKey: KeyObject = rsa.privateKey) =>
  privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block);
const sha = (name: string, data: Uint8Array) => createHash(name).update(data).digest();

const prefixes = {
  sha256: '3031300d060960864801650304020105000420',
  sha1: '3021300906052b0e03021a05000414',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};
const infoOf = (name: keyof typeof prefixes) =>
  Buffer.concat([Buffer.from(prefixes[name], 'hex'), sha(name, text)]);

/** EMSA-PKCS1-v1_5 (RFC 8017 §9.2) around any contents. */
function pkcs1(
  info: Buffer,
  { type = 1, fill = 0xff, separator = 0, length = rsaLength } = {},
): Buffer {
  const padding = Buffer.alloc(length - info.length - 3, fill);
  return Buffer.concat([Buffer.from([0, type]), padding, Buffer.from([separator]), info]);
}

const digest = sha('sha256', text);
const hex = (value: string) => Buffer.from(value, 'hex');
const infos: readonly (readonly [string, Buffer])[] = [
  [
    'no NULL in the name of the hash (MissingNull)',
    Buffer.concat([hex('302f300b0609608648016503040201'), hex('0420'), digest]),
  ],
  [
    'the length of the info in the long form (BerEncodedPadding)',
    Buffer.concat([hex('308131300d060960864801650304020105000420'), digest]),
  ],
  [
    'the length of the name in the long form (BerEncodedPadding)',
    Buffer.concat([hex('303230810d060960864801650304020105000420'), digest]),
  ],
  [
    'the length of the digest in the long form (BerEncodedPadding)',
    Buffer.concat([hex('3032300d06096086480165030402010500048120'), digest]),
  ],
  [
    'an indefinite length (BerEncodedPadding)',
    Buffer.concat([hex('3080300d060960864801650304020105000420'), digest, hex('0000')]),
  ],
  [
    'bytes after the digest (InvalidAsnInPadding)',
    Buffer.concat([infoOf('sha256'), Buffer.alloc(8)]),
  ],
  [
    'bytes in the name of the hash (InvalidAsnInPadding)',
    Buffer.concat([
      hex('3035301106096086480165030402010500'),
      hex('04020000'),
      hex('0420'),
      digest,
    ]),
  ],
  ['SHA-1 (WrongHash)', infoOf('sha1')],
  ['SHA-384 (WrongHash)', infoOf('sha384')],
  ['SHA-512 (WrongHash)', infoOf('sha512')],
  [
    'the name of SHA-512 over a digest of SHA-256 (WrongHash)',
    Buffer.concat([hex(prefixes.sha512), digest]),
  ],
  ['no name of a hash (NoHash)', digest],
  ['the text itself (NoHash)', text],
  ['nothing', Buffer.alloc(0)],
];

describe('RS256', () => {
  const isRight = (raw: Buffer) => algorithms.RS256.verify(text, rsa.publicKey, raw);

  it('accepts the one block that RFC 8017 §8.2.2 allows', () => {
    expect(isRight(signBlock(pkcs1(infoOf('sha256'))))).toBe(true);
    expect(isRight(sign('sha256', text, rsa.privateKey))).toBe(true);
  });

  it.each(infos)('refuses %s', (_name, info) => {
    expect(isRight(signBlock(pkcs1(info)))).toBe(false);
  });

  it.each<readonly [string, () => Buffer]>([
    ['block type 2', () => pkcs1(infoOf('sha256'), { type: 2 })],
    ['block type 0', () => pkcs1(infoOf('sha256'), { type: 0 })],
    ['zeros as padding', () => pkcs1(infoOf('sha256'), { fill: 0 })],
    ['other bytes as padding', () => pkcs1(infoOf('sha256'), { fill: 0xfe })],
    ['no zero byte before the info', () => pkcs1(infoOf('sha256'), { separator: 0xff })],
    [
      'short padding and bytes after the info (ShortPadding; CVE-2006-4339)',
      () => Buffer.concat([pkcs1(infoOf('sha256'), { length: 65 }), Buffer.alloc(rsaLength - 65)]),
    ],
    [
      'padding of eight bytes and the rest before it',
      () => Buffer.concat([Buffer.alloc(rsaLength - 65), pkcs1(infoOf('sha256'), { length: 65 })]),
    ],
    ['a block of zeros', () => Buffer.alloc(rsaLength)],
  ])('refuses %s (ModifiedPadding)', (_name, block) => {
    expect(isRight(signBlock(block()))).toBe(false);
  });

  it('refuses each byte of the right block changed (ModifiedPadding)', () => {
    for (let at = 1; at < rsaLength; at += 3) {
      const block = pkcs1(infoOf('sha256'));
      block[at]! ^= 0x01;
      expect(isRight(signBlock(block)), `byte ${at}`).toBe(false);
    }
  });

  it('refuses a signature of another length, one not below the modulus, and edge values (SignatureMalleability, InvalidSignature)', () => {
    const raw = sign('sha256', text, rsa.privateKey);
    const values = [0n, 1n, 2n, modulus - 1n, modulus, modulus + 1n, modulus - toNumber(raw)];
    for (const value of values) expect(isRight(toBytes(value, rsaLength))).toBe(false);
    expect(isRight(Buffer.concat([Buffer.alloc(1), raw]))).toBe(false);
    expect(isRight(Buffer.concat([raw, Buffer.alloc(1)]))).toBe(false);
    for (const length of [0, 1, 32, 64, 128, 255])
      expect(isRight(raw.subarray(0, length))).toBe(false);
  });

  it('refuses a signature to which the modulus was added, in as many bytes', () => {
    for (let n = 0, found = 0; n < 400 && found < 3; n += 1) {
      const other = Buffer.from(`text ${n}`);
      const more = toNumber(sign('sha256', other, rsa.privateKey)) + modulus;
      if (more >= 1n << 2048n) continue;
      found += 1;
      expect(algorithms.RS256.verify(other, rsa.publicKey, toBytes(more, rsaLength))).toBe(false);
    }
  });

  it('refuses what was forged without the key, by a cube root, under exponent 3 (CVE-2006-4339)', () => {
    const cubic = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    expect(algorithms.RS256.accepts(cubic.publicKey)).toBe(true);
    const real = sign('sha256', text, cubic.privateKey);
    expect(algorithms.RS256.verify(text, cubic.publicKey, real)).toBe(true);
    // The right beginning, shortened padding, and free content after it.
    const start = pkcs1(infoOf('sha256'), { length: 65 });
    const target = toNumber(Buffer.concat([start, Buffer.alloc(rsaLength - 65, 0xff)]));
    const forged = toBytes(cubeRoot(target), rsaLength);
    const cubed = toBytes(power(toNumber(forged), 3n, 1n << 2048n), rsaLength);
    expect(cubed.subarray(0, 65)).toEqual(start);
    expect(algorithms.RS256.verify(text, cubic.publicKey, forged)).toBe(false);
  });

  it('refuses a PSS signature (WrongPrimitive)', () => {
    expect(isRight(signBlock(pss()))).toBe(false);
  });
});

/** The greatest number whose cube is not above `value`. */
function cubeRoot(value: bigint): bigint {
  let [low, high] = [0n, 1n << 700n];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle * middle * middle <= value) low = middle;
    else high = middle;
  }
  return low;
}

interface Pss {
  readonly hash?: string;
  readonly maskHash?: string;
  readonly saltLength?: number;
  readonly trailer?: number;
  readonly separator?: number;
  readonly fill?: number;
  readonly first?: number;
  readonly salt?: number;
}

function mask(seed: Buffer, length: number, hash: string): Buffer {
  const blocks: Buffer[] = [];
  for (let n = 0; Buffer.concat(blocks).length < length; n += 1) {
    blocks.push(sha(hash, Buffer.concat([seed, toBytes(BigInt(n), 4)])));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** EMSA-PSS (RFC 8017 §9.1.1), with each of its parameters free. */
function pss({
  hash = 'sha256',
  maskHash = hash,
  saltLength = 32,
  trailer = 0xbc,
  separator = 1,
  fill = 0,
  first = 0,
  salt: saltByte = 0xa5,
}: Pss = {}): Buffer {
  const salt = Buffer.alloc(saltLength, saltByte);
  const h = sha(hash, Buffer.concat([Buffer.alloc(8), sha(hash, text), salt]));
  const padding = Buffer.alloc(rsaLength - salt.length - h.length - 2, fill);
  const db = Buffer.concat([padding, Buffer.from([separator]), salt]);
  const masked = Buffer.from(mask(h, db.length, maskHash).map((byte, at) => byte ^ db[at]!));
  // The modulus has 2048 bits, so the first bit of the block does not belong to the encoding.
  masked[0] = (masked[0]! & 0x7f) | first;
  return Buffer.concat([masked, h, Buffer.from([trailer])]);
}

describe('PS256', () => {
  const isRight = (raw: Buffer) => algorithms.PS256.verify(text, rsa.publicKey, raw);

  it('accepts SHA-256 for text and mask, and a salt of 32 bytes (RFC 7518 §3.5)', () => {
    expect(isRight(signBlock(pss()))).toBe(true);
  });

  it.each<readonly [string, Pss]>([
    ['no salt', { saltLength: 0 }],
    ['a salt of 8 bytes', { saltLength: 8 }],
    ['a salt of 20 bytes', { saltLength: 20 }],
    ['a salt of 31 bytes', { saltLength: 31 }],
    ['a salt of 33 bytes', { saltLength: 33 }],
    ['a salt of 64 bytes', { saltLength: 64 }],
    ['the longest salt', { saltLength: rsaLength - 34 }],
    ['SHA-1', { hash: 'sha1', saltLength: 20 }],
    ['SHA-384', { hash: 'sha384', saltLength: 48 }],
    ['SHA-512', { hash: 'sha512', saltLength: 64 }],
    ['a mask by SHA-1', { maskHash: 'sha1' }],
    ['a mask by SHA-512', { maskHash: 'sha512' }],
    ['another last byte', { trailer: 0xbd }],
    ['a last byte of zero', { trailer: 0 }],
    ['another byte before the salt', { separator: 2 }],
    ['no byte before the salt', { separator: 0 }],
    ['padding that is not zero', { fill: 1 }],
  ])('refuses %s', (_name, change) => {
    expect(isRight(signBlock(pss(change)))).toBe(false);
  });

  it('refuses the first bit of the block set (RFC 8017 §9.1.2)', () => {
    const blocks = Array.from({ length: 256 }, (_, salt) => pss({ first: 0x80, salt }));
    const block = blocks.find((one) => toNumber(one) < modulus)!;
    expect(isRight(signBlock(block))).toBe(false);
    block[0]! &= 0x7f;
    expect(isRight(signBlock(block))).toBe(true);
  });

  it('refuses a PKCS #1 signature, other lengths, and edge values', () => {
    expect(isRight(sign('sha256', text, rsa.privateKey))).toBe(false);
    const raw = signBlock(pss());
    expect(isRight(Buffer.concat([Buffer.alloc(1), raw]))).toBe(false);
    expect(isRight(raw.subarray(1))).toBe(false);
    expect(isRight(Buffer.alloc(0))).toBe(false);
    for (const value of [0n, 1n, modulus - 1n, modulus])
      expect(isRight(toBytes(value, rsaLength))).toBe(false);
  });
});
