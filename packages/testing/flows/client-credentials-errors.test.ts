import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { noteOf } from './refusal-note.ts';
import { createSunrise } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

const grant_type = 'client_credentials';

function basic(pair: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

describe('client authentication fails in the same way for every fault: 401, invalid_client, and a challenge where the header was used (RFC 6749 §5.2)', () => {
  const secret = () => platform.secrets.get('collector') ?? '';
  const cases: readonly [
    string,
    () => readonly [Record<string, string>, Record<string, string>],
    string | undefined,
  ][] = [
    ['no credentials', () => [{}, {}], undefined],
    ['unknown client', () => [{}, basic(`nobody:${secret()}`)], 'unknown or disabled client'],
    ['wrong secret', () => [{}, basic('collector:wrong')], 'wrong or expired secret'],
    ['empty secret', () => [{}, basic('collector:')], 'not registered for this method'],
    [
      'secret of another client',
      () => [{}, basic(`collector:${platform.secrets.get('heatlens')}`)],
      'wrong or expired secret',
    ],
    ['bad base64', () => [{}, { authorization: 'Basic !!!!' }], 'no Basic credentials'],
    ['no colon', () => [{}, basic('collector')], 'no id before a colon'],
    ['bad percent-encoding', () => [{}, basic('collector:%zz')], 'not form-encoded'],
    ['another scheme', () => [{}, { authorization: `Bearer ${secret()}` }], 'no Basic credentials'],
    [
      'two Authorization headers',
      () => [{}, { authorization: `${basic(`collector:${secret()}`).authorization}, Basic eDp5` }],
      'no Basic credentials',
    ],
    ['an unknown id alone', () => [{ client_id: 'nobody' }, {}], 'unknown or disabled client'],
    ['only the id', () => [{ client_id: 'collector' }, {}], 'not registered for this method'],
    ['only the secret', () => [{ client_secret: secret() }, {}], 'client_secret without client_id'],
    [
      'wrong secret in the body',
      () => [{ client_id: 'collector', client_secret: 'wrong' }, {}],
      'wrong or expired secret',
    ],
    [
      'a secret for a public client',
      () => [{ client_id: 'native', client_secret: 'anything' }, {}],
      'not registered for this method',
    ],
    [
      'another id in the body than in the header',
      () => [{ client_id: 'heatlens' }, basic(`collector:${secret()}`)],
      'client_id of another client',
    ],
  ];
  it.each(cases)('when the fault is: %s', async (_name, make, note) => {
    const [form, headers] = make();
    const answer = await platform.browser().post('/token', { grant_type, ...form }, headers);
    expect(answer.status).toBe(401);
    expect(answer.json['error']).toBe('invalid_client');
    // openid-client shows a challenge instead of the error, and a browser asks for a password
    // because of it.
    expect(answer.headers['www-authenticate']).toBe(
      headers['authorization'] === undefined
        ? undefined
        : 'Basic realm="https://as.example", charset="UTF-8"',
    );
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(noteOf(platform)).toBe(note);
  });

  it('two methods at once are refused, although both are correct (§2.3)', async () => {
    const pair = basic(`collector:${secret()}`);
    const answer = await platform
      .browser()
      .post('/token', { grant_type, client_id: 'collector', client_secret: secret() }, pair);
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request']);
  });

  it('a client that registered one method cannot use another', async () => {
    const client = await platform.store.clients.load('collector');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({ ...client, authenticationMethods: ['client_secret_post'] });
    expect((await platform.post('/token', { grant_type }, 'collector')).status).toBe(401);
  });

  it('a disabled client is refused like an unknown one', async () => {
    await platform.store.clients.disable('collector', platform.clock.nowSeconds());
    expect((await platform.post('/token', { grant_type }, 'collector')).json['error']).toBe(
      'invalid_client',
    );
  });
});

describe('a service cannot request', () => {
  const cases: readonly [Record<string, string>, string, string][] = [
    [
      { scope: 'buildings:read invoices:read' },
      'invalid_scope',
      'Value 2 of scope is unknown, or this client may not have it.',
    ],
    [
      { scope: 'buildings:burn' },
      'invalid_scope',
      'Value 1 of scope is unknown, or this client may not have it.',
    ],
    [
      { scope: 'openid' },
      'invalid_scope',
      'Value 1 of scope is unknown, or this client may not have it.',
    ],
    [{ scope: 'buildings:read  measurements:read' }, 'invalid_scope', 'scope is malformed.'],
    [
      { scope: Array.from({ length: 101 }, (_, index) => `s${index}`).join(' ') },
      'invalid_scope',
      'scope has too many values.',
    ],
    [
      { scope: 'x'.repeat(50_000) },
      'invalid_scope',
      'Value 1 of scope is unknown, or this client may not have it.',
    ],
    [
      { resource: 'https://billing.sunrise.example' },
      'invalid_target',
      'resource is not an API that this client may use.',
    ],
    [
      { resource: 'https://unknown.example' },
      'invalid_target',
      'resource is not an API that this client may use.',
    ],
    [
      { resource: 'not a uri' },
      'invalid_target',
      'resource is not an API that this client may use.',
    ],
  ];
  it.each(cases)('these parameters: %j', async (words, error, told) => {
    const answer = await platform.post('/token', { grant_type, ...words }, 'collector');
    expect([answer.status, answer.json['error']]).toEqual([400, error]);
    expect(answer.json['error_description']).toBe(told);
  });

  it('a scope beyond its own: the answer names its position, and does not repeat its text', async () => {
    const scope = 'buildings:read buildings:burn measurements:read';
    const { json } = await platform.post('/token', { grant_type, scope }, 'collector');
    expect(json['error_description']).toBe(
      'Value 2 of scope is unknown, or this client may not have it.',
    );
  });
});

it('a disabled client and a removed API are refused within five seconds, although the clock was put back', async () => {
  await platform.close();
  platform = await createSunrise({ cacheSeconds: 5 });
  const ask = async () => (await platform.post('/token', { grant_type }, 'collector')).status;
  platform.clock.advance(3600);
  expect(await ask()).toBe(200);
  platform.clock.advance(-3600);
  const apis = await platform.store.apis.list();
  for (const { identifier } of apis) await platform.store.apis.remove(identifier);
  platform.clock.advance(5);
  const scopes = (await platform.get('/.well-known/openid-configuration')).json['scopes_supported'];
  expect(scopes).not.toContain('buildings:read');
  for (const api of apis) await platform.store.apis.save(api);
  platform.clock.advance(5);
  expect(await ask()).toBe(200);
  await platform.store.clients.disable('collector', platform.clock.nowSeconds());
  platform.clock.advance(5);
  expect(await ask()).toBe(401);
});
