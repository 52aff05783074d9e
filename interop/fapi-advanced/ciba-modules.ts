/**
 * FAPI-CIBA, Implementer's Draft 1: the modules of `fapi-ciba-id1-test-plan`, without their prefix,
 * for poll and ping and both ways of authentication.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { expect } from 'vitest';
import { ada, type Answer, type Bench, type Changes, type Words } from '../fapi/bench.ts';
import { nowSeconds, sign } from '../fapi/keys.ts';
import { expectRefused } from '../fapi/modules.ts';
import {
  askResource,
  authentication,
  interaction,
  type Party,
  partyOf,
  type Variant,
} from './bench.ts';

export interface CibaVariant extends Pick<Variant, 'client_auth_type'> {
  readonly ciba_mode: 'poll' | 'ping';
}

/** A ping that came (CIBA §10.2). */
export interface Ping {
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

export interface CibaBench {
  readonly bench: Bench;
  /** The next ping. */
  readonly nextPing: () => Promise<Ping>;
}

export type CibaModule = readonly [
  name: string,
  play: (at: CibaBench, variant: CibaVariant) => Promise<void>,
  isFor?: (variant: CibaVariant) => boolean,
];

const grant_type = 'urn:openid:params:grant-type:ciba';

function asker(
  bench: Bench,
  { client_auth_type: by, ciba_mode: mode }: CibaVariant,
  number: 1 | 2 = 1,
): Party {
  return partyOf(bench, by, number, `${mode}-client`);
}

interface Asked {
  readonly words?: Words;
  readonly object?: Changes;
  readonly assertion?: Changes;
  readonly number?: 1 | 2;
}

/** As `createAuthorizationRequest` and `createAuthorizationRequestObject` make it. */
async function ask(
  bench: Bench,
  variant: CibaVariant,
  { words = {}, object = {}, assertion = {}, number = 1 }: Asked = {},
) {
  const party = asker(bench, variant, number);
  const notification = randomBytes(24).toString('base64url');
  // By which it is found on the account page.
  const bindingMessage = `Code ${randomUUID()}`;
  const now = nowSeconds();
  const claims = {
    iss: party.client.id,
    aud: bench.issuer,
    iat: now,
    nbf: now,
    exp: now + 300,
    jti: randomUUID(),
    scope: 'openid offline_access accounts',
    login_hint: ada.email,
    binding_message: bindingMessage,
    ...(variant.ciba_mode === 'ping' ? { client_notification_token: notification } : {}),
    ...words,
  };
  const request = await sign(party.client.key, { kid: party.client.key.kid }, claims, object);
  const form = {
    request,
    ...(await authentication(bench, party, variant.client_auth_type, assertion)),
  };
  return {
    party,
    notification,
    bindingMessage,
    answer: await bench.post('/bc-authorize', form, {}, party.shown),
  };
}

/** Answered on the account page, in a browser of Ada's. */
async function decide(
  bench: Bench,
  bindingMessage: string,
  decision: 'allow' | 'deny',
): Promise<void> {
  const visitor = bench.visitor();
  const arrival = await visitor.go(`${bench.issuer}/sign-in`);
  if (arrival.kind !== 'page') throw new Error('no sign-in page');
  const values = { email: ada.email, password: ada.password };
  await visitor.press(arrival.page, 'signin', { values });
  const account = await visitor.go(`${bench.issuer}/account`);
  if (account.kind !== 'page') throw new Error('no account page');
  const { html } = account.page;
  const [, button] =
    new RegExp(`id="(request-\\d+-${decision})"`).exec(html.slice(html.indexOf(bindingMessage))) ??
    [];
  if (button === undefined) throw new Error(`nothing waits by ${bindingMessage}`);
  await visitor.press(account.page, button);
}

async function poll(
  bench: Bench,
  variant: CibaVariant,
  party: Party,
  id: unknown,
  changes: Words = {},
): Promise<Answer> {
  const form = {
    grant_type,
    auth_req_id: String(id),
    ...(await authentication(bench, party, variant.client_auth_type)),
  };
  return bench.post('/token', { ...form, ...changes }, {}, party.shown);
}

async function expectAsked({ answer }: Awaited<ReturnType<typeof ask>>): Promise<string> {
  expect([answer.status, answer.json]).toEqual([
    200,
    {
      auth_req_id: expect.stringMatching(/^[\w-]{22,}$/),
      expires_in: expect.any(Number),
      interval: 5,
    },
  ]);
  return String(answer.json['auth_req_id']);
}

/** Told without being asked, where the client registered that (`verifyNotificationCallback`). */
async function waitForAnswer(
  { nextPing }: CibaBench,
  { ciba_mode: mode }: CibaVariant,
  id: string,
  token: string,
) {
  if (mode === 'poll') return;
  const ping = await nextPing();
  expect(ping).toEqual({
    authorization: `Bearer ${token}`,
    contentType: expect.stringMatching(/^application\/json/),
    body: JSON.stringify({ auth_req_id: id }),
  });
}

async function flow(at: CibaBench, variant: CibaVariant, asked: Asked = {}) {
  const { bench } = at;
  const sent = await ask(bench, variant, asked);
  const id = await expectAsked(sent);
  await decide(bench, sent.bindingMessage, 'allow');
  await waitForAnswer(at, variant, id, sent.notification);
  const { status, json } = await poll(bench, variant, sent.party, id);
  expect([status, json]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })]);
  const claims = decodeJwt(String(json['id_token']));
  expect(claims).toMatchObject({ iss: bench.issuer, aud: sent.party.client.id });
  // ValidateIdTokenNotIncludeCHashAndSHash.
  expect([claims['c_hash'], claims['s_hash']]).toEqual([undefined, undefined]);
  const answer = await askResource(bench, String(json['access_token']), sent.party.shown);
  expect([answer.status, answer.headers.get('x-fapi-interaction-id')]).toEqual([200, interaction]);
  return { ...sent, id, json };
}

