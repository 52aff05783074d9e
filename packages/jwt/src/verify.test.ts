import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { algorithms } from './algorithms.ts';
import { JwtError } from './jwt-error.ts';
import { exportPublicJwk, importKeySet } from './key-set.ts';
import { anyAudience, anyIssuer } from './unchecked.ts';
import {
  type ClaimsExpectation,
  parseJwt,
  type VerifyOptions,
  verifyJwt,
  verifyParsed,
} from './verify.ts';

const now = 1_800_000_000;
const issuer = 'https://issuer.example';
const audience = 'https://api.example';
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const otherEc = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keys = importKeySet({
  keys: [
    exportPublicJwk(ec.publicKey, 'e1', 'ES256'),
    exportPublicJwk(rsa.publicKey, 'r1', 'RS256'),
  ],
});
const options: VerifyOptions = { keys, typ: 'at+jwt', issuer, audience, nowSeconds: now };

const goodHeader = { alg: 'ES256', typ: 'at+jwt', kid: 'e1' };
const goodClaims = { iss: issuer, aud: audience, sub: 'usr_1', iat: now, exp: now + 600 };

type Sign = (input: Buffer) => Buffer;
const signEs256 =
  (key: KeyObject): Sign =>
  (input) =>
    sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
const signRs256: Sign = (input) => sign('sha256', input, rsa.privateKey);
const hs256 =
  (secret: string | Buffer): Sign =>
  (input) =>
    createHmac('sha256', secret).update(input).digest();
const raw =
  (signature: Buffer): Sign =>
  () =>
    signature;

function encode(part: unknown): string {
  const text = typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part);
  return Buffer.from(text).toString('base64url');
}

