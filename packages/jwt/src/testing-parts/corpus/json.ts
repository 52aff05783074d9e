/**
 * Attacks on JSON: texts that two parsers read differently, and texts that no parser should read
 * (RFC 8725 §3.7, §2.6; RFC 7515 §4, RFC 7519 §4).
 */
import { because, type Forge, type HostileToken } from './forge.ts';

type Row = Parameters<typeof because>[1][number];

/** Claims with additional members before and after the valid ones. */
const aroundClaims = (f: Forge, before: string, after = '') =>
  `{${before}${f.claimsText.slice(1, -1)}${after}}`;
const aroundHeader = (f: Forge, before: string, after = '') =>
  `{${before}${f.headerText.slice(1, -1)}${after}}`;

const headerTwice =
  (before: string, after = ''): Row[2] =>
  (f) =>
    f.seal(aroundHeader(f, before, after), f.claims);
const claimsTwice =
  (before: string, after = ''): Row[2] =>
  (f) =>
    f.seal(f.header, aroundClaims(f, before, after));

const duplicates = because(
  'Of two members with one name one parser takes the first, another the last: the checker and the user read two tokens.',
  [
    ['alg twice, none first', 'token_malformed', headerTwice('"alg":"none",')],
    ['alg twice, none last', 'token_malformed', headerTwice('', ',"alg":"none"')],
    ['alg twice, the same', 'token_malformed', headerTwice('"alg":"ES256",')],
    ['alg twice, once by an escape', 'token_malformed', headerTwice('"\\u0061lg":"none",')],
    ['typ twice', 'token_malformed', headerTwice('"typ":"JWT",')],
    ['kid twice', 'token_malformed', headerTwice('"kid":"x",')],
    ['sub twice', 'token_malformed', claimsTwice('"sub":"usr_mallory",')],
    ['sub twice, last', 'token_malformed', claimsTwice('', ',"sub":"usr_mallory"')],
    ['sub twice, by an escape', 'token_malformed', claimsTwice('"s\\u0075b":"usr_mallory",')],
    ['exp twice', 'token_malformed', claimsTwice('"exp":1,')],
    ['aud twice', 'token_malformed', claimsTwice('"aud":"https://elsewhere.example",')],
    ['scope twice', 'token_malformed', claimsTwice('', ',"scope":"admin"')],
    ['a member twice inside a claim', 'token_malformed', claimsTwice('"x":{"a":1,"a":2},')],
    [
      'a member twice deep inside',
      'token_malformed',
      claimsTwice('"x":[[{"b":{"a":1,"\\u0061":2}}]],'),
    ],
    ['__proto__ twice', 'token_malformed', claimsTwice('"__proto__":1,"__proto__":2,')],
    [
      'names that differ in case, as a control',
      undefined,
      claimsTwice('"SUB":"usr_mallory","Exp":1,'),
    ],
    [
      '__proto__ once, as a control: a name like any other',
      undefined,
      claimsTwice(
        '"__proto__":{"sub":"usr_mallory","scope":"admin"},"constructor":{"prototype":{"admin":true}},',
      ),
    ],
  ],
);

const nestedList = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const nestedObject = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const depths = because(
  'A parser that calls itself runs out of stack: a fault, or the end of the process.',
  [
    ['claims of lists 10 000 deep', 'token_malformed', claimsTwice(`"x":${nestedList(10_000)},`)],
    ['claims of lists 4000 deep', 'token_malformed', claimsTwice(`"x":${nestedList(4000)},`)],
    ['claims of objects 1500 deep', 'token_malformed', claimsTwice(`"x":${nestedObject(1500)},`)],
    ['a header of lists 4000 deep', 'token_malformed', headerTwice(`"x":${nestedList(4000)},`)],
    [
      'claims that open 5000 lists and close none',
      'token_malformed',
      (f) => f.seal(f.header, '['.repeat(5000)),
    ],
    ['claims one level too deep', 'token_malformed', claimsTwice(`"x":${nestedList(16)},`)],
    [
      'claims as deep as they may be, as a control',
      undefined,
      claimsTwice(`"x":${nestedList(15)},`),
    ],
    [
      'brackets in a text, as a control',
      undefined,
      claimsTwice(`"x":"${'['.repeat(100)}\\"{\\\\",`),
    ],
    [
      'a thousand members, as a control',
      undefined,
      (f) => f.withClaims({ list: Array.from({ length: 1000 }, () => 0) }),
    ],
  ],
);

