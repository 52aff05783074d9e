/**
 * Attacks on the choice of the key: keys inside the token, and attacks by `kid` (RFC 8725 §3.10).
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { because, type Forge, type HostileToken, type Json, signEs256, signHmac } from './forge.ts';

const byForeignKey = (f: Forge, changes: Json) =>
  f.withHeader(changes, signEs256(f.foreign.privateKey));

function foreignThumbprint(f: Forge): string {
  const { crv, kty, x, y } = f.foreign.jwk;
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

const symmetricJwk = { kty: 'oct', k: Buffer.from('secret').toString('base64url'), alg: 'HS256' };
/** Looks like a certificate. No verifier may read it. */
const certificate = Buffer.from('30820122', 'hex').toString('base64');

const brought = because(
  'Whoever believes the key in the header lets the attacker bring his own (CVE-2018-0114, CVE-2026-27962).',
  [
    [
      'jwk of an unknown key',
      'token_signature_wrong',
      (f) => byForeignKey(f, { jwk: f.foreign.jwk }),
    ],
    [
      'jwk of an unknown key, no kid',
      'token_signature_wrong',
      (f) => byForeignKey(f, { jwk: f.foreign.jwk, kid: undefined }),
    ],
    [
      'jwk of an unknown key, its thumbprint as kid',
      'token_signature_wrong',
      (f) => byForeignKey(f, { jwk: f.foreign.jwk, kid: foreignThumbprint(f) }),
    ],
    [
      'jwk with a private half',
      'token_signature_wrong',
      (f) => byForeignKey(f, { jwk: f.foreign.privateKey.export({ format: 'jwk' }) }),
    ],
    [
      'jwk of type oct with HS256',
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'HS256', jwk: symmetricJwk }, signHmac('secret')),
    ],
    [
      'jwks in the header',
      'token_signature_wrong',
      (f) => byForeignKey(f, { jwks: { keys: [f.foreign.jwk] } }),
    ],
    [
      'x5c of an unknown key',
      'token_signature_wrong',
      (f) => byForeignKey(f, { x5c: [certificate] }),
    ],
    [
      'x5t of an unknown key',
      'token_signature_wrong',
      (f) => byForeignKey(f, { x5t: 'AAAA', 'x5t#S256': 'AAAA' }),
    ],
    [
      'iss in the header',
      'token_signature_wrong',
      (f) => byForeignKey(f, { iss: f.claims['iss'], aud: f.claims['aud'] }),
    ],
  ],
);

const followed = because(
  'An address in the header, if it is ever asked, is a request that the attacker sends from inside (SSRF) and a key of his choice.',
  [
    [
      'jku of an unknown key',
      'token_signature_wrong',
      (f) => byForeignKey(f, { jku: `${f.canary}/keys` }),
    ],
    [
      'x5u of an unknown key',
      'token_signature_wrong',
      (f) => byForeignKey(f, { x5u: `${f.canary}/chain` }),
    ],
    [
      'jku with the kid of a key there',
      'token_signature_wrong',
      (f) => byForeignKey(f, { jku: `${f.canary}/keys`, kid: foreignThumbprint(f) }),
    ],
    [
      'kid as an address',
      'token_signature_wrong',
      (f) => byForeignKey(f, { kid: `${f.canary}/keys#1` }),
    ],
    [
      'jku that is no text',
      'token_signature_wrong',
      (f) => byForeignKey(f, { jku: [`${f.canary}/keys`] }),
    ],
    [
      'jwk, jku and x5u beside a true signature, as a control: they are not followed',
      undefined,
      (f) =>
        f.withHeader({
          jwk: f.foreign.jwk,
          jku: `${f.canary}/keys`,
          x5u: `${f.canary}/chain`,
          x5c: ['MIIB'],
        }),
    ],
  ],
);