function forge(
  header: unknown = goodHeader,
  claims: unknown = goodClaims,
  signer: Sign = signEs256(ec.privateKey),
): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signer(Buffer.from(input)).toString('base64url')}`;
}

function reasonOf(token: string, changes: Partial<VerifyOptions> = {}): string {
  try {
    verifyJwt(token, { ...options, ...changes });
    return 'accepted';
  } catch (error) {
    if (error instanceof JwtError) return error.reason;
    throw error;
  }
}

/** The reason, and the note if several checks share the reason. */
function refusalOf(token: string): string {
  try {
    return JSON.stringify(verifyJwt(token, options));
  } catch (error) {
    const { reason, note } = error as JwtError;
    const isShared = reason === 'token_malformed' || reason === 'token_signature_wrong';
    return isShared && note !== undefined ? `${reason}: ${note}` : reason;
  }
}

function messageOf(token: string): string {
  try {
    return JSON.stringify(verifyJwt(token, options));
  } catch (error) {
    return (error as JwtError).message;
  }
}

const good = forge();
const [head = '', body = '', signature = ''] = good.split('.');
const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' });
const asConfused = { alg: 'HS256', typ: 'at+jwt', kid: 'r1' };
const ownJwk = exportPublicJwk(otherEc.publicKey, 'e1', 'ES256');
const raise = (by: Record<string, unknown>) => ({ ...goodHeader, ...by });
const claim = (by: Record<string, unknown>) => ({ ...goodClaims, ...by });
const without = (name: keyof typeof goodClaims) => claim({ [name]: undefined });
const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const order = Buffer.from(
  'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  'hex',
);
const invalidUtf8 = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]);

/**
 * The last character of 64 bytes has two bits without a meaning: another character decodes to the
 * same bytes.
 */
function twist(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(text.at(-1) ?? '');
  return text.slice(0, -1) + alphabet[last ^ 1];
}

/**
 * The attack, the token, and the required reason of the refusal. Numbers are lines of the
 * yardsticks' peers.
 */
const attacks: readonly (readonly [string, string, string])[] = [
  // The algorithm (RFC 8725 §3.1, §3.2; CVE-2026-28802, CVE-2022-23540, CVE-2026-34950,
  // CVE-2024-33663).
  ...['none', 'None', 'NONE', 'nOnE', ' none', 'none ', ''].flatMap((alg) => [
    [
      `alg "${alg}" with an empty signature`,
      forge(raise({ alg }), goodClaims, raw(Buffer.alloc(0))),
      'token_signature_wrong: no such key',
    ] as const,
    [
      `alg "${alg}" with a true signature`,
      forge(raise({ alg })),
      'token_signature_wrong: no such key',
    ] as const,
  ]),
  [
    'alg none without kid',
    forge({ alg: 'none', typ: 'at+jwt' }, goodClaims, raw(Buffer.alloc(0))),
    'token_signature_wrong: no such key',
  ],
  [
    'HS256 with the RSA public key in PEM',
    forge(asConfused, goodClaims, hs256(pem)),
    'token_signature_wrong: no such key',
  ],
  [
    'HS256 with the PEM after white space',
    forge(asConfused, goodClaims, hs256(` \n${pem}`)),
    'token_signature_wrong: no such key',
  ],
  [
    'HS256 with the PEM trimmed',
    forge(asConfused, goodClaims, hs256(pem.trim())),
    'token_signature_wrong: no such key',
  ],
  [
    'HS256 with the DER of the key',
    forge(asConfused, goodClaims, hs256(rsa.publicKey.export({ format: 'der', type: 'spki' }))),
    'token_signature_wrong: no such key',
  ],
  [
    'HS256 with an empty secret',
    forge(raise({ alg: 'HS256' }), goodClaims, hs256('')),
    'token_signature_wrong: no such key',
  ],
  [
    'HS256 under the alg of the key',
    forge(raise({ alg: 'RS256', kid: 'r1' }), goodClaims, hs256(pem)),
    'token_signature_wrong',
  ],
  [
    'the alg of another key under this kid',
    forge(raise({ alg: 'RS256' }), goodClaims, signRs256),
    'token_signature_wrong: no such key',
  ],
  [
    'another alg of the same key',
    forge(raise({ alg: 'PS256', kid: 'r1' }), goodClaims, signRs256),
    'token_signature_wrong: no such key',
  ],
  ...[
    'es256',
    'ES256 ',
    'ES256K',
    'ES384',
    'Es256',
    'ＥＳ256',
    'RSA1_5',
    'PBES2-HS256+A128KW',
    '__proto__',
    'toString',
  ].map(
    (alg) =>
      [
        `the look-alike alg "${alg}"`,
        forge(raise({ alg })),
        'token_signature_wrong: no such key',
      ] as const,
  ),
  ['no alg', forge({ typ: 'at+jwt', kid: 'e1' }), 'token_malformed: no alg'],
  ['alg as a list', forge(raise({ alg: ['ES256'] })), 'token_malformed: no alg'],
  ['alg null', forge(raise({ alg: null })), 'token_malformed: no alg'],

  // Keys inside the token (RFC 8725 §3.10; CVE-2026-27962).
  [
    'jwk in the header',
    forge(raise({ jwk: ownJwk }), goodClaims, signEs256(otherEc.privateKey)),
    'token_signature_wrong',
  ],
  [
    'jwk in the header, without kid',
    forge({ alg: 'ES256', typ: 'at+jwt', jwk: ownJwk }, goodClaims, signEs256(otherEc.privateKey)),
    'token_signature_wrong',
  ],
  ...['jku', 'x5u', 'x5c'].map(
    (name) =>
      [
        `${name} in the header`,
        forge(
          raise({ [name]: 'https://evil.example/keys' }),
          goodClaims,
          signEs256(otherEc.privateKey),
        ),
        'token_signature_wrong',
      ] as const,
  ),
  ...[
    '../../../../dev/null',
    "e1' OR '1'='1",
    'https://evil.example/e1',
    'e1\u0000',
    '',
    '__proto__',
    'constructor',
    'E1',
  ].map(
    (kid) =>
      [
        `kid ${JSON.stringify(kid)}`,
        forge(raise({ kid })),
        'token_signature_wrong: no such key',
      ] as const,
  ),
  ['kid as a list', forge(raise({ kid: ['e1'] })), 'token_malformed: kid is not a string'],
  ['kid as a number', forge(raise({ kid: 1 })), 'token_malformed: kid is not a string'],
  ['kid null', forge(raise({ kid: null })), 'token_malformed: kid is not a string'],

  // Extensions (RFC 7515 §4.1.11; CVE-2025-59420, CVE-2026-32597, CVE-2026-35042).
  ['an unknown crit', forge(raise({ crit: ['x'], x: 1 })), 'token_malformed: critical extension'],
  ['an empty crit', forge(raise({ crit: [] })), 'token_malformed: critical extension'],
  ['a crit that is no list', forge(raise({ crit: 'exp' })), 'token_malformed: critical extension'],
  [
    'crit with b64',
    forge(raise({ crit: ['b64'], b64: false })),
    'token_malformed: critical extension',
  ],
  ['b64 false without crit', forge(raise({ b64: false })), 'token_malformed: critical extension'],
  [
    'zip in the header of compressed claims',
    forge(raise({ zip: 'DEF' }), Buffer.from('789cab560a', 'hex')),
    'token_malformed: not a plain JSON object',
  ],

  // The signature itself (CVE-2022-21449, CVE-2025-65945).
  [
    'r = 0 and s = 0',
    forge(goodHeader, goodClaims, raw(Buffer.alloc(64))),
    'token_signature_wrong',
  ],
  [
    'r = 0',
    forge(goodHeader, goodClaims, raw(Buffer.concat([Buffer.alloc(32), Buffer.alloc(32, 1)]))),
    'token_signature_wrong',
  ],
  [
    's = 0',
    forge(goodHeader, goodClaims, raw(Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32)]))),
    'token_signature_wrong',
  ],
  [
    'r and s of the order of the curve',
    forge(goodHeader, goodClaims, raw(Buffer.concat([order, order]))),
    'token_signature_wrong',
  ],
  [
    'r and s all ones',
    forge(goodHeader, goodClaims, raw(Buffer.alloc(64, 0xff))),
    'token_signature_wrong',
  ],
  [
    'a signature in DER',
    forge(goodHeader, goodClaims, (input) => sign('sha256', input, ec.privateKey)),
    'token_signature_wrong',
  ],
  ['a signature cut short', `${head}.${body}.${signature.slice(0, -6)}`, 'token_signature_wrong'],
  [
    'a signature with surplus bytes',
    `${head}.${body}.${signature.slice(0, -2)}AAAAAA`,
    'token_signature_wrong',
  ],
  [
    'a signature with a zero byte more',
    forge(goodHeader, goodClaims, (input) =>
      Buffer.concat([signEs256(ec.privateKey)(input), Buffer.alloc(1)]),
    ),
    'token_signature_wrong',
  ],
  ['no signature', `${head}.${body}.`, 'token_signature_wrong'],
  [
    'the signature of another key',
    forge(goodHeader, goodClaims, signEs256(otherEc.privateKey)),
    'token_signature_wrong',
  ],
  [
    'the signature of another token',
    `${head}.${encode(claim({ sub: 'usr_2' }))}.${signature}`,
    'token_signature_wrong',
  ],
  [
    'an expired token with a wrong signature is judged by its signature',
    forge(goodHeader, claim({ exp: 1 }), signEs256(otherEc.privateKey)),
    'token_signature_wrong',
  ],
  [
    'a foreign issuer with a wrong signature is judged by its signature',
    forge(goodHeader, claim({ iss: 'x' }), signEs256(otherEc.privateKey)),
    'token_signature_wrong',
  ],

  // The form (RFC 7515 §2, §5.2; CVE-2025-27144, CVE-2025-30204).
  ['nothing', '', 'token_malformed: not three parts'],
  ['one part', 'abc', 'token_malformed: not three parts'],
  ['two parts', `${head}.${body}`, 'token_malformed: not three parts'],
  ['four parts', `${good}.`, 'token_malformed: not three parts'],
  [
    'five parts, a JWE',
    `${head}.${body}.${signature}.${body}.${signature}`,
    'token_malformed: not three parts',
  ],
  ['an empty header', `.${body}.${signature}`, 'token_malformed: not three parts'],
  ['empty claims', `${head}..${signature}`, 'token_malformed: not a plain JSON object'],
  ['a million dots', '.'.repeat(1_000_000), 'token_malformed: too long'],
  [
    '16 KiB and one character',
    forge(goodHeader, claim({ pad: 'a'.repeat(16 * 1024) })),
    'token_malformed: too long',
  ],
  ['padded base64', `${head}=.${body}.${signature}`, 'token_malformed: not canonical base64url'],
  [
    'plain base64 in the signature',
    `${head}.${body}.${signature.slice(0, -2)}+/`,
    'token_malformed: not canonical base64url',
  ],
  [
    'a signature that ends in other surplus bits',
    `${head}.${body}.${twist(signature)}`,
    'token_malformed: not canonical base64url',
  ],
  [
    'white space inside',
    `${head}.${body}. ${signature}`,
    'token_malformed: not canonical base64url',
  ],
  ['a line feed at the end', `${good}\n`, 'token_malformed: not canonical base64url'],
  ['a NUL at the end', `${good}\u0000`, 'token_malformed: not canonical base64url'],
  [
    'characters beyond ASCII',
    `${head}.${body}.${signature}é`,
    'token_malformed: not canonical base64url',
  ],
  [
    'JSON serialisation',
    JSON.stringify({ payload: body, protected: head, signature }),
    'token_malformed: not three parts',
  ],

  // Ambiguous JSON (RFC 7515 §4, RFC 7519 §4).
  [
    'alg twice',
    forge('{"alg":"none","typ":"at+jwt","kid":"e1","alg":"ES256"}'),
    'token_malformed: not a plain JSON object',
  ],
  [
    'alg twice, once by an escape',
    forge('{"\\u0061lg":"none","typ":"at+jwt","kid":"e1","alg":"ES256"}'),
    'token_malformed: not a plain JSON object',
  ],
  [
    'sub twice',
    forge(goodHeader, `{"sub":"usr_2",${JSON.stringify(goodClaims).slice(1)}`),
    'token_malformed: not a plain JSON object',
  ],
  [
    'a member twice inside a claim',
    forge(goodHeader, `{"x":[{"a":1,"a":2}],${JSON.stringify(goodClaims).slice(1)}`),
    'token_malformed: not a plain JSON object',
  ],
  [
    '__proto__ twice',
    forge(goodHeader, `{"__proto__":1,"__proto__":2,${JSON.stringify(goodClaims).slice(1)}`),
    'token_malformed: not a plain JSON object',
  ],
  ['claims that are a list', forge(goodHeader, '[]'), 'token_malformed: not a plain JSON object'],
  [
    'claims that are a string',
    forge(goodHeader, '"{}"'),
    'token_malformed: not a plain JSON object',
  ],
  ['claims that are null', forge(goodHeader, 'null'), 'token_malformed: not a plain JSON object'],
  ['a header that is a list', forge('["ES256"]'), 'token_malformed: not a plain JSON object'],
  [
    'claims cut short',
    forge(goodHeader, '{"iss":"https://issuer.example"'),
    'token_malformed: not a plain JSON object',
  ],
  [
    'claims with a comma too many',
    forge(goodHeader, '{"a":1,}'),
    'token_malformed: not a plain JSON object',
  ],
  [
    'text after the claims',
    forge(goodHeader, `${JSON.stringify(goodClaims)}{}`),
    'token_malformed: not a plain JSON object',
  ],
  [
    'a byte order mark',
    forge(goodHeader, `\uFEFF${JSON.stringify(goodClaims)}`),
    'token_malformed: not a plain JSON object',
  ],
  [
    'claims in invalid UTF-8',
    forge(goodHeader, invalidUtf8),
    'token_malformed: not a plain JSON object',
  ],
  ['a header in invalid UTF-8', forge(invalidUtf8), 'token_malformed: not a plain JSON object'],
  [
    'claims in UTF-16',
    forge(goodHeader, Buffer.from(JSON.stringify(goodClaims), 'utf16le')),
    'token_malformed: not a plain JSON object',
  ],
  [
    'claims nested 5000 deep',
    forge(goodHeader, nested(5000)),
    'token_malformed: not a plain JSON object',
  ],
  ['a header nested 100 deep', forge(nested(100)), 'token_malformed: not a plain JSON object'],

  // The type (RFC 8725 §3.11, RFC 9068 §4).
  ['no typ', forge({ alg: 'ES256', kid: 'e1' }), 'token_type_wrong'],
  ...[
    'JWT',
    'logout+jwt',
    'dpop+jwt',
    'application/jwt',
    'at+jwt ',
    'at+jwt;x',
    'application/application/at+jwt',
    'xapplication/at+jwt',
    '',
  ].map((typ) => [`typ "${typ}"`, forge(raise({ typ })), 'token_type_wrong'] as const),
  ['typ as a list', forge(raise({ typ: ['at+jwt'] })), 'token_type_wrong'],

  // Issuer and audience (RFC 8725 §3.8, §3.9; CVE-2024-53861).
  ...[
    'https://issuer.exampl',
    'https://issuer.example/',
    'https://issuer.example.evil.example',
    'HTTPS://issuer.example',
    '',
    'ttps://issuer.example',
  ].map(
    (iss) => [`iss "${iss}"`, forge(goodHeader, claim({ iss })), 'token_issuer_wrong'] as const,
  ),
  ['iss as a list', forge(goodHeader, claim({ iss: [issuer] })), 'token_issuer_wrong'],
  ['no iss', forge(goodHeader, without('iss')), 'token_issuer_wrong'],
  [
    'another aud',
    forge(goodHeader, claim({ aud: 'https://other.example' })),
    'token_audience_wrong',
  ],
  [
    'an aud that starts alike',
    forge(goodHeader, claim({ aud: `${audience}/x` })),
    'token_audience_wrong',
  ],
  [
    'an aud that is a part',
    forge(goodHeader, claim({ aud: 'https://api.exampl' })),
    'token_audience_wrong',
  ],
  ['no aud', forge(goodHeader, without('aud')), 'token_audience_wrong'],
  ['an empty list of aud', forge(goodHeader, claim({ aud: [] })), 'token_audience_wrong'],
  [
    'a list of other aud',
    forge(goodHeader, claim({ aud: ['a', 'b', null, 1] })),
    'token_audience_wrong',
  ],
  [
    'aud as an object',
    forge(goodHeader, claim({ aud: { [audience]: true } })),
    'token_audience_wrong',
  ],
  ['aud in a nested list', forge(goodHeader, claim({ aud: [[audience]] })), 'token_audience_wrong'],

  // Times (RFC 7519 §4.1.4, §4.1.5).
  ['exp now', forge(goodHeader, claim({ exp: now })), 'token_expired'],
  ['exp in the past', forge(goodHeader, claim({ exp: now - 1 })), 'token_expired'],
  ['exp 0', forge(goodHeader, claim({ exp: 0 })), 'token_expired'],
  ['no exp', forge(goodHeader, without('exp')), 'token_malformed: exp'],
  ['exp as a string', forge(goodHeader, claim({ exp: String(now + 600) })), 'token_malformed: exp'],
  ['exp null', forge(goodHeader, claim({ exp: null })), 'token_malformed: exp'],
  ['exp true', forge(goodHeader, claim({ exp: true })), 'token_malformed: exp'],
  ['exp as a list', forge(goodHeader, claim({ exp: [now + 600] })), 'token_malformed: exp'],
  [
    'exp beyond every number',
    forge(goodHeader, JSON.stringify(goodClaims).replace(/"exp":\d+/, '"exp":1e400')),
    'token_malformed: not a plain JSON object',
  ],
  [
    'exp beyond the safe integers',
    forge(goodHeader, claim({ exp: 1e300 })),
    'token_malformed: exp',
  ],
  ['a negative exp', forge(goodHeader, claim({ exp: -1 })), 'token_malformed: exp'],
  ['nbf in the future', forge(goodHeader, claim({ nbf: now + 1 })), 'token_not_yet_valid'],
  ['nbf as a string', forge(goodHeader, claim({ nbf: '0' })), 'token_malformed: nbf'],
  ['nbf null', forge(goodHeader, claim({ nbf: null })), 'token_malformed: nbf'],
  ['iat as a string', forge(goodHeader, claim({ iat: 'now' })), 'token_malformed: iat'],
];

describe('a JWT is refused', () => {
  it.each(attacks)('with %s', (_name, token, refusal) => {
    expect(refusalOf(token)).toBe(refusal);
  });

  it('when it has no kid and two keys of its alg are known', () => {
    const two = importKeySet({
      keys: [ec, otherEc].map((pair, at) => exportPublicJwk(pair.publicKey, `e${at}`, 'ES256')),
    });
    expect(reasonOf(forge({ alg: 'ES256', typ: 'at+jwt' }), { keys: two })).toBe(
      'token_signature_wrong',
    );
  });

  // RFC 8725 §3.1. Key sets also find keys by `alg`. A caller that finds keys in another way gets
  // the same check.
  it.each(['RS256', 'none', 'EdDSA'])(
    'when its header says %s and a key of ES256 was found for it, which did sign it',
    (alg) => {
      const parsed = parseJwt(forge(raise({ alg })));
      const verify = () => verifyParsed(parsed, keys.find('e1', 'ES256'), options);
      expect(verify).toThrow(
        expect.objectContaining({
          reason: 'token_signature_wrong',
          note: 'alg of another key',
        }) as Error,
      );
    },
  );

  it('when its typ has "application/" elsewhere than at its beginning', () => {
    expect(reasonOf(forge(raise({ typ: 'at+application/jwt' })))).toBe('token_type_wrong');
  });

  it.each(['.a.b', 'a.b', 'a', 'a.b.c.d'])('when it has not three parts: %s', (token) => {
    expect(() => parseJwt(token)).toThrow(
      expect.objectContaining({ note: 'not three parts' }) as Error,
    );
  });

  it.each(['', 'application/'])(
    'when its typ is "%s", where one without a type is taken',
    (typ) => {
      expect(reasonOf(forge(raise({ typ })), { typ: ['JWT', ''] })).toBe('token_type_wrong');
    },
  );

  it('when any one bit of it is flipped', () => {
    for (let at = 0; at < good.length; at += 1) {
      const flipped =
        good.slice(0, at) + String.fromCharCode(good.charCodeAt(at) ^ 1) + good.slice(at + 1);
      expect(reasonOf(flipped), `character ${at}`).not.toBe('accepted');
    }
  });

  it('without a word of what was sent', () => {
    const messages = attacks.map(([, token]) => messageOf(token)).join('\n');
    expect(messages).not.toMatch(/usr_|evil|e1/);
  });
});

describe('a JWT is accepted', () => {
  const accepted: readonly [string, string, Partial<VerifyOptions>?][] = [
    ['as it should be', good],
    [
      'under RS256 with the RSA key',
      forge({ alg: 'RS256', typ: 'at+jwt', kid: 'r1' }, goodClaims, signRs256),
    ],
    ['with typ in other case', forge(raise({ typ: 'AT+JWT' }))],
    ['with the long form of typ', forge(raise({ typ: 'application/at+jwt' }))],
    ['with one of several types', forge(raise({ typ: 'JWT' })), { typ: ['at+jwt', 'jwt'] }],
    [
      'without typ, where one without a type is taken',
      forge(raise({ typ: undefined })),
      { typ: ['JWT', ''] },
    ],
    ['without kid when one key has its alg', forge({ alg: 'ES256', typ: 'at+jwt' })],
    ['with its audience among others', forge(goodHeader, claim({ aud: ['x', audience] }))],
    ['with one of several audiences', good, { audience: ['x', audience] }],
    [
      'for any audience when none is asked for',
      forge(goodHeader, without('aud')),
      { audience: anyAudience },
    ],
    [
      'from any issuer when none is asked for',
      forge(goodHeader, without('iss')),
      { issuer: anyIssuer },
    ],
    ['in its last second', good, { nowSeconds: now + 599 }],
    [
      'within the tolerance after its end',
      good,
      { nowSeconds: now + 604, clockToleranceSeconds: 5 },
    ],
    [
      'within the tolerance before nbf',
      forge(goodHeader, claim({ nbf: now + 5 })),
      { clockToleranceSeconds: 5 },
    ],
    ['without iat', forge(goodHeader, without('iat'))],
    ['with text beyond ASCII', forge(goodHeader, claim({ name: 'Zoë "\\" 🏠 : {[' }))],
    [
      'with jwk and x5u in the header, which are not followed',
      forge(raise({ jwk: ownJwk, x5u: 'https://evil.example' })),
    ],
    [
      'with many objects beside each other',
      forge(goodHeader, claim({ details: Array.from({ length: 500 }, () => ({ a: {} })) })),
    ],
    [
      'with nested claims',
      forge(goodHeader, claim({ details: [{ a: { b: [1, { c: null }] } }, { a: 1 }] })),
    ],
  ];
  it.each(accepted)('%s', (_name, token, changes = {}) => {
    expect(reasonOf(token, changes)).toBe('accepted');
  });

  it('with __proto__ as a claim like any other', () => {
    const token = forge(
      goodHeader,
      `{"__proto__":{"admin":true},${JSON.stringify(goodClaims).slice(1)}`,
    );
    expect((verifyJwt(token, options).claims as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe('RFC vectors', () => {
  const payload =
    'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
  const expected: ClaimsExpectation = {
    issuer: 'joe',
    audience: anyAudience,
    nowSeconds: 1300819379,
  };

  it('RFC 7515 A.2: RS256', () => {
    const jwk = {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    };
    const token = `eyJhbGciOiJSUzI1NiJ9.${payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`;
    const key = importKeySet({ keys: [jwk] }).find(undefined, 'RS256');
    expect(verifyParsed(parseJwt(token), key, expected).claims['iss']).toBe('joe');
  });

  it('RFC 7515 A.3: ES256', () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    };
    const token = `eyJhbGciOiJFUzI1NiJ9.${payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`;
    const key = importKeySet({ keys: [jwk] }).find(undefined, 'ES256');
    expect(verifyParsed(parseJwt(token), key, expected).claims['iss']).toBe('joe');
  });

  it('RFC 8037 A.4: Ed25519', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    const key = importKeySet({ keys: [jwk] }).find(undefined, 'EdDSA')!;
    const input = Buffer.from('eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc');
    const vector = Buffer.from(
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
      'base64url',
    );
    expect(algorithms.EdDSA.verify(input, key.publicKey, vector)).toBe(true);
  });

  it('RFC 7515 A.5: an unsecured JWS is refused', () => {
    expect(reasonOf(`eyJhbGciOiJub25lIn0.${payload}.`)).not.toBe('accepted');
  });
});