const notObjects = because(
  'Claims are one JSON object; whatever else parses is no token (RFC 7519 §7.2).',
  [
    ...[
      '[]',
      '"{}"',
      'null',
      'true',
      '1',
      '',
      ' ',
      '{}{}',
      '{} x',
      'undefined',
      '[{"sub":"a"}]',
    ].flatMap((text): Row[] => [
      [`claims ${JSON.stringify(text)}`, 'token_malformed', (f) => f.seal(f.header, text)],
      [`a header ${JSON.stringify(text)}`, 'token_malformed', (f) => f.seal(text, f.claims)],
    ]),
    ['claims cut short', 'token_malformed', (f) => f.seal(f.header, f.claimsText.slice(0, -1))],
    ['a comma too many', 'token_malformed', claimsTwice('', ',')],
    ['a comment', 'token_malformed', claimsTwice('/* x */')],
    [
      'single quotes',
      'token_malformed',
      (f) => f.seal(f.header, f.claimsText.replaceAll('"', "'")),
    ],
    ['text after the claims', 'token_malformed', (f) => f.seal(f.header, `${f.claimsText}x`)],
    [
      'a callback around the claims',
      'token_malformed',
      (f) => f.seal(f.header, `x(${f.claimsText})`),
    ],
    [
      'white space around the claims, as a control',
      undefined,
      (f) => f.seal(f.header, ` \r\n\t${f.claimsText} `),
    ],
  ],
);

const bytes = (...values: number[]) => Buffer.from(values);
const withBytes =
  (value: Buffer): Row[2] =>
  (f) =>
    f.seal(
      f.header,
      Buffer.concat([Buffer.from('{"x":"'), value, Buffer.from(`",${f.claimsText.slice(1)}`)]),
    );

const encodings = because(
  'Bytes that are no UTF-8 are repaired in different ways: names that differ become one (RFC 8725 §3.7, RFC 8259 §8.1).',
  [
    ['an invalid byte', 'token_malformed', withBytes(bytes(0xff))],
    ['a sequence cut short', 'token_malformed', withBytes(bytes(0xe2, 0x82))],
    ['a slash by two bytes (overlong)', 'token_malformed', withBytes(bytes(0xc0, 0xaf))],
    ['a NUL by two bytes (overlong)', 'token_malformed', withBytes(bytes(0xc0, 0x80))],
    ['a quote by three bytes (overlong)', 'token_malformed', withBytes(bytes(0xe0, 0x80, 0xa2))],
    ['half a character by three bytes', 'token_malformed', withBytes(bytes(0xed, 0xa0, 0x80))],
    ['a character beyond the last', 'token_malformed', withBytes(bytes(0xf4, 0x90, 0x80, 0x80))],
    ['a NUL as it is', 'token_malformed', withBytes(bytes(0))],
    ['a line feed in a text', 'token_malformed', withBytes(bytes(0x0a))],
    [
      'a byte order mark before the claims',
      'token_malformed',
      (f) => f.seal(f.header, `\uFEFF${f.claimsText}`),
    ],
    [
      'a byte order mark before the header',
      'token_malformed',
      (f) => f.seal(`\uFEFF${f.headerText}`, f.claims),
    ],
    [
      'an invalid byte in the header',
      'token_malformed',
      (f) => f.seal(bytes(0x7b, 0xff, 0x7d), f.claims),
    ],
    ['UTF-16', 'token_malformed', (f) => f.seal(f.header, Buffer.from(f.claimsText, 'utf16le'))],
    [
      'Latin-1',
      'token_malformed',
      (f) => f.seal(f.header, Buffer.from(aroundClaims(f, '"x":"é",'), 'latin1')),
    ],
    [
      'text of many scripts, as a control',
      undefined,
      (f) => f.withClaims({ name: 'Zoë Ωμέγα 数 🏠 \\" {[:' }),
    ],
    ['a pair by escapes, as a control', undefined, claimsTwice('"x":"\\ud83c\\udfe0",')],
  ],
);

const loneSurrogates = because(
  'Half a character is written as U+FFFD wherever it is stored: two subjects become one (RFC 7493 §2.1).',
  [
    [
      'half a character in sub',
      'token_malformed',
      (f) => f.seal(f.header, f.claimsText.replace('"sub":"', '"sub":"\\ud800')),
    ],
    ['half a character in any claim', 'token_malformed', claimsTwice('"x":"\\udfff",')],
    ['half a character in a name', 'token_malformed', claimsTwice('"\\ud800":1,')],
    ['half a character deep inside', 'token_malformed', claimsTwice('"x":[{"a":["\\uD800 "]}],')],
    ['a pair the wrong way round', 'token_malformed', claimsTwice('"x":"\\udfe0\\ud83c",')],
  ],
);

const numbers = because(
  'A number past all numbers becomes Infinity, which is later than every time and larger than every limit (RFC 7493 §2.2).',
  [
    ...['NaN', 'Infinity', '-Infinity', '0x10', '01', '1e', '+1', '.5', '1_000'].map(
      (text): Row => [`the number ${text}`, 'token_malformed', claimsTwice(`"x":${text},`)],
    ),
    ['1e400 as any claim', 'token_malformed', claimsTwice('"auth_time":1e400,')],
    ['-1e400 as any claim', 'token_malformed', claimsTwice('"auth_time":-1e400,')],
    ['1e400 deep inside', 'token_malformed', claimsTwice('"x":[{"limit":1e400}],')],
    ['9000 digits', 'token_malformed', claimsTwice(`"x":${'9'.repeat(9000)},`)],
    ['a number too small, as a control: it is 0', undefined, claimsTwice('"x":1e-400,')],
  ],
);

export const jsonAttacks: readonly HostileToken[] = [
  ...duplicates,
  ...depths,
  ...notObjects,
  ...encodings,
  ...loneSurrogates,
  ...numbers,
];
