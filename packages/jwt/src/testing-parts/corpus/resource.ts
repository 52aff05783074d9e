/**
 * Attacks that only an API can detect: whether the token is for it, and who the caller is (RFC 9068
 * §4, RFC 8725 §3.9).
 */
import { because, type Forge, type HostileToken } from './forge.ts';

type Row = Parameters<typeof because>[1][number];

const audienceOf = (f: Forge) => String([f.claims['aud']].flat()[0]);

const audiences: readonly (readonly [string, (audience: string) => unknown])[] = [
  ['of another API', () => 'https://elsewhere.example'],
  ['with a slash more', (aud) => `${aud}/`],
  ['with a path', (aud) => `${aud}/x`],
  ['with a character less', (aud) => aud.slice(0, -1)],
  ['with more of a host', (aud) => `${aud}.attacker.example`],
  ['in capitals', (aud) => aud.toUpperCase()],
  ['over http', (aud) => aud.replace('https', 'http')],
  ['with a space', (aud) => `${aud} `],
  ['two in one text', (aud) => `https://elsewhere.example ${aud}`],
  ['two with a comma', (aud) => `${aud},https://elsewhere.example`],
  ['a star', () => '*'],
  ['that is empty', () => ''],
  ['that is missing', () => undefined],
  ['that is null', () => null],
  ['that is a number', () => 1],
  ['that is true', () => true],
  ['an empty list', () => []],
  ['a list of others', () => ['https://elsewhere.example', 'https://third.example']],
  ['a list of no texts', () => [null, 1, true, {}, []]],
  ['a list in a list', (aud) => [[aud]]],
  ['an object', (aud) => ({ [aud]: true })],
  ['an object that looks like a list', (aud) => ({ 0: aud, length: 1 })],
  ['in an object in a list', (aud) => [{ aud }]],
];

const audienceClaims = because(
  'A token for another API, taken by this one, lets that API act as its users here (RFC 9700 §4.10, CVE-2026-55669).',
  [
    ...audiences.map(
      ([what, of]): Row => [
        `aud ${what}`,
        'token_audience_wrong',
        (f) => f.withClaims({ aud: of(audienceOf(f)) }),
      ],
    ),
    [
      'resource in place of aud',
      'token_audience_wrong',
      (f) => f.withClaims({ aud: undefined, resource: audienceOf(f), azp: audienceOf(f) }),
    ],
    [
      'aud among others, as a control',
      undefined,
      (f) => f.withClaims({ aud: ['https://elsewhere.example', audienceOf(f)] }),
    ],
    [
      'aud beside what is no text, as a control',
      undefined,
      (f) => f.withClaims({ aud: [null, audienceOf(f), 1] }),
    ],
  ],
);

const noName: readonly unknown[] = [
  undefined,
  null,
  '',
  0,
  1,
  true,
  [],
  ['usr_ada'],
  {},
  { id: 'usr_ada' },
];

const names = because(
  'A caller whose name is no text is compared as something else: [x] == x, and undefined === undefined (RFC 9068 §2.2).',
  (['sub', 'client_id'] as const).flatMap((name) =>
    noName.map(
      (value): Row => [
        `${name} ${JSON.stringify(value) ?? 'missing'}`,
        'token_malformed',
        (f) => f.withClaims({ [name]: value }),
      ],
    ),
  ),
);

const scopes = because(
  'A scope that is nearly the one is another; a list is no text (RFC 6749 §3.3).',
  [
    ...[null, 1, true, ['buildings:read'], {}, { 'buildings:read': true }].map(
      (scope): Row => [
        `scope ${JSON.stringify(scope)}`,
        'token_malformed',
        (f) => f.withClaims({ scope }),
      ],
    ),
    ...[
      undefined,
      '',
      ' ',
      '*',
      'BUILDINGS:READ',
      'buildings:readx',
      'xbuildings:read',
      'buildings:*',
      'buildings',
      'buildings:read,buildings:write',
      'buildings:write\tbuildings:read',
      'buildings:write\nbuildings:read',
      'buildings:write\u00a0buildings:read',
      'buildings:read\u0000',
    ].map(
      (scope): Row => [
        `scope ${JSON.stringify(scope) ?? 'missing'}`,
        'scope_insufficient',
        (f) => f.withClaims({ scope }),
      ],
    ),
    [
      'scope under another name',
      'scope_insufficient',
      (f) =>
        f.withClaims({
          scope: undefined,
          scp: ['buildings:read'],
          scopes: 'buildings:read',
          roles: ['admin'],
        }),
    ],
    [
      'scope among others, as a control',
      undefined,
      (f) => f.withClaims({ scope: 'a  buildings:read b' }),
    ],
  ],
);

export const audienceAttacks: readonly HostileToken[] = audienceClaims;
export const callerAttacks: readonly HostileToken[] = [...names, ...scopes];
