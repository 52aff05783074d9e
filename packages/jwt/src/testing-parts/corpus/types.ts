/**
 * Attacks by confusion of kinds: a valid token of the same issuer that is no access token (RFC 8725
 * §3.11, RFC 9068 §4).
 */
import { randomBytes } from 'node:crypto';
import { because, type HostileToken } from './forge.ts';

type Row = Parameters<typeof because>[1][number];

/** Everything else that an issuer signs, and similar types. */
const otherTypes = [
  'JWT',
  'jwt',
  'application/jwt',
  'logout+jwt',
  'dpop+jwt',
  'statuslist+jwt',
  'statuslist+cwt',
  'api-keys+jwt',
  'api-key+jwe',
  'oauth-authz-req+jwt',
  'token-introspection+jwt',
  'client-authentication+jwt',
  'secevent+jwt',
  'entity-statement+jwt',
  'vc+sd-jwt',
  'JOSE',
  'at',
  'at+jwe',
  'at+jwt ',
  ' at+jwt',
  'at+jwt\n',
  'at+jwt\u0000',
  'at+jwt;x=1',
  'at jwt',
  'at%2Bjwt',
  'xat+jwt',
  'at+jwtx',
  'text/at+jwt',
  'application/ at+jwt',
  'application/application/at+jwt',
  'xapplication/at+jwt',
  'application//at+jwt',
  'аt+jwt',
  'at＋jwt',
  '',
];

const swaps = because(
  'An ID token, a logout token or a proof that passes for an access token gives its holder what he was never given (CVE-2026-101023).',
  [
    ...otherTypes.map(
      (typ): Row => [
        `typ ${JSON.stringify(typ)}`,
        'token_type_wrong',
        (f) => f.withHeader({ typ }),
      ],
    ),
    ['no typ', 'token_type_wrong', (f) => f.withHeader({ typ: undefined })],
    ...[null, 1, true, [], ['at+jwt'], {}, { typ: 'at+jwt' }].map(
      (typ): Row => [
        `typ ${JSON.stringify(typ)}`,
        'token_type_wrong',
        (f) => f.withHeader({ typ }),
      ],
    ),
    ['at+jwt in cty alone', 'token_type_wrong', (f) => f.withHeader({ typ: 'JWT', cty: 'at+jwt' })],
    [
      'at+jwt as a claim alone',
      'token_type_wrong',
      (f) =>
        f.seal({ ...f.header, typ: 'JWT' }, { ...f.claims, typ: 'at+jwt', token_use: 'access' }),
    ],
    ...['AT+JWT', 'At+Jwt', 'application/at+jwt', 'Application/AT+JWT'].map(
      (typ): Row => [
        `typ ${JSON.stringify(typ)}, as a control: case and application/ say nothing (RFC 7515 §4.1.9)`,
        undefined,
        (f) => f.withHeader({ typ }),
      ],
    ),
  ],
);

const secret = (length: number) => randomBytes(length).toString('base64url');

const otherCredentials = because(
  'A credential of another kind is not an access token, whatever it opens elsewhere.',
  [
    ['a refresh token', 'token_malformed', () => `kwr_${secret(16)}.${secret(32)}`],
    ['an authorization code', 'token_malformed', () => secret(32)],
    ['an API key', 'token_malformed', () => `kwk_live_${'a'.repeat(16)}_${'b'.repeat(49)}`],
    ['a PASETO', 'token_malformed', () => `v4.public.${secret(96)}`],
    ['a UUID', 'token_malformed', () => '5f0c7a52-3a4f-4f0e-9c8e-5c7f0f4b7a10'],
    [
      'user and password in base64',
      'token_malformed',
      () => Buffer.from('ada:secret').toString('base64url'),
    ],
    ['the word null', 'token_malformed', () => 'null'],
    ['the word undefined', 'token_malformed', () => 'undefined'],
    ['[object Object]', 'token_malformed', () => '[object Object]'],
  ],
);

const extensions = because(
  'An extension that must be understood and is not is a reason to refuse (CVE-2025-59420, CVE-2026-32597, CVE-2026-35042).',
  [
    ['an unknown crit', 'token_malformed', (f) => f.withHeader({ crit: ['x'], x: true })],
    ['a crit that is not in the header', 'token_malformed', (f) => f.withHeader({ crit: ['x'] })],
    ['crit that names alg', 'token_malformed', (f) => f.withHeader({ crit: ['alg'] })],
    [
      'crit that names exp',
      'token_malformed',
      (f) => f.withHeader({ crit: ['exp'], exp: 4_000_000_000 }),
    ],
    ['an empty crit', 'token_malformed', (f) => f.withHeader({ crit: [] })],
    ...[null, 'b64', 1, true, {}, [1], [null], [['b64']]].map(
      (crit): Row => [
        `crit ${JSON.stringify(crit)}`,
        'token_malformed',
        (f) => f.withHeader({ crit }),
      ],
    ),
    [
      'crit b64, and b64 false',
      'token_malformed',
      (f) => f.withHeader({ crit: ['b64'], b64: false }),
    ],
    [
      'crit b64, and b64 true',
      'token_malformed',
      (f) => f.withHeader({ crit: ['b64'], b64: true }),
    ],
    ['b64 false without crit', 'token_malformed', (f) => f.withHeader({ b64: false })],
    [
      'b64 false over claims as they are',
      'token_malformed',
      (f) => {
        const [head] = f.withHeader({ crit: ['b64'], b64: false }).split('.');
        return `${head}.${f.claimsText}.${f.withHeader({}).split('.')[2]}`;
      },
    ],
    [
      'unknown members of the header, as a control',
      undefined,
      (f) => f.withHeader({ x: 1, ppt: 'shaken' }),
    ],
  ],
);

export const typeAttacks: readonly HostileToken[] = [...swaps, ...otherCredentials, ...extensions];
