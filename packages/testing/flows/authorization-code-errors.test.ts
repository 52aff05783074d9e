import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '@keywright/core';
import type { TestPlatform } from '../src/index.ts';
import { noteOf } from './refusal-note.ts';
import {
  authorizeLink,
  billing,
  buildings,
  callback,
  createSunrise,
  obtainCode,
  redeem,
  refresh,
  tokensOf,
  type Words,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

describe('a fault before client and redirect URI are certain gives a page and never a redirect (RFC 6749 §4.1.2.1)', () => {
  const cases: readonly [string, Words, string, string?][] = [
    ['unknown client', { client_id: 'nobody' }, 'client_unknown'],
    ['no client', { client_id: undefined }, 'parameter_missing', 'client_id is required.'],
    [
      'client twice',
      { client_id: ['heatlens', 'heatlens'] },
      'parameter_repeated',
      'client_id is repeated.',
    ],
    [
      'redirect URI twice',
      { redirect_uri: [callback, callback] },
      'parameter_repeated',
      'redirect_uri is repeated.',
    ],
    [
      'redirect URI of another',
      { redirect_uri: 'https://evil.example/callback' },
      'redirect_uri_mismatch',
      'came: https://evil.example/callback',
    ],
    [
      'redirect URI left out in OpenID Connect',
      { redirect_uri: undefined },
      'parameter_missing',
      'redirect_uri is required.',
    ],
    ['client without redirect URIs', { client_id: 'collector' }, 'client_unknown'],
    [
      'state that is too long to give back',
      { state: '€'.repeat(700) },
      'parameter_malformed',
      'state is longer than 2048 bytes.',
    ],
    [
      'request object that cannot be read',
      { request: 'e30.e30.' },
      'request_object_invalid',
      'no alg',
    ],
    [
      'request object at an address that was not registered',
      { request_uri: 'https://x.example/r' },
      'request_uri_invalid',
      'not registered',
    ],
  ];
  it.each(cases)('when the fault is: %s', async (_name, words, reason, note) => {
    const answer = await platform.browser().get(authorizeLink(words));
    expect(answer.status).toBe(400);
    expect(answer.headers).not.toHaveProperty('location');
    expect(answer.json['page']).toBe('error');
    expect([answer.reason, noteOf(platform)]).toEqual([reason, note]);
  });

  it('when the client is disabled', async () => {
    await platform.store.clients.disable('heatlens', platform.clock.nowSeconds());
    expect((await platform.browser().get(authorizeLink())).status).toBe(400);
  });
});

describe('any other fault goes back to the client with error, state and iss', () => {
  const cases: readonly [string, Words, string, string, string?][] = [
    [
      'no response_type',
      { response_type: undefined },
      'invalid_request',
      'parameter_missing',
      'response_type is required.',
    ],
    [
      'unknown response_type',
      { response_type: 'magic' },
      'unsupported_response_type',
      'response_type_unsupported',
    ],
    [
      'no code_challenge',
      { code_challenge: undefined },
      'invalid_request',
      'code_challenge_missing',
    ],
    [
      'code_challenge_method plain',
      { code_challenge_method: 'plain' },
      'invalid_request',
      'code_challenge_missing',
    ],
    [
      'no code_challenge_method, which would mean plain',
      { code_challenge_method: undefined },
      'invalid_request',
      'code_challenge_missing',
    ],
    [
      'malformed code_challenge',
      { code_challenge: 'too-short' },
      'invalid_request',
      'parameter_malformed',
      'code_challenge must be 43 characters of base64url.',
    ],
    [
      'unknown scope',
      { scope: 'openid buildings:burn' },
      'invalid_scope',
      'scope_invalid',
      'Value 2 of scope is unknown, or this client may not have it.',
    ],
    [
      'malformed scope',
      { scope: 'openid "x"' },
      'invalid_scope',
      'scope_invalid',
      'scope is malformed.',
    ],
    [
      'scope that this client may not have',
      { client_id: 'heatlens', scope: 'openid buildings:write' },
      'invalid_scope',
      'scope_invalid',
      'Value 2 of scope is unknown, or this client may not have it.',
    ],
    [
      'unknown resource',
      { resource: 'https://unknown.example' },
      'invalid_target',
      'target_invalid',
      'resource is not an API that this client may use.',
    ],
    [
      'resource with a fragment',
      { resource: `${buildings}#x` },
      'invalid_target',
      'target_invalid',
      'resource is not an API that this client may use.',
    ],
    [
      'resource that is no URI',
      { resource: 'buildings' },
      'invalid_target',
      'target_invalid',
      'resource is not an API that this client may use.',
    ],
    [
      'scope of another API than the named one',
      { resource: billing },
      'invalid_scope',
      'scope_invalid',
      'A requested scope does not belong to the requested resource.',
    ],
    ['repeated scope', { scope: ['openid', 'openid'] }, 'invalid_request', 'parameter_repeated'],
    [
      'repeated code_challenge',
      { code_challenge: ['a', 'b'] },
      'invalid_request',
      'parameter_repeated',
    ],
    ['repeated unknown parameter', { x: ['a', 'b'] }, 'invalid_request', 'parameter_repeated'],
    [
      'registration inside',
      { registration: '{}' },
      'registration_not_supported',
      'registration_unsupported',
    ],
    [
      'unknown prompt',
      { prompt: 'shout' },
      'invalid_request',
      'parameter_unsupported',
      'prompt has a value that is not supported.',
    ],
    [
      'prompt none with another',
      { prompt: 'none login' },
      'invalid_request',
      'parameter_malformed',
      'prompt=none cannot be combined with other values.',
    ],
    [
      'max_age that is no number',
      { max_age: '-1' },
      'invalid_request',
      'parameter_malformed',
      'max_age must be a whole number of seconds.',
    ],
    [
      'unknown response_mode',
      { response_mode: 'web_message' },
      'invalid_request',
      'parameter_unsupported',
      'response_mode must be one of query, fragment, form_post, jwt, query.jwt, fragment.jwt, form_post.jwt.',
    ],
    [
      'implicit for a client without it',
      { response_type: 'token' },
      'unauthorized_client',
      'client_not_permitted',
      'This client may not use response_type=token.',
    ],
    [
      'nonce that is too long to carry',
      { nonce: '€'.repeat(700) },
      'invalid_request',
      'parameter_malformed',
      'nonce is longer than 2048 bytes.',
    ],
  ];
  it.each(cases)('when the fault is: %s', async (_name, words, error, reason, note) => {
    const { location } = await platform.browser().get(authorizeLink(words));
    const answered =
      location.hash === '' ? location.searchParams : new URLSearchParams(location.hash.slice(1));
    expect(location.origin + location.pathname).toBe(callback);
    expect(answered.get('error')).toBe(error);
    expect(answered.get('state')).toBe('af0ifjsldkj');
    expect(answered.get('iss')).toBe(platform.issuer);
    expect(answered.get('error_uri')).toContain(`/errors/${reason}?`);
    expect(noteOf(platform)).toBe(note);
  });

  it('but without state when it came twice, because it is unclear which one counts', async () => {
    const { location } = await platform.browser().get(authorizeLink({ state: ['a', 'b'] }));
    expect(location.searchParams.get('error')).toBe('invalid_request');
    expect(location.searchParams.has('state')).toBe(false);
  });
});

describe('an authorization code (RFC 6749 §4.1.3)', () => {
  const refused: readonly [string, Words, string, string, string, object][] = [
    [
      'wrong verifier',
      { code_verifier: 'x'.repeat(43) },
      'heatlens',
      'invalid_grant',
      'code_verifier_wrong',
      { sent: true },
    ],
    [
      'no verifier',
      { code_verifier: undefined },
      'heatlens',
      'invalid_grant',
      'code_verifier_wrong',
      { sent: false },
    ],
    [
      'the challenge as the verifier',
      { code_verifier: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' },
      'heatlens',
      'invalid_grant',
      'code_verifier_wrong',
      { sent: true },
    ],
    [
      'another redirect URI',
      { redirect_uri: `${callback}/` },
      'heatlens',
      'invalid_grant',
      'code_redirect_uri_mismatch',
      {},
    ],
    [
      'no redirect URI',
      { redirect_uri: undefined },
      'heatlens',
      'invalid_grant',
      'code_redirect_uri_mismatch',
      {},
    ],
    ['another client', {}, 'portal', 'invalid_grant', 'code_invalid', { known: true }],
    ['a public client', {}, 'native', 'invalid_grant', 'code_invalid', { known: true }],
    [
      'another resource',
      { resource: billing },
      'heatlens',
      'invalid_target',
      'target_invalid',
      { description: 'resource was not granted.' },
    ],
  ];
  it.each(refused)(
    'is refused with %s, and is not spent',
    async (_name, words, clientId, error, reason, log) => {
      const code = await obtainCode(platform);
      const answer = await redeem(platform, code, words, clientId);
      expect(answer.status).toBe(400);
      expect(answer.json['error']).toBe(error);
      expect(platform.events.findLast(({ type }) => type === 'refused')).toMatchObject({
        reason,
        ...log,
      });
      expect((await redeem(platform, code)).status).toBe(200);
    },
  );

  it('lives 60 seconds', async () => {
    const [early, late] = [await obtainCode(platform), await obtainCode(platform)];
    platform.clock.advance(59);
    expect((await redeem(platform, early)).status).toBe(200);
    platform.clock.advance(1);
    expect((await redeem(platform, late)).json['error']).toBe('invalid_grant');
  });

  it('gets the same refusal for a wrong parameter, for its expiry and for both', async () => {
    const code = await obtainCode(platform);
    platform.clock.advance(61);
    for (const [words, client] of [
      [{}, 'portal'],
      [{ code_verifier: 'x'.repeat(43) }, 'heatlens'],
    ] as const)
      expect((await redeem(platform, code, words, client)).json['error']).toBe('invalid_grant');
  });

  it('is refused at the second use, which ends all tokens of the first use (§4.1.2)', async () => {
    const code = await obtainCode(platform);
    const tokens = tokensOf(await redeem(platform, code));
    expect((await redeem(platform, code)).json['error']).toBe('invalid_grant');
    expect((await refresh(platform, tokens.refresh_token)).json['error']).toBe('invalid_grant');
    const userinfo = await platform.get('/userinfo', {
      authorization: `Bearer ${tokens.access_token}`,
    });
    expect(userinfo.status).toBe(401);
    const introspected = await platform.post(
      '/introspect',
      { token: tokens.access_token },
      'buildings-api',
    );
    expect(introspected.json).toEqual({ active: false });
  });

  it('gives one success when it is redeemed 50 times in parallel, and then that family has ended', async () => {
    const code = await obtainCode(platform);
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(platform, code)));
    const won = answers.filter((answer) => answer.status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter((answer) => answer.json['error'] === 'invalid_grant')).toHaveLength(49);
    expect((await refresh(platform, tokensOf(won[0] as never).refresh_token)).status).toBe(400);
  });

  it('is refused when its consent was withdrawn', async () => {
    const code = await obtainCode(platform);
    const accountId = [...platform.accounts.values()][0]?.id ?? '';
    const grant = await platform.store.grants.load(accountId, 'heatlens');
    await platform.store.grants.end(grant?.id ?? '', accountId, platform.clock.nowSeconds());
    expect((await redeem(platform, code)).json['error']).toBe('invalid_grant');
  });

  it('for two APIs needs the parameter resource to select one, before it is spent (RFC 8707 §2.2)', async () => {
    const code = await obtainCode(platform, { scope: 'buildings:read invoices:read' });
    expect((await redeem(platform, code)).json['error']).toBe('invalid_target');
    expect((await redeem(platform, code, { resource: billing })).status).toBe(200);
  });
});

