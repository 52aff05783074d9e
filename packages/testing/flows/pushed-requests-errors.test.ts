import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '@keywright/core';
import type { TestPlatform } from '../src/index.ts';
import {
  createAuthorizePlatform,
  makeClientKey,
  push,
  requestWords,
  shortLink,
  signObject,
} from './authorize-setting.ts';
import { noteOf } from './refusal-note.ts';
import { ada, nativeCallback, type Words } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createAuthorizePlatform();
});
afterEach(() => platform.close());

describe('a pushed request that could not succeed is refused at once, to the client (RFC 9126 §2.1, §2.3):', () => {
  const cases: readonly [string, Words, string, string, string?][] = [
    [
      'redirect URI of another',
      { redirect_uri: 'https://evil.example/' },
      'invalid_request',
      'redirect_uri_mismatch',
      'came: https://evil.example/',
    ],
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
      'implicit for a client without it',
      { response_type: 'token' },
      'unauthorized_client',
      'client_not_permitted',
      'This client may not use response_type=token.',
    ],
    [
      'no code_challenge',
      { code_challenge: undefined },
      'invalid_request',
      'code_challenge_missing',
    ],
    [
      'scope that is not open to it',
      { scope: 'openid buildings:burn' },
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
      'unknown prompt',
      { prompt: 'shout' },
      'invalid_request',
      'parameter_unsupported',
      'prompt has a value that is not supported.',
    ],
    [
      'a reference in the push',
      { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
      'invalid_request',
      'parameter_unsupported',
      'request_uri cannot be part of a pushed request.',
    ],
    [
      'an address in the push',
      { request_uri: 'https://heatlens.example/r' },
      'invalid_request',
      'parameter_unsupported',
      'request_uri cannot be part of a pushed request.',
    ],
    [
      'an object that is none',
      { request: 'e30.e30.' },
      'invalid_request_object',
      'request_object_invalid',
      'no alg',
    ],
    [
      'client_id of another',
      { client_id: 'portal' },
      'invalid_client',
      'client_authentication_failed',
      'client_id of another client',
    ],
  ];
  it.each(cases)('%s', async (_name, words, error, reason, note) => {
    const answer = await platform.post('/par', requestWords(words), 'heatlens');
    expect([answer.status, answer.json['error']]).toEqual([
      error === 'invalid_client' ? 401 : 400,
      error,
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect([answer.reason, noteOf(platform)]).toEqual([reason, note]);
  });

  it('a parameter that is repeated', async () => {
    const form = `${new URLSearchParams(requestWords())}&state=other`;
    const answer = await platform.post('/par', form, 'heatlens');
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request']);
  });

  it('a request that is too large: 413 (§2.3)', async () => {
    const answer = await platform.post(
      '/par',
      { ...requestWords(), x: 'x'.repeat(17_000) },
      'heatlens',
    );
    expect(answer.status).toBe(413);
  });

  it('another method: 405 (§2.3)', async () => {
    expect((await platform.get('/par')).status).toBe(405);
  });

  it('parameters in the address', async () => {
    expect((await platform.post('/par?state=x', requestWords(), 'heatlens')).status).toBe(400);
  });
});

describe('a pushed request is authenticated as at the token endpoint (§2.1):', () => {
  it('a client with a secret that sends only its name, or a wrong secret, is refused', async () => {
    const named = await platform.browser().post('/par', requestWords());
    expect([named.status, named.json['error']]).toEqual([401, 'invalid_client']);
    const wrong = await platform
      .browser()
      .post('/par', { ...requestWords(), client_secret: 'x'.repeat(43) });
    expect([wrong.status, wrong.json['error']]).toEqual([401, 'invalid_client']);
  });

  it('a service is refused, because it has no users', async () => {
    const answer = await platform.post(
      '/par',
      requestWords({ client_id: 'collector' }),
      'collector',
    );
    expect([answer.status, answer.json['error']]).toEqual([400, 'unauthorized_client']);
  });

  it('the secret of the client is not stored with the request', async () => {
    const secret = platform.secrets.get('heatlens') ?? '';
    const answer = await platform
      .browser()
      .post('/par', { ...requestWords(), client_secret: secret });
    expect(answer.status).toBe(201);
    const kept: string[] = [];
    const unseal = platform.ports.vault.unseal.bind(platform.ports.vault);
    (platform.ports.vault as { unseal: typeof unseal }).unseal = (...given) => {
      const plain = unseal(...given);
      kept.push(Buffer.from(plain ?? []).toString());
      return plain;
    };
    await platform.browser().get(shortLink({ request_uri: String(answer.json['request_uri']) }));
    expect(kept.join(' ')).toContain('af0ifjsldkj');
    expect(kept.join(' ')).not.toContain(secret);
  });
});

describe('pushed requests by public clients cannot fill the store:', () => {
  const words = { client_id: 'native', redirect_uri: nativeCallback, scope: 'buildings:read' };
  const pushed = async (address: string, form: Words = words) =>
    platform.browser(address).post('/par', requestWords(form));

  it('one network has a maximum at a time, and then gets 429 with a time to retry', async () => {
    const large = { ...words, filler: 's'.repeat(15_000) };
    const answers = await Promise.all(
      Array.from({ length: 310 }, () => pushed('192.0.2.1', large)),
    );
    const kept = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 429);
    expect(kept.length + refused.length).toBe(310);
    expect(kept.length).toBeLessThan(300);
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await pushed('192.0.2.2', large)).status).toBe(201);
    platform.clock.advance(Number(refused[0]?.headers['retry-after']));
    expect((await pushed('192.0.2.1', large)).status).toBe(201);
  });

  it('a client that authenticates is not counted in this way', async () => {
    const answers = await Promise.all(
      Array.from({ length: 310 }, () => platform.post('/par', requestWords(), 'heatlens')),
    );
    expect(answers.every(({ status }) => status === 201)).toBe(true);
  });
});

