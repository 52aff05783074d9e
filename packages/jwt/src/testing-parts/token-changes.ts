/**
 * Random changes of a token: of claims, of the header, of JSON as text, of the signature, and of
 * the token as text.
 */
import { sign } from 'node:crypto';
import { signers } from '../signers.ts';
import {
  audience,
  type Draft,
  issuer,
  jwks,
  type Key,
  nowSeconds,
  foreignKeys,
  toText,
} from './token-draft.ts';

export type Pick = <T>(from: readonly T[]) => T;
export type Below = (limit: number) => number;

const times = [
  0,
  -1,
  1.5,
  nowSeconds,
  nowSeconds - 1,
  nowSeconds + 1,
  nowSeconds - 5,
  nowSeconds + 5,
  nowSeconds - 6,
  nowSeconds + 6,
  nowSeconds + 0.5,
  nowSeconds - 4.5,
  nowSeconds * 1000,
  2 ** 53 - 1,
  2 ** 53,
  1e300,
  String(nowSeconds),
  null,
  true,
  [nowSeconds],
  {},
];
const values: Readonly<Record<string, readonly unknown[]>> = {
  iss: [issuer, `${issuer}/`, issuer.toUpperCase(), [issuer], '', null, 1, undefined, {}],
  aud: [
    audience,
    [audience],
    ['x', audience],
    [audience, 1],
    [],
    ['x'],
    [[audience]],
    `${audience}/`,
    '',
    null,
    1,
    undefined,
    { 0: audience, length: 1 },
  ],
  exp: [...times, undefined],
  nbf: times,
  iat: times,
  sub: ['usr_bob', '', null, 1, [], undefined],
  crit: [['exp'], []],
  name: ['Zoë 🏠', 'a"b\\c', '\u0000', [{ a: [1, { b: null }] }], 'x'.repeat(300)],
};

export function changeClaims(draft: Draft, pick: Pick, below: Below): void {
  const name = pick(Object.keys(values));
  if (typeof draft.claims === 'string' || Buffer.isBuffer(draft.claims)) return;
  draft.claims = { ...draft.claims, [name]: pick(values[name] ?? []) };
  if (below(20) === 0) draft.claims['pad'] = 'a'.repeat(17_000);
  draft.changes.push(`claim ${name}`);
}

const headerValues: Readonly<Record<string, readonly unknown[]>> = {
  alg: [
    'ES256',
    'RS256',
    'PS256',
    'EdDSA',
    'none',
    'HS256',
    'ES384',
    'es256',
    '',
    null,
    undefined,
    ['ES256'],
    1,
  ],
  typ: [
    'at+jwt',
    'AT+JWT',
    'application/at+jwt',
    'Application/AT+jwt',
    'JWT',
    'application/jwt',
    '',
    'at+jwt ',
    'application/application/at+jwt',
    'x/at+jwt',
    null,
    undefined,
    ['at+jwt'],
    1,
  ],
  kid: ['e1', 'e2', 'd1', 'r1', 'p1', 'x', '', undefined, null, 1, ['e1']],
  crit: [['x'], [], ['b64'], ['alg'], null, 'b64'],
  b64: [true, false, null],
  zip: ['DEF'],
  cty: ['JWT'],
  jwk: [jwks.keys[0], null],
  x5c: [['MIIB']],
  enc: ['A256GCM'],
  extra: [1, 'x', { a: 1 }],
};

export function changeHeader(draft: Draft, pick: Pick): void {
  const name = pick(Object.keys(headerValues));
  if (typeof draft.header === 'string' || Buffer.isBuffer(draft.header)) return;
  draft.header = { ...draft.header, [name]: pick(headerValues[name] ?? []) };
  if (name === 'b64' && pick([true, false])) draft.header['crit'] = ['b64'];
  draft.changes.push(`header ${name}`);
}

/** Changes of JSON as text, each with its name. */
const jsonChanges: readonly (readonly [string, (text: string, at: number) => string | Buffer])[] = [
  ['white space', (text, at) => text.replaceAll(',', [' ,', ',\t', '\r\n,'][at % 3] ?? ',')],
  [
    'a member twice',
    (text) => text.replace('{', `{${/"\w+":(?:"[^"]*"|\d+)/.exec(text)?.[0] ?? '"a":1'},`),
  ],
  [
    'a member twice by an escape',
    (text) =>
      text.replace(/"(\w)(\w*)":/, (all, a: string, b: string) => `"${toEscape(a)}${b}":1,${all}`),
  ],
  [
    'an escape',
    (text) => text.replace(/"(\w)(\w*)":/, (_all, a: string, b: string) => `"${toEscape(a)}${b}":`),
  ],
  ['half a character', (text) => text.replace('{', '{"x":"\\ud800",')],
  [
    'deep nesting',
    (text, at) =>
      text.replace('{', `{"x":${'['.repeat(8 + (at % 20))}${']'.repeat(8 + (at % 20))},`),
  ],
  ['a number past all numbers', (text) => text.replace('{', '{"x":1e400,')],
  ['a byte order mark', (text) => `\uFEFF${text}`],
  [
    'an invalid byte',
    (text) =>
      Buffer.concat([
        Buffer.from(text.replace(/\}$/, ',"x":"')),
        Buffer.from([0xff]),
        Buffer.from('"}'),
      ]),
  ],
  ['a character taken out', (text, at) => text.slice(0, at) + text.slice(at + 1)],
  [
    'a character put in',
    (text, at) =>
      text.slice(0, at) + (['"', '{', ',', ':', 'x', '0', '\\'][at % 7] ?? '') + text.slice(at),
  ],
  ['text after the end', (text) => `${text}{}`],
  ['white space around', (text) => ` ${text}\n`],
  ['no object', (_text, at) => ['[]', 'null', '1', '""', 'true', ''][at % 6] ?? ''],
];

