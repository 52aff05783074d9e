/**
 * Requests that are too large or too many, over real HTTP. The answer is a 4xx or a closed
 * connection, and the next caller is served.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  asForm,
  bearer,
  createStage,
  type Mount,
  type Reply,
  send,
  type Sent,
  type Stage,
} from './fixture.ts';

/** A server may close the connection before the whole flood was sent. Then there is no answer. */
async function statusOf(origin: string, path: string, sent: Sent): Promise<number | 'closed'> {
  try {
    return (await send(origin + path, sent)).status;
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (['ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(code)) return 'closed';
    throw error;
  }
}

const megabyte = 'a'.repeat(1_000_000);
const manyHeaders = Array.from({ length: 5000 }, (_, n) => [`x-flood-${n}`, 'x']).flat();
const manyTokens = (token: string) => Array.from({ length: 500 }, () => bearer(token)).flat();

const floods: readonly (readonly [
  string,
  readonly (number | 'closed')[],
  (token: string) => [string, Sent],
])[] = [
  [
    'a token of 1 MB in the header',
    [431, 'closed'],
    () => ['/read', { headers: bearer(megabyte) }],
  ],
  [
    'a million dots in the header',
    [431, 'closed'],
    () => ['/read', { headers: bearer('.'.repeat(1_000_000)) }],
  ],
  // If a parser of the framework has read the form, its own limit counts.
  [
    'a token of 1 MB in a form',
    [413, 401, 'closed'],
    () => ['/read', asForm({ access_token: megabyte })],
  ],
  [
    'a token of 1 MB in the query',
    [414, 431, 'closed'],
    () => [`/download?access_token=${megabyte}`, {}],
  ],
  [
    'a form of 100 000 tokens',
    [413, 400, 'closed'],
    () => ['/read', asForm('access_token=x&'.repeat(100_000))],
  ],
  ['a form of 250 tokens', [400], () => ['/read', asForm('access_token=x&'.repeat(250))]],
  ['a query of 500 tokens', [400], () => [`/download?${'access_token=x&'.repeat(500)}`, {}]],
  ['5000 headers', [431, 'closed'], () => ['/read', { headers: manyHeaders }]],
  [
    '500 Authorization headers',
    [400, 431, 'closed'],
    (token) => ['/read', { headers: manyTokens(token) }],
  ],
  [
    '10 000 commas',
    [400, 401],
    () => ['/read', { headers: ['authorization', `Bearer ${','.repeat(10_000)}`] }],
  ],
  [
    '10 000 spaces before the token',
    [200, 431],
    (token) => ['/read', { headers: bearer(token, `Bearer${' '.repeat(10_000)}`) }],
  ],
  [
    'a scheme of 10 000 characters',
    [401],
    () => ['/read', { headers: ['authorization', 'b'.repeat(10_000)] }],
  ],
];

export function describeFloods(adapter: string, mount: Mount): void {
  describe(`a flood at the guard on ${adapter}`, () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await createStage(mount);
    });
    afterAll(() => stage.served.close());

    it.each(floods)('of %s is answered with %j', async (_name, expected, make) => {
      const token = stage.issuer.token();
      expect(expected).toContain(await statusOf(stage.served.origin, ...make(token)));
      expect((await stage.ask('/read', { headers: bearer(token) })).status).toBe(200);
    });

    it('of 400 different tokens is answered with 401 each, and good tokens between them with 200', async () => {
      const tokens = Array.from({ length: 400 }, (_, n) => forge(stage, n));
      const replies: Reply[] = [];
      for (let at = 0; at < tokens.length; at += 20) {
        const good = stage.ask('/read', {
          headers: bearer(stage.issuer.token({ jti: `good-${at}` })),
        });
        const some = tokens
          .slice(at, at + 20)
          .map((token) => stage.ask('/read', { headers: bearer(token) }));
        replies.push(...(await Promise.all(some)));
        expect((await good).status).toBe(200);
      }
      expect(replies.filter(({ status }) => status !== 401)).toEqual([]);
      expect(stage.events.filter(({ status }) => status >= 500)).toEqual([]);
    });
  });
}

/** Four kinds of invalid tokens, each token once. */
function forge({ issuer, foreignIssuer }: Stage, n: number): string {
  const kinds = [
    () => `garbage-${n}`,
    () => foreignIssuer.token({ jti: `foreign-${n}` }),
    () => issuer.token({ jti: `expired-${n}`, exp: 1 }),
    () => `${issuer.token({ jti: `cut-${n}` }).slice(0, -4)}AAAA`,
  ];
  return kinds[n % kinds.length]?.() ?? '';
}
