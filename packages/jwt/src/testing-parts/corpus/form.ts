/**
 * Attacks on the form: parts, base64url, encryption instead of a signature, other serialisations
 * (RFC 7515 §7.1, RFC 8725 §3.6).
 */
import { createPublicKey, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { because, encode, type Forge, type HostileToken, type Json, partsOf } from './forge.ts';

type Row = Parameters<typeof because>[1][number];
type Parts = ReturnType<typeof partsOf>;

const ofParts =
  (make: (...parts: Parts) => string): Row[2] =>
  (f) =>
    make(...partsOf(f));

const parts = because(
  'A verifier that splits before it counts can be made to look at the wrong parts, or to split a million times (CVE-2025-27144, CVE-2025-30204).',
  [
    ['one part', 'token_malformed', () => 'abc'],
    ['no parts but dots', 'token_malformed', () => '..'],
    ['one dot', 'token_malformed', () => '.'],
    ['two parts', 'token_malformed', ofParts((head, body) => `${head}.${body}`)],
    ['a dot too many at its end', 'token_malformed', ofParts((h, b, s) => `${h}.${b}.${s}.`)],
    ['a dot too many at its start', 'token_malformed', ofParts((h, b, s) => `.${h}.${b}.${s}`)],
    ['four parts', 'token_malformed', ofParts((h, b, s) => `${h}.${b}.${s}.${s}`)],
    ['an empty header', 'token_malformed', ofParts((_h, b, s) => `.${b}.${s}`)],
    ['empty claims', 'token_malformed', ofParts((h, _b, s) => `${h}..${s}`)],
    ['header and claims swapped', 'token_malformed', ofParts((h, b, s) => `${b}.${h}.${s}`)],
    ['the token twice', 'token_malformed', ofParts((h, b, s) => `${h}.${b}.${s}.${h}.${b}.${s}`)],
    ['9000 dots', 'token_malformed', () => '.'.repeat(9000)],
    [
      '9000 dots after a token',
      'token_malformed',
      ofParts((h, b, s) => `${h}.${b}.${s}${'.'.repeat(9000)}`),
    ],
    ['20 000 characters', 'token_malformed', () => 'a'.repeat(20_000)],
    [
      '20 000 characters of claims',
      'token_malformed',
      (f) => f.withClaims({ pad: 'a'.repeat(20_000) }),
    ],
    [
      '20 000 characters of header',
      'token_malformed',
      (f) => f.withHeader({ pad: 'a'.repeat(20_000) }),
    ],
  ],
);

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The last character of 64 bytes has four bits without a meaning. */
function withOtherSurplusBits(signature: string): string {
  return signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.at(-1) ?? '') ^ 1];
}

/** A token whose signature can be written in the other alphabet too. */
function withOtherAlphabet(f: Forge): string {
  const tried = Array.from({ length: 40 }, (_, n) => f.withClaims({ jti: `alphabet-${n}` }));
  const token = tried.find((one) => /[-_]/.test(one.split('.')[2] ?? '')) ?? '';
  const [head, body, signature = ''] = token.split('.');
  return `${head}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`;
}

const base64 = because(
  'One token, one text: another spelling slips past lists of known texts, and past caches (RFC 7515 §2, RFC 4648 §3.5).',
  [
    ['padding after the header', 'token_malformed', ofParts((h, b, s) => `${h}=.${b}.${s}`)],
    ['padding after the claims', 'token_malformed', ofParts((h, b, s) => `${h}.${b}=.${s}`)],
    ['padding after the signature', 'token_malformed', ofParts((h, b, s) => `${h}.${b}.${s}==`)],
    ['the alphabet of base64', 'token_malformed', withOtherAlphabet],
    [
      'surplus bits',
      'token_malformed',
      ofParts((h, b, s) => `${h}.${b}.${withOtherSurplusBits(s)}`),
    ],
    [
      'a character too many in the signature',
      'token_malformed',
      ofParts((h, b, s) => `${h}.${b}.${s}AAA`),
    ],
    ['a space inside', 'token_malformed', ofParts((h, b, s) => `${h}. ${b}.${s}`)],
    ['a tab inside', 'token_malformed', ofParts((h, b, s) => `${h}.\t${b}.${s}`)],
    [
      'a line feed inside',
      'token_malformed',
      ofParts((h, b, s) => `${h}.${b.slice(0, 8)}\n${b.slice(8)}.${s}`),
    ],
    ['a line feed at its end', 'token_malformed', ofParts((h, b, s) => `${h}.${b}.${s}\n`)],
    ['CR LF at its end', 'token_malformed', ofParts((h, b, s) => `${h}.${b}.${s}\r\n`)],
    ['a NUL at its end', 'token_malformed', ofParts((h, b, s) => `${h}.${b}.${s}\u0000`)],
    ['a NUL inside', 'token_malformed', ofParts((h, b, s) => `${h}.${b}\u0000.${s}`)],
    ['a comma', 'token_malformed', ofParts((h, b, s) => `${h}.${b},.${s}`)],
    ['characters beyond ASCII', 'token_malformed', ofParts((h, b, s) => `${h}.${b}.${s}é`)],
    ['a full-width dot', 'token_malformed', ofParts((h, b, s) => `${h}．${b}．${s}`)],
    ['percent-encoded dots', 'token_malformed', ofParts((h, b, s) => `${h}%2E${b}%2E${s}`)],
    ['quotes around it', 'token_malformed', ofParts((h, b, s) => `"${h}.${b}.${s}"`)],
    [
      'the header not encoded',
      'token_malformed',
      (f) => `${f.headerText}.${partsOf(f).slice(1).join('.')}`,
    ],
    [
      'the claims not encoded',
      'token_malformed',
      (f) => `${partsOf(f)[0]}.${f.claimsText}.${partsOf(f)[2]}`,
    ],
    ['claims encoded twice', 'token_malformed', (f) => f.seal(f.header, encode(f.claims))],
  ],
);