describe('a request_uri that cannot be used gives a page and never a redirect (§4):', () => {
  async function assertPage(link: string): Promise<void> {
    const answer = await platform.browser().get(link);
    expect(answer.status).toBe(400);
    expect(answer.headers).not.toHaveProperty('location');
    expect(answer.reason).toBe('request_uri_invalid');
  }

  it('one that the server did not issue', () =>
    assertPage(shortLink({ request_uri: `urn:ietf:params:oauth:request_uri:${'A'.repeat(43)}` })));

  it('one of another client', async () => {
    const request_uri = await push(platform);
    await assertPage(`/authorize?${new URLSearchParams({ client_id: 'portal', request_uri })}`);
  });

  it('one that is a minute old', async () => {
    const request_uri = await push(platform);
    platform.clock.advance(59);
    expect((await platform.browser().get(shortLink({ request_uri }))).status).toBe(303);
    platform.clock.advance(1);
    await assertPage(shortLink({ request_uri }));
  });

  it('one without client_id, or with a repeated parameter', async () => {
    const request_uri = await push(platform);
    for (const query of [
      new URLSearchParams({ request_uri }).toString(),
      `${new URLSearchParams({ client_id: 'heatlens', request_uri })}&client_id=heatlens`,
      `${new URLSearchParams({ client_id: 'heatlens', request_uri })}&request_uri=${request_uri}`,
      `${new URLSearchParams({ client_id: 'heatlens', request_uri })}&x=1&x=2`,
    ])
      expect((await platform.browser().get(`/authorize?${query}`)).json['page']).toBe('error');
  });
});

it('a pushed request of a client that was disabled or lost a scope meanwhile is refused at the next step', async () => {
  const browser = platform.browser();
  const { location } = await browser.get(shortLink({ request_uri: await push(platform) }));
  const client = (await platform.store.clients.load('heatlens')) as Client;
  await platform.store.clients.save({ ...client, scopes: ['openid'], optionalScopes: [] });
  expect((await browser.get(location.href)).status).toBe(400);
  await platform.store.clients.save(client);
  expect((await browser.get(location.href)).status).toBe(200);
  await platform.store.clients.disable('heatlens', platform.clock.nowSeconds());
  expect((await browser.get(location.href)).status).toBe(400);
});

it('after a user declined a pushed request, the application gets the error, and the same page cannot allow it later', async () => {
  const browser = platform.browser();
  const link = shortLink({ request_uri: await push(platform) });
  const signedIn = await platform.signIn(browser, ada, (await browser.get(link)).location);
  const page = await browser.get(signedIn.location.href);
  const { fields } = page.json['form'] as { fields: Record<string, string> };
  const denied = await browser.post('/consent', { ...fields, decision: 'deny' });
  expect(denied.location.searchParams.get('error')).toBe('access_denied');
  expect((await browser.post('/consent', { ...fields, decision: 'allow' })).status).toBe(400);
});

it('a request object in a pushed request is checked as at other endpoints: one of another signer is refused', async () => {
  const request = signObject(platform, {}, { key: makeClientKey() });
  const answer = await platform.post('/par', { request }, 'heatlens');
  expect(answer.json['error']).toBe('invalid_request_object');
});
