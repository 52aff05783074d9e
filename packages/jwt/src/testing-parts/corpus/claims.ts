/**
 * Tokens with a valid signature and invalid claims: issuer and times (RFC 8725 §3.8; RFC 7519 §4.1;
 * ASVS 9.2.1).
 */
import { because, type Forge, type HostileToken } from './forge.ts';

type Row = Parameters<typeof because>[1][number];

const issuerOf = (f: Forge) => String(f.claims['iss']);

const issuers: readonly (readonly [string, (issuer: string) => unknown])[] = [
  ['with a slash more', (iss) => `${iss}/`],
  ['with a character less', (iss) => iss.slice(0, -1)],
  ['without its first character', (iss) => iss.slice(1)],
  ['with more of a host', (iss) => `${iss}.attacker.example`],
  ['with a user before the host', (iss) => iss.replace('://', '://attacker@')],
  ['as the user of another host', (iss) => `${iss}@attacker.example`],
  ['with a path', (iss) => `${iss}/tenant`],
  ['with a query', (iss) => `${iss}?`],
  ['with a fragment', (iss) => `${iss}#`],
  ['with a port', (iss) => `${iss}:443`],
  ['with a space', (iss) => `${iss} `],
  ['with a NUL', (iss) => `${iss}\u0000`],
  ['in capitals', (iss) => iss.toUpperCase()],
  ['with the scheme in capitals', (iss) => iss.replace('https', 'HTTPS')],
  ['over http', (iss) => iss.replace('https', 'http')],
  ['percent-encoded', (iss) => iss.replace('e', '%65')],
  ['twice', (iss) => `${iss} ${iss}`],
  ['in a list', (iss) => [iss]],
  ['in an object', (iss) => ({ [iss]: true, toString: iss })],
  ['of an attacker', () => 'https://attacker.example'],
  ['that is empty', () => ''],
  ['that is null', () => null],
  ['that is a number', () => 1],
  ['that is missing', () => undefined],
];

const issuerClaims = because(
  'An issuer is one exact text; a part of it, or something that has it as a part, is another issuer (CVE-2024-53861).',
  issuers.map(
    ([what, of]): Row => [
      `iss ${what}`,
      'token_issuer_wrong',
      (f) => f.withClaims({ iss: of(issuerOf(f)) }),
    ],
  ),
);

/** Past every tolerance. */
const margin = 6;

const ends = because(
  'A token without an end that is a number, or whose end is not looked at, lives for ever (RFC 7519 §4.1.4).',
  [
    ['exp just past', 'token_expired', (f) => f.withClaims({ exp: f.nowSeconds - margin })],
    ['exp long past', 'token_expired', (f) => f.withClaims({ exp: 1 })],
    ['exp 0', 'token_expired', (f) => f.withClaims({ exp: 0 })],
    [
      'exp -0',
      'token_expired',
      (f) => f.seal(f.header, f.claimsText.replace(/"exp":\d+/, '"exp":-0')),
    ],
    [
      'exp in milliseconds of the past',
      'token_expired',
      (f) => f.withClaims({ exp: f.nowSeconds / 1000 }),
    ],
    ['exp missing', 'token_malformed', (f) => f.withClaims({ exp: undefined })],
    ['exp negative', 'token_malformed', (f) => f.withClaims({ exp: -1 })],
    [
      'exp 1e400',
      'token_malformed',
      (f) => f.seal(f.header, f.claimsText.replace(/"exp":\d+/, '"exp":1e400')),
    ],
    ['exp 1e300', 'token_malformed', (f) => f.withClaims({ exp: 1e300 })],
    ['exp 2^53', 'token_malformed', (f) => f.withClaims({ exp: 2 ** 53 })],
    [
      'exp NaN',
      'token_malformed',
      (f) => f.seal(f.header, f.claimsText.replace(/"exp":\d+/, '"exp":NaN')),
    ],
    ...['4000000000', 'Infinity', '', '9e9', 'never'].map(
      (exp): Row => [
        `exp as the text ${JSON.stringify(exp)}`,
        'token_malformed',
        (f) => f.withClaims({ exp }),
      ],
    ),
    ...[null, true, [4_000_000_000], { $date: 4_000_000_000 }].map(
      (exp): Row => [`exp ${JSON.stringify(exp)}`, 'token_malformed', (f) => f.withClaims({ exp })],
    ),
    [
      'Exp in its place',
      'token_malformed',
      (f) => f.withClaims({ exp: undefined, Exp: f.nowSeconds + 600 }),
    ],
    [
      'exp in the header alone',
      'token_malformed',
      (f) => f.seal({ ...f.header, exp: f.nowSeconds + 600 }, { ...f.claims, exp: undefined }),
    ],
    [
      'exp with a fraction, as a control',
      undefined,
      (f) => f.withClaims({ exp: f.nowSeconds + 600.5 }),
    ],
    [
      'exp 2^53 - 1, as a control: how long a token lives is for its issuer to say',
      undefined,
      (f) => f.withClaims({ exp: Number.MAX_SAFE_INTEGER }),
    ],
  ],
);

const beginnings = because(
  'A token of tomorrow is none of today (RFC 7519 §4.1.5); a time of another type must not be made a number.',
  [
    ['nbf just ahead', 'token_not_yet_valid', (f) => f.withClaims({ nbf: f.nowSeconds + margin })],
    ['nbf far ahead', 'token_not_yet_valid', (f) => f.withClaims({ nbf: f.nowSeconds + 86_400 })],
    [
      'nbf in milliseconds',
      'token_not_yet_valid',
      (f) => f.withClaims({ nbf: f.nowSeconds * 1000 }),
    ],
    ...['0', null, true, [], {}, -1, 1e300].map(
      (nbf): Row => [`nbf ${JSON.stringify(nbf)}`, 'token_malformed', (f) => f.withClaims({ nbf })],
    ),
    ...['now', '', null, true, [], {}, -1, 1e300].map(
      (iat): Row => [`iat ${JSON.stringify(iat)}`, 'token_malformed', (f) => f.withClaims({ iat })],
    ),
    ['nbf now, as a control', undefined, (f) => f.withClaims({ nbf: f.nowSeconds })],
    [
      'iat far ahead, as a control: iat says when, not from when (RFC 7519 §4.1.6)',
      undefined,
      (f) => f.withClaims({ iat: f.nowSeconds + 86_400 }),
    ],
  ],
);

export const claimAttacks: readonly HostileToken[] = [...issuerClaims, ...ends, ...beginnings];
