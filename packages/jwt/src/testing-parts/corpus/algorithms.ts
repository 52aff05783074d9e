/** Attacks on `alg`: none, confusion of families, look-alikes (RFC 8725 §3.1, §3.2). */
import { constants, createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  because,
  type Forge,
  type HostileToken,
  type Signer,
  signHmac,
  unsigned,
  fixed,
} from './forge.ts';

const nones = [
  'none',
  'None',
  'NONE',
  'nOnE',
  'NonE',
  ' none',
  'none ',
  'none\t',
  'none\n',
  'none\u0000',
  '\u0000none',
  'ｎｏｎｅ',
  'nоne',
  '',
  ' ',
];

const garbage = fixed(Buffer.from('signature'));

const unsignedTokens = because(
  'Whoever accepts a token without a signature accepts everyone (CVE-2015-9235, CVE-2022-23540, CVE-2026-28802).',
  [
    ...nones.flatMap((alg): Parameters<typeof because>[1] => {
      const name = JSON.stringify(alg);
      return [
        [
          `alg ${name}, no signature`,
          'token_signature_wrong',
          (f) => f.withHeader({ alg }, unsigned),
        ],
        [`alg ${name}, true signature`, 'token_signature_wrong', (f) => f.withHeader({ alg })],
      ];
    }),
    [
      'alg none, any signature',
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'none' }, garbage),
    ],
    [
      'alg none, no kid',
      'token_signature_wrong',
      (f) => f.seal({ alg: 'none', typ: f.header['typ'] }, f.claims, unsigned),
    ],
    ['alg ES256, no signature', 'token_signature_wrong', (f) => f.withHeader({}, unsigned)],
    [
      'alg HS256, no signature',
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'HS256' }, unsigned),
    ],
  ],
);

const ecPublicKey = (f: Forge) => createPublicKey(f.privateKey);
const pem = (key: KeyObject, type: 'spki' | 'pkcs1' = 'spki') =>
  key.export({ format: 'pem', type });
const der = (key: KeyObject, type: 'spki' | 'pkcs1' = 'spki') =>
  key.export({ format: 'der', type });
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' });

/** Public values that a careless verifier could take for a shared secret. */
const publicSecrets: readonly (readonly [string, (key: KeyObject) => string | Buffer])[] = [
  ['the PEM of the key', (key) => pem(key)],
  ['the PEM after a space', (key) => ` ${pem(key)}`],
  ['the PEM after a line feed', (key) => `\n${pem(key)}`],
  ['the PEM after a byte order mark', (key) => `\uFEFF${pem(key)}`],
  ['the PEM trimmed', (key) => pem(key).trim()],
  ['the PEM with CR LF', (key) => pem(key).replaceAll('\n', '\r\n')],
  ['the PEM with one line feed more', (key) => `${pem(key)}\n`],
  ['the base64 in the PEM', (key) => der(key).toString('base64')],
  ['the DER of the key', (key) => der(key)],
  ['the JWK as text', (key) => JSON.stringify(jwkOf(key))],
];

const confusion = because(
  'A public key is no secret: used as one for HMAC, it signs for everyone (CVE-2016-5431, CVE-2023-48223, CVE-2024-33663, CVE-2026-34950).',
  [
    ...publicSecrets.flatMap(([what, secretOf]): Parameters<typeof because>[1] => [
      [
        `HS256 with ${what} of RS256`,
        'token_signature_wrong',
        (f) => f.withHeader({ alg: 'HS256', kid: f.rsa.kid }, signHmac(secretOf(f.rsa.publicKey))),
      ],
      [
        `HS256 with ${what} of ES256`,
        'token_signature_wrong',
        (f) => f.withHeader({ alg: 'HS256' }, signHmac(secretOf(ecPublicKey(f)))),
      ],
      [
        `alg RS256 over an HMAC with ${what}`,
        'token_signature_wrong',
        (f) => f.withHeader({ alg: 'RS256', kid: f.rsa.kid }, signHmac(secretOf(f.rsa.publicKey))),
      ],
    ]),
    ...(['pem', 'der'] as const).map((format): Parameters<typeof because>[1][number] => [
      `HS256 with the PKCS #1 ${format} of RS256`,
      'token_signature_wrong',
      (f) => {
        const secret =
          format === 'pem' ? pem(f.rsa.publicKey, 'pkcs1') : der(f.rsa.publicKey, 'pkcs1');
        return f.withHeader({ alg: 'HS256', kid: f.rsa.kid }, signHmac(secret));
      },
    ]),
    ...['n', 'kid'].map((member): Parameters<typeof because>[1][number] => [
      `HS256 with the ${member} of RS256`,
      'token_signature_wrong',
      (f) => {
        const secret = String(member === 'kid' ? f.rsa.kid : jwkOf(f.rsa.publicKey)[member as 'n']);
        return f.withHeader({ alg: 'HS256', kid: f.rsa.kid }, signHmac(secret));
      },
    ]),
    ...['sha384', 'sha512'].map((hash): Parameters<typeof because>[1][number] => [
      `HS${hash.slice(3)} with the PEM of RS256`,
      'token_signature_wrong',
      (f) =>
        f.withHeader(
          { alg: `HS${hash.slice(3)}`, kid: f.rsa.kid },
          signHmac(pem(f.rsa.publicKey), hash),
        ),
    ]),
    ...['', 'secret', '\u0000'].map((secret): Parameters<typeof because>[1][number] => [
      `HS256 with the secret ${JSON.stringify(secret)}`,
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'HS256' }, signHmac(secret)),
    ]),
  ],
);