const toEscape = (character: string) =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

export function changeJson(draft: Draft, pick: Pick, below: Below): void {
  const [name, change] = pick(jsonChanges);
  const part = pick(['header', 'claims', 'claims'] as const);
  const text = toText(draft[part]);
  draft[part] = change(text, below(text.length));
  draft.changes.push(`${part}: ${name}`);
}

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

export function changeSignature(draft: Draft, pick: Pick, below: Below): void {
  const { signer, key } = draft;
  const changes: readonly (readonly [string, (input: Buffer) => Buffer])[] = [
    ['a bit turned', (input) => turnBit(signer(input), below)],
    ['cut', (input) => signer(input).subarray(0, below(64))],
    ['longer', (input) => Buffer.concat([signer(input), Buffer.alloc(1 + below(3))])],
    ['empty', () => Buffer.alloc(0)],
    ['zero', () => Buffer.alloc(64)],
    [
      'DER',
      (input) =>
        key.algorithm === 'ES256' ? sign('sha256', input, key.privateKey) : signer(input),
    ],
    ['of an unknown key', (input) => signers[key.algorithm](input, foreignKeys[key.algorithm])],
    ['of another text', (input) => signer(Buffer.concat([input, Buffer.from('x')]))],
    ['n - s', (input) => (key.algorithm === 'ES256' ? otherS(signer(input)) : signer(input))],
    ['by another algorithm', (input) => signOtherwise(input, key)],
  ];
  const [name, change] = pick(changes);
  draft.signer = change;
  draft.changes.push(`signature ${name}`);
}

function turnBit(signature: Buffer, below: Below): Buffer {
  if (signature.length === 0) return signature;
  const at = below(signature.length);
  signature[at] = (signature[at] ?? 0) ^ (1 << below(8));
  return signature;
}

function otherS(signature: Buffer): Buffer {
  const s = order - BigInt(`0x${signature.toString('hex', 32) || '0'}`);
  return Buffer.concat([
    signature.subarray(0, 32),
    Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
  ]);
}

function signOtherwise(input: Buffer, key: Key): Buffer {
  if (key.algorithm === 'RS256') return signers.PS256(input, key.privateKey);
  if (key.algorithm === 'PS256') return signers.RS256(input, key.privateKey);
  return sign(key.algorithm === 'ES256' ? 'sha512' : null, input, key.privateKey);
}

const inserted = ['=', '+', '/', '-', '_', ' ', '\n', '\t', '.', ',', 'A', 'é', '\u0000'];

export function changeText(text: string, changes: string[], pick: Pick, below: Below): string {
  const at = below(text.length);
  const parts = text.split('.');
  const kinds: readonly (readonly [string, () => string])[] = [
    [
      'a character turned',
      () =>
        text.slice(0, at) +
        String.fromCharCode(text.charCodeAt(at) ^ (1 << below(6))) +
        text.slice(at + 1),
    ],
    ['a character put in', () => text.slice(0, at) + pick(inserted) + text.slice(at)],
    ['a character taken out', () => text.slice(0, at) + text.slice(at + 1)],
    ['cut', () => text.slice(0, at)],
    ['padding', () => parts.map((part) => part + '='.repeat(below(3))).join('.')],
    ['surplus bits', () => parts.map(turnSurplusBits).join('.')],
    ['other alphabet', () => text.replaceAll('-', '+').replaceAll('_', '/')],
    ['white space at an end', () => pick([`${text} `, ` ${text}`, `${text}\n`, `${text}\t`])],
    ['a part taken out', () => parts.filter((_part, index) => index !== at % 3).join('.')],
    [
      'a part more',
      () =>
        [
          ...parts.slice(0, at % 4),
          pick(['', 'AAAA', parts[0] ?? '']),
          ...parts.slice(at % 4),
        ].join('.'),
    ],
    ['parts swapped', () => [...parts].reverse().join('.')],
    ['a part emptied', () => parts.map((part, index) => (index === at % 3 ? '' : part)).join('.')],
  ];
  const [name, change] = pick(kinds);
  changes.push(`text: ${name}`);
  return change();
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * If the length of a part is no multiple of four, its last character has bits without a meaning.
 */
function turnSurplusBits(part: string): string {
  const last = alphabet.indexOf(part.at(-1) ?? '');
  return part.length % 4 === 0 || last < 0 ? part : part.slice(0, -1) + alphabet[last ^ 1];
}
