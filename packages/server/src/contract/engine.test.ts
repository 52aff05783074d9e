/**
 * The check against real little APIs: right ones pass it, and each wrong one is caught by exactly
 * the checks that are about it.
 */
import type { RequestListener } from 'node:http';
import { createGuard } from '@keywright/guard';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RequestSender, createRequestSender } from './ask.ts';
import { checks } from './checks.ts';
import { checkIds, type ContractPorts, runContract } from './engine.ts';
import { contractSchema } from './schema.ts';
import { renderReport } from './report.ts';
import { type Defect, defects } from './testing-parts/defects.ts';
import { HandmadeApi } from './testing-parts/handmade-api.ts';
import {
  audience,
  needed,
  secret,
  type Served,
  serve,
  TestIssuer,
} from './testing-parts/issuer.ts';
import { createTokenSource } from './token-source.ts';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await new TestIssuer().start();
});
afterAll(() => {
  issuer.close();
});

const running: Served[] = [];
afterEach(() => {
  for (const api of running.splice(0)) api.close();
});

const now = () => Math.floor(Date.now() / 1000);

/** Every token by hand, so that nothing is skipped. */
function everything(origin: string, aud = audience) {
  return {
    url: `${origin}/buildings/1`,
    scope: needed,
    tokens: {
      valid: issuer.token({ aud }),
      lesser_scope: issuer.token({ aud, scope: 'measurements:read' }),
      other_audience: issuer.token({ aud: 'https://billing.example' }),
      other_issuer: issuer.token({ aud, iss: 'https://elsewhere.example' }),
      expired: issuer.token({ aud, exp: now() - 900 }),
      id_token: issuer.token({ aud }, { typ: 'JWT' }),
    },
    authorization_server: { issuer: issuer.issuer },
    forbidden: { url: `${origin}/buildings/2` },
    missing_url: `${origin}/buildings/3`,
    limits: { timeout_seconds: 2 },
  };
}

const said: string[] = [];
function run(document: Record<string, unknown>, changes: Partial<ContractPorts> = {}) {
  const settings = contractSchema.parse(document);
  const ask: RequestSender = createRequestSender({
    timeoutSeconds: settings.limits.timeout_seconds,
    maxBodyBytes: 65_536,
  });
  const source = createTokenSource(settings.authorization_server, ask);
  const ports = {
    ask,
    source,
    nowSeconds: now,
    sleep: () => Promise.resolve(),
    say: (text: string) => said.push(text),
    ...changes,
  };
  return runContract({ ...settings, url: settings.url! }, ports);
}

async function start(defect?: Defect): Promise<HandmadeApi> {
  const api = await new HandmadeApi(issuer, defect).start();
  running.push(api);
  return api;
}

type Report = Awaited<ReturnType<typeof run>>;
const idsOf = (report: Report, verdict: string) =>
  report.lines.filter((line) => line.verdict === verdict).map(({ id }) => id);

interface Building {
  readonly owners: readonly string[];
}
const buildings: Readonly<Record<string, Building>> = {
  '/buildings/1': { owners: ['usr_ada', 'contract'] },
  '/buildings/2': { owners: ['usr_bob'] },
};

async function startGuarded(): Promise<Served> {
  let listener: RequestListener = () => undefined;
  const api = await serve((request, response) => listener(request, response));
  running.push(api);
  const guard = createGuard({ issuer: issuer.issuer, audience: api.origin });
  const building = guard.node(
    {
      scope: needed,
      resource: (request) => buildings[new URL(request.url ?? '', 'http://a').pathname],
      can: ({ subject, resource }) => resource.owners.includes(subject),
    },
    (_request, response) => response.end('a building'),
  );
  listener = (request, response) => {
    const document = guard.wellKnown(request.url ?? '');
    if (document === undefined) return building(request, response);
    return response.writeHead(document.status, document.headers).end(document.body);
  };
  return api;
}

