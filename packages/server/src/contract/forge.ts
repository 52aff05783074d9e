/**
 * Bad tokens, made of the claims of a good one: what a thief without the issuer's key can make. Each answers the text of
 * one token.
 */
import { constants, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { JsonRecord, Jwt } from './token.ts';

export interface Forger {
  /** A signature that is one bit another. */
  changeSignature(): string;
  /** Other claims under the same signature. */
  changeClaims(): string;
  dropSignature(): string;
  /** r = s = 0: true for every message, to a verifier that does not look. Undefined where signatures are no ECDSA. */
  zeroSignature(): string | undefined;
  /** A fresh key of the same kind, under the name of the issuer's own. */
  signByOtherKey(): string;
  signByUnknownKey(): string;
  /** The fresh key stands in the header, to be trusted on its own word. */
  signByEmbeddedKey(): string;
  useOtherIssuer(): string;
  /** `algorithm` as the header spells it: `none`, `nOnE`. */
  useNone(algorithm: string): string;
  /** HMAC with text as the secret that everyone can have: a public key. */
  useSecret(secret: string | Buffer): string;
}

interface Scheme {
  readonly make: () => { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly sign: (data: Buffer, key: KeyObject) => Buffer;
}

const curves: Readonly<Record<string, readonly [curve: string, hash: string]>> = {
  ES256: ['P-256', 'sha256'],
  ES384: ['P-384', 'sha384'],
  ES512: ['P-521', 'sha512'],
};

function ecdsa([namedCurve, hash]: readonly [string, string]): Scheme {
  return {
    make: () => generateKeyPairSync('ec', { namedCurve }),
    sign: (data, key) => sign(hash, data, { key, dsaEncoding: 'ieee-p1363' }),
  };
}

function rsa(hash: string, isPss: boolean): Scheme {
  const padding = isPss ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return {
    make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    sign: (data, key) => sign(hash, data, isPss ? { key, padding, saltLength } : { key, padding }),
  };
}

const edDsa: Scheme = {
  make: () => generateKeyPairSync('ed25519'),
  sign: (data, key) => sign(null, data, key),
};

/** Of the same kind as the algorithm, so that nothing but the key is wrong. */
function schemeOf(algorithm: string): Scheme {
  const [, family = '', bits = ''] = /^(RS|PS)(256|384|512)$/.exec(algorithm) ?? [];
  if (family !== '') return rsa(`sha${bits}`, family === 'PS');
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return edDsa;
  return ecdsa(curves[algorithm] ?? ['P-256', 'sha256']);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function flipBit(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url');
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  return bytes.toString('base64url');
}

/** The public key as a JWK, to stand in a header. */
function jwkOf(key: KeyObject): JsonRecord {
  return { ...key.export({ format: 'jwk' }) };
}

/** Makes its one fresh key at once: a quarter of a second for RSA. */
export function createForger({ header, claims, parts }: Jwt): Forger {
  const algorithm = String(header['alg']);
  const isShared = algorithm.startsWith('HS');
  const scheme = schemeOf(algorithm);
  const { publicKey, privateKey } = scheme.make();
  const [headerPart, payloadPart, signature] = parts;

  const signHmac = (input: string, secret: string | Buffer) =>
    createHmac(`sha${isShared ? algorithm.slice(2) : '256'}`, secret)
      .update(input)
      .digest('base64url');
  const signFresh = (newHeader: JsonRecord, newClaims: JsonRecord = claims) => {
    const input = `${encode(newHeader)}.${encode(newClaims)}`;
    const signed = isShared
      ? signHmac(input, randomBytes(32))
      : scheme.sign(Buffer.from(input), privateKey).toString('base64url');
    return `${input}.${signed}`;
  };

  return {
    changeSignature: () => `${headerPart}.${payloadPart}.${flipBit(signature)}`,
    changeClaims: () => `${headerPart}.${encode({ ...claims, admin: true })}.${signature}`,
    dropSignature: () => `${headerPart}.${payloadPart}.`,
    zeroSignature() {
      if (curves[algorithm] === undefined) return undefined;
      const zeros = Buffer.alloc(Buffer.from(signature, 'base64url').length);
      return `${headerPart}.${payloadPart}.${zeros.toString('base64url')}`;
    },
    signByOtherKey: () => signFresh(header),
    signByUnknownKey: () => signFresh({ ...header, kid: `unknown-${randomBytes(6).toString('hex')}` }),
    signByEmbeddedKey: () =>
      signFresh({ ...header, ...(isShared ? {} : { jwk: jwkOf(publicKey) }), kid: undefined }),
    useOtherIssuer: () => signFresh(header, { ...claims, iss: 'https://issuer.invalid' }),
    useNone: (spelled) => `${encode({ ...header, alg: spelled })}.${payloadPart}.`,
    useSecret(secret) {
      const input = `${encode({ ...header, alg: isShared ? algorithm : 'HS256' })}.${payloadPart}`;
      return `${input}.${signHmac(input, secret)}`;
    },
  };
}
