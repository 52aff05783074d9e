/** One contract for all adapters: they answer the same request with the same bytes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  asForm,
  bearer,
  createStage,
  type Issuer,
  type Reply,
  type Sent,
  type Stage,
} from './testing-parts/fixture.ts';
import { chainedMounts, mounts } from './testing-parts/mounts/index.ts';

type Asked = (issuer: Issuer) => readonly [string, Sent?];

const form = (fields: string, headers: readonly string[] = []): Sent => {
  const sent = asForm(fields);
  return { ...sent, headers: [...(sent.headers ?? []), ...headers] };
};

const requests: readonly (readonly [string, Asked])[] = [
  ['no token', () => ['/plain']],
  ['no token where a scope is needed', () => ['/read/1?x=1']],
  ['no token by HEAD', () => ['/read', { method: 'HEAD' }]],
  ['no token by OPTIONS', () => ['/read', { method: 'OPTIONS' }]],
  ['no token by DELETE', () => ['/read', { method: 'DELETE' }]],
  [
    'no token with a body',
    () => ['/read', { method: 'POST', headers: ['content-type', 'text/plain'], body: 'x' }],
  ],
  ['no token in a form', () => ['/read', form('name=x')]],
  ['no token in an empty form', () => ['/read', form('')]],
  ['another scheme', () => ['/plain', { headers: ['authorization', 'Basic YTpi'] }]],
  ['a bad token', () => ['/read', { headers: bearer('bad') }]],
  ['a bad token at an open route', () => ['/open', { headers: bearer('bad') }]],
  ['a bad token by HEAD', () => ['/open', { method: 'HEAD', headers: bearer('bad') }]],
  ['a bad token in a form', () => ['/read', form('access_token=bad&x=%00')]],
  ['an empty token', () => ['/read', { headers: bearer('') }]],
  ['an empty token in a form', () => ['/read', form('access_token=')]],
  ['an empty token in the query', () => ['/download?access_token=']],
  ['an expired token', (one) => ['/read', { headers: bearer(one.token({ exp: 1_000 })) }]],
  [
    'a token of another issuer',
    (one) => ['/read', { headers: bearer(one.token({ iss: 'https://x.example' })) }],
  ],
  [
    'a token for another API',
    (one) => ['/read', { headers: bearer(one.token({ aud: 'https://x.example' })) }],
  ],
  ['an ID token', (one) => ['/read', { headers: bearer(one.token({}, 'JWT')) }]],
  ['a token without scope', (one) => ['/both', { headers: bearer(one.token()) }]],
  ['a token without scope in a form', (one) => ['/both', form(`access_token=${one.token()}`)]],
  ['a token in the query', (one) => [`/read?access_token=${one.token()}`]],
  [
    'a token in query and header',
    (one) => [`/download?access_token=${one.token()}`, { headers: bearer(one.token()) }],
  ],
  [
    'a token in form and header',
    (one) => ['/read', form(`access_token=${one.token()}`, bearer(one.token()))],
  ],
  [
    'a token twice in a form',
    (one) => ['/read', form(`access_token=${one.token()}&access_token=x`)],
  ],
  [
    'two headers',
    (one) => ['/read', { headers: [...bearer(one.token()), ...bearer(one.token())] }],
  ],
  [
    'two headers of other schemes',
    () => ['/read', { headers: ['authorization', 'Basic x', 'authorization', 'Basic y'] }],
  ],
  ['a header of other bytes', () => ['/read', { headers: bearer('\u00ff\u00e4') }]],
  ['the resource of somebody else', (one) => ['/buildings/2', { headers: bearer(one.token()) }]],
  ['the resource of somebody else, late', (one) => ['/late/2', { headers: bearer(one.token()) }]],
  ['no such resource', (one) => ['/late/3', { headers: bearer(one.token()) }]],
  ['a decision that fails', (one) => ['/fault', { headers: bearer(one.token()) }]],
  ['a decision that fails late', (one) => ['/late-fault', { headers: bearer(one.token()) }]],
  ['a decision that decides nothing', (one) => ['/vague', { headers: bearer(one.token()) }]],
  ['the metadata', () => ['/.well-known/oauth-protected-resource']],
];

/** Requests that an earlier parser answers itself. */
const unparsed: readonly (readonly [string, Asked])[] = [
  ['a form that is too large', () => ['/read', form(`access_token=${'a'.repeat(9000)}`)]],
  ['a token under another name', (one) => ['/read', form(`access_token[]=${one.token()}`)]],
  [
    'a body of another type than it states',
    () => ['/read', { method: 'POST', headers: ['content-type', 'application/json'], body: '{' }],
  ],
];

/** Headers of framing and of the connection belong to the carrier. */
const own = new Set([
  'date',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'x-powered-by',
]);

function answerOf({ status, headers, text }: Reply): unknown {
  const said = Object.entries(headers).filter(([name]) => !own.has(name));
  return {
    status,
    headers: Object.fromEntries(said),
    text: text.replace(/"decision":"[\da-f-]{36}"/, '"decision":""'),
  };
}

describe('all adapters give the same answer to', () => {
  const all = [...mounts, ...chainedMounts];
  let stages: readonly Stage[];
  beforeAll(async () => {
    stages = await Promise.all(all.map(({ mount }) => createStage(mount)));
  });
  afterAll(() => stages.forEach(({ served }) => served.close()));

  async function compare(asked: Asked, isCompared: (index: number) => boolean): Promise<void> {
    const answers = await Promise.all(
      stages.map(async ({ ask, issuer }, index) => ({
        name: all[index]!.name,
        answer: isCompared(index) ? answerOf(await ask(...asked(issuer))) : undefined,
      })),
    );
    const [first, ...rest] = answers.filter(({ answer }) => answer !== undefined);
    for (const { name, answer } of rest) expect(answer, name).toEqual(first!.answer);
  }

  it.each(requests)('%s', async (_name, asked) => compare(asked, () => true));

  it.each(unparsed)('%s', async (_name, asked) =>
    compare(asked, (index) => all[index]!.parsesFirst !== true),
  );
});