describe('for a correct API, the contract check', () => {
  it('passes everything behind our guard', async () => {
    const { origin } = await startGuarded();
    const report = await run(everything(origin, origin));
    expect(report.lines.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(report.notes).toEqual([]);
  });

  it('passes an independent implementation, with its metadata and a second scheme in its challenges', async () => {
    const report = await run(everything((await start()).origin));
    expect(report.lines.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(report.lines.map(({ id }) => id)).toEqual(checkIds);
  });

  it('passes an API that hides forbidden resources when the configuration says so', async () => {
    const { origin } = await start('404 for foreign');
    const report = await run({
      ...everything(origin),
      forbidden: { url: `${origin}/buildings/2`, hidden: true },
    });
    expect(idsOf(report, 'fault')).toEqual([]);
    const open = await start();
    const shown = {
      ...everything(open.origin),
      forbidden: { url: `${open.origin}/buildings/2`, hidden: true },
    };
    expect(idsOf(await run(shown), 'fault')).toEqual(['resource_foreign']);
  });

  it('also asks for another user’s token at the same address', async () => {
    const { origin } = await start();
    const forbidden = { token: issuer.token({ sub: 'usr_bob' }) };
    expect(idsOf(await run({ ...everything(origin), forbidden }), 'fault')).toEqual([]);
    const { origin: wrong } = await start('shows foreign');
    expect(idsOf(await run({ ...everything(wrong), forbidden }), 'fault')).toEqual([
      'resource_foreign',
    ]);
  });
});

const forgeries = [
  'signature_changed',
  'claims_changed',
  'signature_absent',
  'signature_zero',
  'key_other',
  'key_unknown',
  'key_embedded',
  'alg_none',
  'alg_none_case',
  'alg_hs256_pem',
  'alg_hs256_line',
  'alg_hs256_der',
];
const nobody = ['no_credentials', 'scheme_other', 'scheme_unknown', 'resource_missing_nobody'];
const refused = checks
  .filter(
    ({ id }) =>
      ![
        'allowed_call',
        'scheme_any_case',
        'resource_foreign',
        'resource_missing',
        'allowed_again',
      ].includes(id),
  )
  .map(({ id }) => id);
const answered401 = refused.filter(
  (id) => !['two_headers', 'token_in_query', 'scope_lesser'].includes(id),
);

const caught: Readonly<Record<Defect, readonly string[]>> = {
  'no challenge': answered401,
  '403 for nobody': nobody,
  'takes expired': ['expired'],
  'breaks on garbage': ['token_empty', 'token_garbage', 'token_characters', 'token_long'],
  '401 for scope': ['scope_lesser'],
  'error for nobody': nobody,
  'takes alg none': ['alg_none'],
  'takes any audience': ['audience_other'],
  'takes any issuer': ['issuer_other'],
  'echoes the token': ['no_token_in_answers'],
  'redirects to login': nobody,
  '404 for foreign': ['resource_foreign'],
  '401 for foreign': ['resource_foreign'],
  'shows foreign': ['resource_foreign'],
  'blames the token for foreign': ['resource_foreign'],
  'public key as secret': ['alg_hs256_pem'],
  'takes any typ': ['id_token'],
  'decodes only': forgeries,
  'takes zeros': ['signature_zero'],
  'trusts the embedded key': ['key_embedded'],
  'takes the query': ['token_in_query'],
  'cacheable refusals': ['refusals_not_cached'],
  '200 with an error': [...refused, 'resource_foreign', 'resource_missing'],
  'metadata of another': ['resource_metadata'],
  'scope unnamed': ['scope_lesser'],
  'scheme by its letters': ['scheme_any_case'],
  'any scheme': ['scheme_other', 'scheme_unknown'],
  'first header wins': ['two_headers'],
  'parameter twice': ['challenges_well_formed'],
  'unreadable challenge': [
    ...refused.filter((id) => id !== 'token_long'),
    'token_long',
    'challenges_well_formed',
  ],
  'breaks on unknown kid': ['key_unknown'],
  'locks out': ['allowed_again', 'scope_lesser', 'resource_foreign', 'resource_missing'],
  '404 before 401': ['resource_missing_nobody'],
};

describe('a wrong API fails exactly the checks that are about its mistake:', () => {
  it.each(defects)('%s', async (defect) => {
    const report = await run(everything((await start(defect)).origin));
    expect(idsOf(report, 'fault').toSorted()).toEqual([...caught[defect]].toSorted());
    for (const { why, verdict } of report.lines) expect(why === undefined).toBe(verdict === 'pass');
  });
});

const client = { client_id: 'contract', client_secret: secret };

describe('the contract check gets tokens by client credentials (RFC 6749 §4.4)', () => {
  it.each(['client_secret_basic', 'client_secret_post'])(
    'with %s, for each check its own',
    async (method) => {
      const { origin } = await start();
      issuer.posted.length = 0;
      const report = await run({
        url: `${origin}/buildings/1`,
        scope: needed,
        authorization_server: {
          issuer: issuer.issuer,
          ...client,
          auth_method: method,
          resource: audience,
          lesser_scope: 'measurements:read',
          other_resource: 'https://billing.example',
          other_scope: 'invoices:read',
        },
        forbidden: { url: `${origin}/buildings/2` },
        missing_url: `${origin}/buildings/3`,
      });
      expect(idsOf(report, 'fault')).toEqual([]);
      expect(idsOf(report, 'skipped')).toEqual(['id_token', 'expired']);
      const asked = issuer.posted.map((form) => [form.get('scope'), form.get('resource')]);
      expect(asked).toEqual([
        [needed, audience],
        ['measurements:read', audience],
        ['invoices:read', 'https://billing.example'],
      ]);
    },
  );

  const refusals: readonly (readonly [string, object, string])[] = [
    [
      'a wrong secret',
      { client_secret: 'wrong' },
      'authorization_server.client_id was refused by the authorization server: 401 invalid_client',
    ],
    [
      'a scope that there is not',
      { lesser_scope: 'no:such' },
      'authorization_server.lesser_scope was refused by the authorization server: 400 invalid_scope',
    ],
    [
      'a lesser scope that is enough',
      { lesser_scope: `x ${needed}` },
      'authorization_server.lesser_scope gives a token that has the whole scope: name a smaller scope',
    ],
    [
      'an issuer that is another by a letter',
      { issuer: 'http://LOCALHOST' },
      'authorization_server.issuer cannot be obtained',
    ],
  ];

  it.each(refusals)(
    'and stops before it calls the API when it gets none: %s',
    async (_name, changes, problem) => {
      const api = await start();
      const server = { issuer: issuer.issuer, ...client, ...changes };
      const checking = run({
        url: `${api.origin}/buildings/1`,
        scope: needed,
        authorization_server: server,
      });
      await expect(checking).rejects.toMatchObject({ name: 'ConfigError' });
      const said = await checking.catch(
        (error: { problems: { path: string; message: string }[] }) =>
          error.problems.map(({ path, message }) => `${path} ${message}`).join(),
      );
      expect(said).toContain(problem);
      expect(api.asked).toBe(0);
    },
  );

  it('and does not use metadata of another issuer (RFC 8414 §3.3)', async () => {
    const server = { issuer: `${issuer.issuer}/`, ...client };
    await expect(run({ url: 'http://localhost:1/', authorization_server: server })).rejects.toThrow(
      'is not the issuer in its own metadata',
    );
  });
});

describe('without a configuration, the contract check', () => {
  it('makes the checks without a token, and says what the others need', async () => {
    const { origin } = await start();
    const report = await run({ url: `${origin}/buildings/1` });
    expect(idsOf(report, 'fault')).toEqual([]);
    expect(idsOf(report, 'pass')).toEqual([
      'no_credentials',
      'scheme_other',
      'token_empty',
      'token_garbage',
      'token_characters',
      'token_hollow',
      'token_no_object',
      'token_long',
      'no_token_in_answers',
      'refusals_not_cached',
      'challenges_well_formed',
      'resource_metadata',
    ]);
    for (const { verdict, why } of report.lines)
      if (verdict === 'skipped') expect(why).toMatch(/^needs /);
  });
});

describe('with opaque tokens, the contract check', () => {
  it('skips what needs a JWT, and reports that as not applicable', async () => {
    const opaque = 'opaque-token-4f8a1c9d2e7b';
    const api = await serve((request, response) => {
      const { authorization = '' } = request.headers;
      const [scheme = '', token] = authorization.split(' ');
      if (
        scheme.toLowerCase() === 'bearer' &&
        token === opaque &&
        request.headersDistinct.authorization?.length === 1 &&
        authorization.split(' ').length === 2
      )
        return response.end('ok');
      const error = scheme.toLowerCase() === 'bearer' ? ' error="invalid_token"' : '';
      return response
        .writeHead(401, { 'www-authenticate': `Bearer${error}`, 'cache-control': 'no-store' })
        .end();
    });
    running.push(api);
    const report = await run({
      url: `${api.origin}/`,
      tokens: { valid: opaque, expired: 'opaque-token-of-last-year' },
    });
    expect(idsOf(report, 'fault')).toEqual([]);
    expect(idsOf(report, 'not applicable')).toEqual([
      ...forgeries,
      'issuer_other',
      'resource_metadata',
    ]);
  });
});

describe('for the check of an expired token, the contract check', () => {
  const waiting = { wait_for_expiry: true, clock_tolerance_seconds: 5 };
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    [undefined, 'pass'],
    ['takes expired', 'fault'],
  ] as const)(
    'waits until the token expires, and uses it after all other checks (%s)',
    async (defect, verdict) => {
      vi.useFakeTimers({ toFake: ['Date'] });
      const { origin } = await start(defect);
      const slept: number[] = [];
      const sleep = async (milliseconds: number) => {
        slept.push(milliseconds);
        vi.setSystemTime(Date.now() + milliseconds);
      };
      const document = { ...everything(origin), ...waiting };
      const tokens = { ...document.tokens, expired: undefined };
      const report = await run({ ...document, tokens }, { sleep });
      expect(idsOf(report, verdict)).toContain('expired');
      expect(idsOf(report, 'fault')).toEqual(verdict === 'fault' ? ['expired'] : []);
      expect(slept).toEqual([606_000]);
      expect(said.at(-1)).toBe('Waiting 606 s for the token to expire.');
    },
  );

  it.each([
    [
      { wait_seconds: 100 },
      (): string => issuer.token(),
      /^the API may accept the token for 6\d\d more seconds, which is longer than wait_seconds$/,
    ],
    [
      {},
      (): string => 'opaque-token-4f8a1c9d2e7b',
      /^the time at which the token expires is not known/,
    ],
  ])('skips the check when the wait is too long, and says so', async (changes, token, why) => {
    const { origin } = await start();
    const report = await run({
      url: `${origin}/buildings/1`,
      tokens: { valid: token() },
      ...waiting,
      ...changes,
    });
    expect(report.lines.find(({ id }) => id === 'expired')).toMatchObject({
      verdict: 'skipped',
      why: expect.stringMatching(why),
    });
  });
});