describe('the authorization endpoint refuses', () => {
  it('a service, whatever the service asks for', async () => {
    expect((await redeem(platform, 'x', {}, 'collector')).json['error']).toBe(
      'unauthorized_client',
    );
  });

  it('a redirect URI that the client has lost meanwhile: no answer is sent there', async () => {
    const browser = platform.browser();
    const { location } = await browser.get(authorizeLink());
    const client = await platform.store.clients.load('heatlens');
    await platform.store.clients.save({
      ...(client as Client),
      redirectUris: ['https://heatlens.example/new'],
    });
    const signedIn = await platform.signIn(browser, 'ada@example.com', location);
    expect((await browser.get(signedIn.location.href)).status).toBe(400);
  });

  it('a request that waited for half an hour: it has expired', async () => {
    const { location } = await platform.browser().get(authorizeLink());
    platform.clock.advance(1801);
    expect((await platform.browser().get(location.href)).status).toBe(400);
  });

  it('a request whose sealed form was changed', async () => {
    const browser = platform.browser();
    const { location } = await browser.get(authorizeLink());
    const sealed = location.searchParams.get('request') ?? '';
    const edited = sealed.slice(0, 40) + (sealed[40] === 'A' ? 'B' : 'A') + sealed.slice(41);
    expect((await browser.get(`/sign-in?request=${edited}`)).status).toBe(400);
    expect((await browser.get(`/consent?request=${edited}`)).status).toBe(400);
  });
});