const kids: readonly (readonly [string, (kid: string) => string])[] = [
  ['a path', () => '../../../../../../dev/null'],
  ['an absolute path', () => '/etc/passwd'],
  ['a path of Windows', () => '..\\..\\windows\\win.ini'],
  ['a file address', () => 'file:///dev/null'],
  ['SQL', (kid) => `${kid}' OR '1'='1`],
  ['a UNION', () => "x' UNION SELECT 'secret' --"],
  ['a shell command', () => '|id'],
  ['a template', () => '{{7*7}}${7*7}'],
  ['a NUL at its end', (kid) => `${kid}\u0000`],
  ['a NUL and a path', (kid) => `${kid}\u0000/../x`],
  ['a space at its end', (kid) => `${kid} `],
  ['a space before it', (kid) => ` ${kid}`],
  ['its own alg before it', (kid) => `ES256 ${kid}`],
  ['other case', (kid) => kid.toLowerCase().replace(/[a-z]/, (c) => c.toUpperCase())],
  ['its first half', (kid) => kid.slice(0, kid.length / 2)],
  ['nothing', () => ''],
  ['4000 characters', () => 'k'.repeat(4000)],
  ['__proto__', () => '__proto__'],
  ['constructor', () => 'constructor'],
  ['prototype', () => 'prototype'],
  ['hasOwnProperty', () => 'hasOwnProperty'],
  ['a number', () => '0'],
  ['null as text', () => 'null'],
  ['undefined as text', () => 'undefined'],
  ['a look-alike', (kid) => `${kid}\u200B`],
];

const kidTexts = because(
  'kid is a name to compare, never a path, a query or a property (CVE-2018-0114 and its kind; ASVS 9.1.3).',
  [
    ...kids.flatMap(([what, of]): Parameters<typeof because>[1] => [
      [
        `kid: ${what}, true signature`,
        'token_signature_wrong',
        (f) => f.withHeader({ kid: of(String(f.header['kid'])) }),
      ],
      [
        `kid: ${what}, HS256 with an empty secret`,
        'token_signature_wrong',
        (f) => f.withHeader({ alg: 'HS256', kid: of(String(f.header['kid'])) }, signHmac('')),
      ],
    ]),
    [
      'no kid, as a control: one key has this alg',
      undefined,
      (f) => f.withHeader({ kid: undefined }),
    ],
    [
      'kid: half a character',
      'token_malformed',
      (f) => f.seal(f.headerText.replace(/"kid":"/, '"kid":"\\ud800'), f.claims),
    ],
  ],
);

const kidTypes = because('A kid that is no string must not be made one.', [
  ...[null, 0, 1, true, [], ['k'], {}, { toString: 'k' }].map(
    (kid): Parameters<typeof because>[1][number] => [
      `kid ${JSON.stringify(kid)}`,
      'token_malformed',
      (f) => f.withHeader({ kid }),
    ],
  ),
  ['kid in a list', 'token_malformed', (f) => f.withHeader({ kid: [f.header['kid']] })],
]);

const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;

const foreignKeys = because(
  'A signature of another key, on this curve or on another one, is none (ASVS 9.1.1).',
  [
    [
      'signed by an unknown key under the true kid',
      'token_signature_wrong',
      (f) => byForeignKey(f, {}),
    ],
    [
      'signed by an unknown key, no kid',
      'token_signature_wrong',
      (f) => byForeignKey(f, { kid: undefined }),
    ],
    [
      'signed on secp256k1',
      'token_signature_wrong',
      (f) =>
        f.withHeader({}, (input) =>
          sign('sha256', input, { key: k256, dsaEncoding: 'ieee-p1363' }),
        ),
    ],
    [
      'signed on P-384 as ES384',
      'token_signature_wrong',
      (f) =>
        f.withHeader({ alg: 'ES384' }, (input) =>
          sign('sha384', input, { key: p384, dsaEncoding: 'ieee-p1363' }),
        ),
    ],
    [
      'signed on P-384 as ES256',
      'token_signature_wrong',
      (f) =>
        f.withHeader({}, (input) =>
          sign('sha256', input, { key: p384, dsaEncoding: 'ieee-p1363' }),
        ),
    ],
    [
      'signed by Ed25519 as ES256',
      'token_signature_wrong',
      (f) => f.withHeader({}, (input) => sign(null, input, ed25519)),
    ],
    [
      'signed by Ed25519 as EdDSA',
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'EdDSA' }, (input) => sign(null, input, ed25519)),
    ],
  ],
);

export const keyAttacks: readonly HostileToken[] = [
  ...brought,
  ...followed,
  ...kidTexts,
  ...kidTypes,
  ...foreignKeys,
];