describe('an API that is configured to accept tokens in the address', () => {
  it.each([
    ['no-store', []],
    ['private, max-age=60', []],
    ['max-age=60', ['token_in_query']],
  ])('must prevent caching of the answer (RFC 6750 §2.3): %s', async (caching, faults) => {
    const { origin } = await start('takes the query');
    const front = await serve((request, response) => {
      void (async () => {
        const answer: Response = await fetch(origin + request.url, {
          headers: request.headers as HeadersInit,
        });
        response.writeHead(answer.status, { 'cache-control': caching }).end();
      })();
    });
    running.push(front);
    const document = everything(front.origin);
    const report = await run({ ...document, query_token: true });
    expect(idsOf(report, 'fault').filter((id) => id === 'token_in_query')).toEqual(faults);
  });
});

describe('the contract check, with any answer of the API,', () => {
  it('shows no token or secret in its report, and no control character of a terminal', async () => {
    const tokens = everything('http://a').tokens;
    const hostile = await serve((request, response) => {
      const token = request.headers.authorization?.split(' ')[1] ?? tokens.valid;
      const kind = Number(request.headers['x-kind'] ?? 0);
      const challenge = `Bearer error="${token}", scope="${token}", ${token.slice(0, 30)}="x"`;
      if (kind === 0) response.writeHead(401, { 'www-authenticate': challenge });
      if (kind === 1) response.writeHead(302, { location: `/login/${token}?t=${token}` });
      if (kind === 2)
        response.writeHead(401, {
          'www-authenticate': `Bearer error="\u009b31m", resource_metadata="${token}"`,
        });
      response.end(token);
    });
    running.push(hostile);
    for (const kind of ['0', '1', '2']) {
      const report = await run({
        ...everything(hostile.origin),
        tokens,
        headers: { 'x-kind': kind },
      });
      const text = JSON.stringify(report) + renderReport(report, false);
      for (const token of Object.values(tokens))
        for (const part of [token, ...token.split('.').slice(1), token.split('.')[1]!.slice(0, 24)])
          expect(text).not.toContain(part);
      expect(text).not.toMatch(/[\u0080-\u009f]/);
      expect(idsOf(report, 'fault')).toContain('no_token_in_answers');
    }
  });

  it('stops asking an API that does not answer', async () => {
    let asked = 0;
    const silent = await serve(() => {
      asked += 1;
    });
    running.push(silent);
    const ask = createRequestSender({ timeoutSeconds: 0.05, maxBodyBytes: 1000 });
    const source = createTokenSource(undefined, ask);
    const report = await run(
      { url: `${silent.origin}/`, tokens: { valid: issuer.token() } },
      { ask, source },
    );
    expect(asked).toBe(3);
    expect(report.lines.find(({ id }) => id === 'allowed_call')).toMatchObject({
      got: 'no answer',
      why: 'no answer within 0.05 s',
    });
    expect(report.lines.find(({ id }) => id === 'allowed_again')?.why).toBe(
      'not sent, because the API has stopped answering',
    );
    expect(idsOf(report, 'pass')).toEqual([]);
  });

  it('does not fetch metadata from another host', async () => {
    const asked: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      asked.push(request.url);
      response.end();
    });
    const api = await serve((_request, response) => {
      response
        .writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${other.origin}/x"` })
        .end();
    });
    running.push(other, api);
    expect(idsOf(await run({ url: `${api.origin}/` }), 'fault')).toContain('resource_metadata');
    expect(asked).toEqual([]);
  });

  it('reports the checks that the configuration leaves out', async () => {
    const { origin } = await start('first header wins');
    const report = await run({
      ...everything(origin),
      skip: ['two_headers', 'resource_metadata', 'no_token_in_answers'],
    });
    expect(idsOf(report, 'fault')).toEqual([]);
    for (const line of report.lines.filter(({ verdict }) => verdict === 'skipped'))
      expect(line.why).toBe('left out by the configuration (skip)');
    expect(idsOf(report, 'skipped')).toHaveLength(3);
  });
});

