/**
 * Attacks on the signature itself: special values, other encodings, other paddings (CVE-2022-21449,
 * CVE-2025-65945).
 */
import { constants, createHash, privateEncrypt, sign } from 'node:crypto';
import {
  because,
  fixed,
  type Forge,
  type HostileToken,
  partsOf,
  signEs256,
  type Signer,
} from './forge.ts';

type Row = Parameters<typeof because>[1][number];

/** Order of the group of P-256 and its field (SEC 2 §2.4.2). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const field = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const all = (1n << 256n) - 1n;

const toBytes = (value: bigint, length = 32) =>
  Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
const toNumber = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`);
const pair = (r: bigint, s: bigint) => fixed(Buffer.concat([toBytes(r), toBytes(s)]));

const special: readonly (readonly [string, bigint])[] = [
  ['0', 0n],
  ['1', 1n],
  ['n - 1', order - 1n],
  ['n', order],
  ['n + 1', order + 1n],
  ['p', field],
  ['2^256 - 1', all],
];

const specialValues = because(
  'r = s = 0 and its like satisfy the equation of a careless verifier for every text (CVE-2022-21449, CVE-2021-43572).',
  special.flatMap(([r, rValue]) =>
    special.map(
      ([s, sValue]): Row => [
        `r = ${r}, s = ${s}`,
        'token_signature_wrong',
        (f) => f.withHeader({}, pair(rValue, sValue)),
      ],
    ),
  ),
);

/** The real signature with a change. */
const changed =
  (change: (r: bigint, s: bigint) => Buffer): Row[2] =>
  (f) =>
    f.withHeader({}, (input) => {
      const raw = signEs256(f.privateKey)(input);
      return change(toNumber(raw.subarray(0, 32)), toNumber(raw.subarray(32)));
    });
const both = (r: bigint, s: bigint, length = 32) =>
  Buffer.concat([toBytes(r, length), toBytes(s, length)]);

const ranges = because(
  'Numbers out of range that come back into it by a reduction or by cut bits are another spelling of a signature.',
  [
    ['r + n', 'token_signature_wrong', changed((r, s) => both(r + order, s, 33))],
    ['s + n', 'token_signature_wrong', changed((r, s) => both(r, s + order, 33))],
    ['r + 256 n', 'token_signature_wrong', changed((r, s) => both(r + 256n * order, s, 34))],
    ['r + 2^256', 'token_signature_wrong', changed((r, s) => both(r + all + 1n, s, 33))],
    ['s + 2^256', 'token_signature_wrong', changed((r, s) => both(r, s + all + 1n, 33))],
    ['r + 2^320', 'token_signature_wrong', changed((r, s) => both(r + (1n << 320n), s, 41))],
    ['n - r', 'token_signature_wrong', changed((r, s) => both(order - r, s))],
    ['r and s swapped', 'token_signature_wrong', changed((r, s) => both(s, r))],
    ['r twice', 'token_signature_wrong', changed((r) => both(r, r))],
    [
      'n - s, as a control: ECDSA has two signatures for each text, and no rule of JWS forbids one',
      undefined,
      changed((r, s) => both(r, order - s)),
    ],
  ],
);

const derSigner =
  (f: Forge): Signer =>
  (input) =>
    sign('sha256', input, f.privateKey);
const reshaped =
  (shape: (raw: Buffer) => Buffer): Row[2] =>
  (f) =>
    f.withHeader({}, (input) => shape(signEs256(f.privateKey)(input)));
const zero = Buffer.alloc(1);

const encodings = because(
  'A signature has one length and one spelling: r || s, 64 bytes (RFC 7518 §3.4; CVE-2025-65945 and its kind).',
  [
    ['in DER', 'token_signature_wrong', (f) => f.withHeader({}, derSigner(f))],
    [
      'in DER, filled up to 64 bytes more',
      'token_signature_wrong',
      (f) => f.withHeader({}, (input) => Buffer.concat([derSigner(f)(input), Buffer.alloc(64)])),
    ],
    [
      'in DER, cut to 64 bytes',
      'token_signature_wrong',
      (f) => f.withHeader({}, (input) => derSigner(f)(input).subarray(0, 64)),
    ],
    ['in hex', 'token_signature_wrong', reshaped((raw) => Buffer.from(raw.toString('hex')))],
    ['in base64', 'token_signature_wrong', reshaped((raw) => Buffer.from(raw.toString('base64')))],
    [
      'with a zero byte before it',
      'token_signature_wrong',
      reshaped((raw) => Buffer.concat([zero, raw])),
    ],
    [
      'with a zero byte after it',
      'token_signature_wrong',
      reshaped((raw) => Buffer.concat([raw, zero])),
    ],
    [
      'with a zero byte before each number',
      'token_signature_wrong',
      reshaped((raw) => Buffer.concat([zero, raw.subarray(0, 32), zero, raw.subarray(32)])),
    ],
    ['twice', 'token_signature_wrong', reshaped((raw) => Buffer.concat([raw, raw]))],
    ['without its last byte', 'token_signature_wrong', reshaped((raw) => raw.subarray(0, 63))],
    ['without its first byte', 'token_signature_wrong', reshaped((raw) => raw.subarray(1))],
    ['of r alone', 'token_signature_wrong', reshaped((raw) => raw.subarray(0, 32))],
    ['of one byte', 'token_signature_wrong', reshaped((raw) => raw.subarray(0, 1))],
    [
      'of 8000 bytes',
      'token_signature_wrong',
      reshaped((raw) => Buffer.concat([raw, Buffer.alloc(7936)])),
    ],
    ['with one bit turned', 'token_signature_wrong', reshaped(turn)],
  ],
);