const rsaSigner =
  (f: Forge, hash: string, isPss = false): Signer =>
  (input) =>
    sign(hash, input, {
      key: f.rsa.privateKey,
      ...(isPss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {}),
    });
const byRsa = (f: Forge, alg: string, hash: string, isPss?: boolean) =>
  f.withHeader({ alg, kid: f.rsa.kid }, rsaSigner(f, hash, isPss));

const families = because(
  'One key is for one algorithm; the header may only agree (RFC 8725 §3.1).',
  [
    ['RS256, as a control', undefined, (f) => byRsa(f, 'RS256', 'sha256')],
    [
      'PS256 by the key of RS256',
      'token_signature_wrong',
      (f) => byRsa(f, 'PS256', 'sha256', true),
    ],
    ['RS384 by the key of RS256', 'token_signature_wrong', (f) => byRsa(f, 'RS384', 'sha384')],
    ['RS512 by the key of RS256', 'token_signature_wrong', (f) => byRsa(f, 'RS512', 'sha512')],
    ['RS1 by the key of RS256', 'token_signature_wrong', (f) => byRsa(f, 'RS1', 'sha1')],
    [
      'alg RS256 over a signature with SHA-1',
      'token_signature_wrong',
      (f) => byRsa(f, 'RS256', 'sha1'),
    ],
    [
      'alg RS256 over a signature with SHA-512',
      'token_signature_wrong',
      (f) => byRsa(f, 'RS256', 'sha512'),
    ],
    [
      'alg RS256 over a signature of PS256',
      'token_signature_wrong',
      (f) => byRsa(f, 'RS256', 'sha256', true),
    ],
    [
      'RS256 under the kid of ES256',
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'RS256' }, rsaSigner(f, 'sha256')),
    ],
    [
      'ES256 under the kid of RS256',
      'token_signature_wrong',
      (f) => f.withHeader({ kid: f.rsa.kid }),
    ],
    [
      'EdDSA under the kid of ES256',
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'EdDSA' }),
    ],
    [
      'alg RS256 over a signature of ES256',
      'token_signature_wrong',
      (f) => f.withHeader({ alg: 'RS256' }),
    ],
  ],
);

const lookAlikes = because(
  'Names of algorithms are compared as they are: what is nearly ES256 is something else (RFC 7515 §4.1.1; CVE-2026-34950).',
  [
    'es256',
    'Es256',
    'ES256 ',
    ' ES256',
    'ES256\n',
    'ES256\u0000',
    'ＥＳ２５６',
    'ЕS256',
    'ES256K',
    'ES384',
    'ES512',
    'ESP256',
    'RSA1_5',
    'RSA-OAEP',
    'PBES2-HS256+A128KW',
    'ECDH-ES',
    'dir',
    'A256GCMKW',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'ES256,none',
    'A'.repeat(2000),
  ].map((alg) => [
    `alg ${JSON.stringify(alg.slice(0, 40))}`,
    'token_signature_wrong' as const,
    (f) => f.withHeader({ alg }),
  ]),
);

const types = because('What is no string must not become one by chance (RFC 7515 §4.1.1).', [
  ['no alg', 'token_malformed', (f) => f.withHeader({ alg: undefined })],
  ...[null, true, 256, ['ES256'], [], {}, { alg: 'ES256' }].map(
    (alg): Parameters<typeof because>[1][number] => [
      `alg ${JSON.stringify(alg)}`,
      'token_malformed',
      (f) => f.withHeader({ alg }),
    ],
  ),
]);

export const algorithmAttacks: readonly HostileToken[] = [
  ...unsignedTokens,
  ...confusion,
  ...families,
  ...lookAlikes,
  ...types,
];