describe('tokens that are not what the configuration says', () => {
  const mixUps: readonly (readonly [string, () => Record<string, unknown>, string])[] = [
    [
      'a good one that has expired',
      () => ({ valid: issuer.token({ exp: now() - 1 }) }),
      'tokens.valid: has expired',
    ],
    [
      'an expired one that is good',
      () => ({ expired: issuer.token() }),
      'tokens.expired: has not expired yet',
    ],
    [
      'an access token for an ID token',
      () => ({ id_token: issuer.token() }),
      'tokens.id_token: is an access token',
    ],
    [
      'a lesser scope that is enough',
      () => ({ lesser_scope: issuer.token() }),
      'tokens.lesser_scope: has the scope',
    ],
    [
      'another audience that is the same',
      () => ({ other_audience: issuer.token() }),
      'tokens.other_audience: has the audience',
    ],
    [
      'another issuer that is the same',
      () => ({ other_issuer: issuer.token() }),
      'tokens.other_issuer: has the issuer',
    ],
    [
      'one with a line end in it',
      () => ({ valid: `${issuer.token()}\n` }),
      'tokens.valid: has characters',
    ],
  ];

  it.each(mixUps)(
    'stop the contract check before it blames the API: %s',
    async (_name, tokens, problem) => {
      const api = await start();
      const document = everything(api.origin);
      await expect(
        run({ ...document, tokens: { ...document.tokens, ...tokens() } }),
      ).rejects.toThrow(problem);
      expect(api.asked).toBe(0);
    },
  );
});