function turn(raw: Buffer): Buffer {
  const turned = Buffer.from(raw);
  turned[40] = (turned[40] ?? 0) ^ 1;
  return turned;
}

const otherTexts = because('A signature is of one text alone (ASVS 9.1.1).', [
  [
    'of another token',
    'token_signature_wrong',
    (f) => {
      const [, , signature] = partsOf(f);
      const [head, body] = f.withClaims({ sub: 'usr_mallory' }).split('.');
      return `${head}.${body}.${signature}`;
    },
  ],
  [
    'of the claims alone',
    'token_signature_wrong',
    (f) => f.withHeader({}, () => signEs256(f.privateKey)(Buffer.from(f.claimsText))),
  ],
  [
    'of header and claims before they were encoded',
    'token_signature_wrong',
    (f) =>
      f.withHeader({}, () =>
        signEs256(f.privateKey)(Buffer.from(`${f.headerText}.${f.claimsText}`)),
      ),
  ],
  [
    'of header and claims without the dot',
    'token_signature_wrong',
    (f) =>
      f.withHeader({}, (input) =>
        signEs256(f.privateKey)(Buffer.from(String(input).replace('.', ''))),
      ),
  ],
  [
    'of the digest of the text',
    'token_signature_wrong',
    (f) =>
      f.withHeader({}, (input) =>
        signEs256(f.privateKey)(createHash('sha256').update(input).digest()),
      ),
  ],
]);

/** The prefix of a digest before RSA, which names the hash (RFC 8017 §9.2). */
const sha256Prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex');
const digestOf = (input: Buffer) => createHash('sha256').update(input).digest();

const rsa =
  (make: (f: Forge, input: Buffer) => Buffer): Row[2] =>
  (f) =>
    f.withHeader({ alg: 'RS256', kid: f.rsa.kid }, (input) => make(f, input));
const padded = (f: Forge, info: Buffer) =>
  privateEncrypt({ key: f.rsa.privateKey, padding: constants.RSA_PKCS1_PADDING }, info);
const true256 = (f: Forge, input: Buffer) => sign('sha256', input, f.rsa.privateKey);
const modulusOf = (f: Forge) =>
  Buffer.from(f.rsa.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');

const rsaSignatures = because(
  'PKCS #1 padding is compared, not parsed: what a parser forgives, a forger uses (CVE-2006-4339, CVE-2017-11185).',
  [
    [
      'RSA by hand, as a control',
      undefined,
      rsa((f, input) => padded(f, Buffer.concat([sha256Prefix, digestOf(input)]))),
    ],
    [
      'RSA: the digest without the name of its hash',
      'token_signature_wrong',
      rsa((f, input) => padded(f, digestOf(input))),
    ],
    [
      'RSA: bytes after the digest',
      'token_signature_wrong',
      rsa((f, input) =>
        padded(f, Buffer.concat([sha256Prefix, digestOf(input), Buffer.alloc(16)])),
      ),
    ],
    ['RSA: nothing signed', 'token_signature_wrong', rsa((f) => padded(f, Buffer.alloc(0)))],
    ['RSA: 0', 'token_signature_wrong', rsa(() => Buffer.alloc(256))],
    ['RSA: 1', 'token_signature_wrong', rsa(() => toBytes(1n, 256))],
    ['RSA: the modulus', 'token_signature_wrong', rsa(modulusOf)],
    [
      'RSA: the modulus less one',
      'token_signature_wrong',
      rsa((f) => toBytes(toNumber(modulusOf(f)) - 1n, 256)),
    ],
    [
      'RSA: the signature and the modulus',
      'token_signature_wrong',
      rsa((f, input) => toBytes(toNumber(true256(f, input)) + toNumber(modulusOf(f)), 257)),
    ],
    [
      'RSA: a zero byte before it',
      'token_signature_wrong',
      rsa((f, input) => Buffer.concat([zero, true256(f, input)])),
    ],
    [
      'RSA: a zero byte after it',
      'token_signature_wrong',
      rsa((f, input) => Buffer.concat([true256(f, input), zero])),
    ],
    [
      'RSA: without its last byte',
      'token_signature_wrong',
      rsa((f, input) => true256(f, input).subarray(0, -1)),
    ],
    ['RSA: empty', 'token_signature_wrong', rsa(() => Buffer.alloc(0))],
  ],
);

export const signatureAttacks: readonly HostileToken[] = [
  ...specialValues,
  ...ranges,
  ...encodings,
  ...otherTexts,
  ...rsaSignatures,
];