const isByKey = ({ client_auth_type: by }: CibaVariant) => by === 'private_key_jwt';

const refusedObjects: readonly (readonly [string, (bench: Bench) => Changes])[] = [
  ['ensure-request-object-missing-aud-fails', () => ({ claims: { aud: undefined } })],
  [
    'ensure-request-object-bad-aud-fails',
    () => ({ claims: { aud: 'https://www.other1.example.com/' } }),
  ],
  ['ensure-request-object-missing-iss-fails', () => ({ claims: { iss: undefined } })],
  ['ensure-request-object-bad-iss-fails', () => ({ claims: { iss: 'somebody' } })],
  ['ensure-request-object-missing-exp-fails', () => ({ claims: { exp: undefined } })],
  ['ensure-request-object-expired-exp-fails', () => ({ claims: { exp: nowSeconds() - 300 } })],
  [
    'ensure-request-object-exp-is-70-minutes-in-future-fails',
    () => ({ claims: { exp: nowSeconds() + 70 * 60 } }),
  ],
  ['ensure-request-object-missing-iat-fails', () => ({ claims: { iat: undefined } })],
  ['ensure-request-object-missing-nbf-fails', () => ({ claims: { nbf: undefined } })],
  [
    'ensure-request-object-nbf-is-10-minutes-in-future-fails',
    () => ({ claims: { nbf: nowSeconds() + 600, exp: nowSeconds() + 900 } }),
  ],
  [
    'ensure-request-object-nbf-is-70-minutes-in-past-fails',
    () => ({ claims: { nbf: nowSeconds() - 70 * 60 } }),
  ],
  ['ensure-request-object-missing-jti-fails', () => ({ claims: { jti: undefined } })],
  [
    'ensure-request-object-signature-algorithm-is-none-fails',
    () => ({
      text: (jwt) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${jwt.split('.')[1]}.`,
    }),
  ],
  [
    'ensure-request-object-signature-algorithm-is-RS256-fails',
    ({ rsa }) => ({ header: { alg: 'RS256' }, key: rsa }),
  ],
  ['ensure-request-object-signed-by-other-client-fails', ({ second }) => ({ key: second.key })],
];

export const cibaModules: readonly CibaModule[] = [
  [
    'discovery-end-point-verification',
    async ({ bench: { metadata, issuer } }, { ciba_mode: mode }) =>
      expect(metadata).toMatchObject({
        backchannel_authentication_endpoint: `${issuer}/bc-authorize`,
        backchannel_token_delivery_modes_supported: expect.arrayContaining([mode]),
        backchannel_authentication_request_signing_alg_values_supported: expect.arrayContaining([
          'ES256',
          'PS256',
        ]),
        grant_types_supported: expect.arrayContaining([grant_type]),
        tls_client_certificate_bound_access_tokens: true,
      }),
  ],
  [
    'the plan without a word to it (fapi-ciba-id1)',
    async (at, variant) => void (await flow(at, variant)),
  ],
  [
    'the same with the second client',
    async (at, variant) => void (await flow(at, variant, { number: 2 })),
  ],
  [
    'ensure-other-scope-order-succeeds',
    async (at, variant) =>
      void (await flow(at, variant, { words: { scope: 'accounts offline_access openid' } })),
  ],
  [
    'ensure-requested-expiry-as-string-succeeds',
    async ({ bench }, variant) => {
      const { answer } = await ask(bench, variant, { words: { requested_expiry: '30' } });
      expect(answer.json['expires_in']).toBe(30);
    },
  ],
  [
    'user-rejects-authentication',
    async (at, variant) => {
      const sent = await ask(at.bench, variant);
      const id = await expectAsked(sent);
      await decide(at.bench, sent.bindingMessage, 'deny');
      await waitForAnswer(at, variant, id, sent.notification);
      expectRefused(await poll(at.bench, variant, sent.party, id), ['access_denied'], [400]);
    },
  ],
  [
    'multiple-call-to-token-endpoint',
    async ({ bench }, variant) => {
      const sent = await ask(bench, variant);
      const id = await expectAsked(sent);
      // EnsureErrorTokenEndpointSlowdownOrAuthorizationPending.
      for (let times = 0; times < 5; times += 1)
        expectRefused(
          await poll(bench, variant, sent.party, id),
          ['authorization_pending', 'slow_down'],
          [400],
        );
    },
  ],
  [
    'ensure-authorization-request-with-potentially-bad-binding-message',
    async ({ bench }, variant) => {
      const { answer } = await ask(bench, variant, {
        words: { binding_message: '1234 \u{1F600} çöńfîrm! <b>' },
      });
      expectRefused(answer, ['invalid_binding_message'], [400]);
    },
  ],
  ...refusedObjects.map(
    ([name, object]): CibaModule => [
      name,
      // CheckErrorFromBackchannelAuthenticationEndpointErrorInvalidRequest,
      // CheckBackchannelAuthenticationEndpointHttpStatus400.
      async ({ bench }, variant) =>
        expectRefused(
          (await ask(bench, variant, { object: object(bench) })).answer,
          ['invalid_request'],
          [400],
        ),
    ],
  ),
  [
    'ensure-authorization-request-with-multiple-hints-fails',
    async ({ bench }, variant) =>
      expectRefused(
        (await ask(bench, variant, { words: { login_hint_token: 'x' } })).answer,
        ['invalid_request'],
        [400],
      ),
  ],
  [
    'ensure-backchannel-authorization-request-without-request-fails',
    async ({ bench }, variant) => {
      const party = asker(bench, variant);
      const words = { scope: 'openid accounts', login_hint: ada.email };
      const form = { ...words, ...(await authentication(bench, party, variant.client_auth_type)) };
      expectRefused(
        await bench.post('/bc-authorize', form, {}, party.shown),
        ['invalid_request'],
        [400],
      );
    },
  ],
  [
    'ensure-wrong-authentication-request-id-in-token-endpoint-request',
    async ({ bench }, variant) => {
      const sent = await ask(bench, variant);
      await expectAsked(sent);
      expectRefused(await poll(bench, variant, sent.party, 'of-nobody'), ['invalid_grant'], [400]);
    },
  ],
  [
    'ensure-wrong-client-id-in-token-endpoint-request',
    async ({ bench }, variant) => {
      const sent = await ask(bench, variant);
      const id = await expectAsked(sent);
      const client_id = asker(bench, variant, 2).client.id;
      const answer = await poll(bench, variant, sent.party, id, { client_id });
      expectRefused(answer, ['invalid_grant', 'invalid_client'], [400, 401]);
    },
    (variant) => !isByKey(variant),
  ],
  [
    'ensure-client-assertion-signature-algorithm-in-backchannel-authorization-request-is-RS256-fails',
    async ({ bench }, variant) => {
      const assertion = { header: { alg: 'RS256' }, key: bench.rsa };
      expectRefused(
        (await ask(bench, variant, { assertion })).answer,
        ['invalid_client'],
        [400, 401],
      );
    },
    isByKey,
  ],
  [
    'ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds',
    async ({ bench }, variant) => {
      const assertion = { claims: { aud: `${bench.issuer}/token` } };
      await expectAsked(await ask(bench, variant, { assertion }));
    },
    isByKey,
  ],
  [
    'refresh-token',
    async (at, variant) => {
      const { party, json } = await flow(at, variant);
      const refresh = async (by: Party) => {
        const form = { grant_type: 'refresh_token', refresh_token: String(json['refresh_token']) };
        const own = await authentication(at.bench, by, variant.client_auth_type);
        return at.bench.post('/token', { ...form, ...own }, {}, by.shown);
      };
      expectRefused(await refresh(asker(at.bench, variant, 2)), ['invalid_grant']);
      const again = await refresh(party);
      expect(again.status).toBe(200);
      expect(
        (await askResource(at.bench, String(again.json['access_token']), party.shown)).status,
      ).toBe(200);
    },
  ],
  [
    'ensure-mtls-holder-of-key-required',
    async (at, variant) => {
      const { json } = await flow(at, variant);
      expect((await askResource(at.bench, String(json['access_token']), {})).status).toBe(401);
      const sent = await ask(at.bench, variant);
      const id = await expectAsked(sent);
      const bare = await poll(at.bench, variant, { ...sent.party, shown: {} }, id);
      expectRefused(bare, ['invalid_client', 'invalid_request', 'invalid_grant']);
    },
  ],
];
