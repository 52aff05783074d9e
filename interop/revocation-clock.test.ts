/**
 * The time of a revocation: from the click, or from the end of a command, until the API refuses the
 * token that it accepted before, although the token is valid for minutes. The API is called all the
 * time, so it has a copy of everything that it could use.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createApiKeyFetch } from '@keywright/client';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLong } from '../packages/jwt/src/testing-parts/series.ts';
import { type Cast, castOf } from './cast.ts';
import { runKeywright } from './command.ts';
import { type DemoAccount, type Demonstration, startOwnDemonstration } from './demonstration.ts';
import { fillForm, readForms } from './html-form.ts';
import { authorization, discover } from './openid-client.ts';
import { type PageSeen, Visitor } from './visitor.ts';

/** What is promised. */
const longestMilliseconds = 5000;
const pauseMilliseconds = 50;
/** It must have been accepted this often before. Then the API has a list. */
const callsBefore = 5;
const leftSeconds = 300;

interface Answer {
  readonly status: number;
  readonly reason: unknown;
}

type Call = () => Promise<Answer>;

describe.runIf(isLong)('from the end of access to the first refusal at the API:', () => {
  let demonstration: Demonstration | undefined;
  let cast: Cast;
  let app: openid.Configuration;

  beforeAll(async () => {
    demonstration = await startOwnDemonstration();
    cast = castOf(demonstration);
    app = await discover(cast, cast.app);
  });
  afterAll(() => demonstration?.stop());

  it('access that the user withdraws at the account page is refused within five seconds', async () => {
    const visitor = new Visitor(cast.demo.issuer);
    const call = await connect(visitor, cast.owner, 'offline_access buildings:read');
    const page = await openAccount(visitor);
    await measure('access taken back by the user', call, 'token_ended', () =>
      takeBack(visitor, page),
    );
  });

  it('access for the time of a session ends with the sign-out, within five seconds', async () => {
    const visitor = new Visitor(cast.demo.issuer);
    const call = await connect(visitor, cast.owner, 'openid buildings:read');
    const page = await openAccount(visitor);
    await measure('sign-out without offline_access', call, 'token_ended', async () => {
      const clickedAt = performance.now();
      await visitor.press(page, 'logout');
      return clickedAt;
    });
  });

  it('the tokens of an account that is disabled are refused within five seconds', async () => {
    const { guest } = cast;
    const call = await connect(
      new Visitor(cast.demo.issuer),
      guest,
      'offline_access buildings:read',
    );
    await measure('account disabled', call, 'token_ended', () =>
      command('accounts', 'disable', guest.email),
    );
  });

  it('the tokens of a client that is disabled are refused within five seconds', async () => {
    const call = await connect(
      new Visitor(cast.demo.issuer),
      cast.owner,
      'offline_access buildings:read',
    );
    await measure('client disabled', call, 'token_ended', () =>
      command('clients', 'disable', cast.app.client_id),
    );
  });

  it('an API key that is revoked is refused within five seconds', async () => {
    const { id, api_key: apiKey } = cast.demo.api_key;
    const fetch = createApiKeyFetch({ apiKey, resource: cast.demo.audience });
    const call: Call = async () => readAnswer(await fetch(`${cast.demo.api}/buildings`));
    await measure('API key revoked', call, 'api_key_invalid', () =>
      command('api-keys', 'revoke', id),
    );
  });

  it('a service’s own token is refused within five seconds after its client was disabled', async () => {
    const service = await discover(cast, cast.service);
    const tokens = await openid.clientCredentialsGrant(service, { resource: cast.demo.audience });
    const call = callWith(cast, tokens.access_token);
    await measure('service disabled', call, 'token_ended', () =>
      command('clients', 'disable', cast.service.client_id),
    );
  });

  async function connect(visitor: Visitor, account: DemoAccount, scope: string): Promise<Call> {
    const { address, checks } = await authorization(cast, app, { scope });
    const back = await visitor.authorize(address, account);
    const { expectedNonce, ...others } = checks;
    const expected = scope.includes('openid') ? { ...others, expectedNonce } : others;
    const tokens = await openid.authorizationCodeGrant(app, back, expected);
    return callWith(cast, tokens.access_token);
  }

  async function openAccount(visitor: Visitor): Promise<PageSeen> {
    const arrival = await visitor.go(`${cast.demo.issuer}/account`);
    if (arrival.kind === 'left') throw new Error(`left for ${arrival.address.href}`);
    return arrival.page;
  }

  async function command(...args: readonly string[]): Promise<number> {
    return (await runKeywright(cast.demo.configuration, ...args)).saidAt;
  }
});

/** Presses the first button that ends a connection. Returns when that was. */
async function takeBack(visitor: Visitor, page: PageSeen): Promise<number> {
  const form = readForms(page.html).find(({ action }) => action.endsWith('/account/revoke'));
  if (form === undefined) throw new Error('the account page shows no connection');
  const clickedAt = performance.now();
  const arrival = await visitor.post(page, form.action, fillForm(form, ''));
  expect(arrival).toMatchObject({ kind: 'page', page: { status: 200 } });
  return clickedAt;
}

function callWith({ demo }: Cast, token: string): Call {
  const { exp = 0 } = decodeJwt(token);
  expect(exp - Date.now() / 1000).toBeGreaterThan(leftSeconds);
  const headers = { Authorization: `Bearer ${token}` };
  return async () => readAnswer(await fetch(`${demo.api}/buildings`, { headers }));
}

async function readAnswer(response: Response): Promise<Answer> {
  const { reason } = (await response.json()) as { readonly reason?: unknown };
  return { status: response.status, reason };
}

/** `end` returns when it was done, by `performance.now()`. */
async function measure(
  what: string,
  call: Call,
  reason: string,
  end: () => Promise<number>,
): Promise<void> {
  for (let calls = 0; calls < callsBefore; calls += 1) {
    expect((await call()).status).toBe(200);
    await wait(pauseMilliseconds);
  }
  const watching = watch(call);
  const endedAt = await end();
  const { refusedAt, answer } = await watching;
  const milliseconds = Math.round(refusedAt - endedAt);
  process.stdout.write(`measured ${what}: ${milliseconds} ms\n`);
  expect(answer).toEqual({ status: 401, reason });
  expect(milliseconds).toBeLessThan(longestMilliseconds);
  expect(await call()).toEqual(answer);
}

/** Calls until the answer is not 200. Gives up long after the promised time. */
async function watch(call: Call): Promise<{ readonly refusedAt: number; readonly answer: Answer }> {
  const until = performance.now() + 3 * longestMilliseconds;
  for (;;) {
    const answer = await call();
    const refusedAt = performance.now();
    if (answer.status !== 200 || refusedAt > until) return { refusedAt, answer };
    await wait(pauseMilliseconds);
  }
}