const random = (length: number) => randomBytes(length).toString('base64url');
const jwe = (header: Json) =>
  `${encode(header)}.${random(40)}.${random(12)}.${random(200)}.${random(16)}`;
const epk = (f: Forge) => createPublicKey(f.privateKey).export({ format: 'jwk' });

const encryption = because(
  'Anyone can encrypt to a public key: what is encrypted is not signed (CVE-2026-9793, RFC 8725 §3.3).',
  [
    [
      'a JWE of ECDH-ES',
      'token_malformed',
      (f) => jwe({ ...f.header, alg: 'ECDH-ES', enc: 'A256GCM', epk: epk(f) }),
    ],
    ['a JWE of dir', 'token_malformed', (f) => jwe({ ...f.header, alg: 'dir', enc: 'A256GCM' })],
    [
      'a JWE of PBES2 with a huge p2c (CVE-2023-52428, CVE-2024-29371)',
      'token_malformed',
      (f) =>
        jwe({
          ...f.header,
          alg: 'PBES2-HS512+A256KW',
          enc: 'A256GCM',
          p2s: 'AAAA',
          p2c: 2 ** 31 - 1,
        }),
    ],
    [
      'a JWE with zip (CVE-2024-28176)',
      'token_malformed',
      (f) => jwe({ ...f.header, alg: 'RSA-OAEP', enc: 'A256GCM', zip: 'DEF' }),
    ],
    [
      'a JWE whose second part is raw JSON',
      'token_malformed',
      (f) => `${encode({ ...f.header, alg: 'none', enc: 'none' })}.${encode(f.claims)}...`,
    ],
    [
      'the header of a JWE on a signed token',
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'ECDH-ES', enc: 'A256GCM', epk: epk(f) }),
    ],
    [
      'PBES2 with a huge p2c on a signed token',
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2s: 'AAAA', p2c: 1e12 }),
    ],
    [
      'compressed claims',
      'token_malformed',
      (f) => f.seal({ ...f.header, zip: 'DEF' }, deflateRawSync(f.claimsText)),
    ],
    [
      'a bomb of compressed claims',
      'token_malformed',
      (f) => f.seal({ ...f.header, zip: 'DEF' }, deflateRawSync(Buffer.alloc(5_000_000))),
    ],
    [
      'a token inside a token',
      'token_malformed',
      (f) => f.seal({ ...f.header, cty: 'JWT' }, f.withHeader({})),
    ],
  ],
);

const serialisations = because(
  'There is one serialisation of a token; JSON would have other rules (RFC 7519 §3).',
  [
    [
      'flattened JSON',
      'token_malformed',
      ofParts((head, payload, signature) =>
        JSON.stringify({ payload, protected: head, signature }),
      ),
    ],
    [
      'general JSON',
      'token_malformed',
      ofParts((head, payload, signature) =>
        JSON.stringify({ payload, signatures: [{ protected: head, signature }] }),
      ),
    ],
    [
      'flattened JSON with an unprotected header',
      'token_malformed',
      (f) =>
        JSON.stringify({
          payload: encode(f.claims),
          header: { ...f.header, alg: 'none' },
          signature: '',
        }),
    ],
    [
      'a detached payload',
      'token_malformed',
      ofParts((head, _body, signature) => `${head}..${signature}`),
    ],
  ],
);

export const formAttacks: readonly HostileToken[] = [
  ...parts,
  ...base64,
  ...encryption,
  ...serialisations,
];
