/**
 * Request objects (RFC 9101; OpenID Connect Core §6): by value and by reference, signed, and
 * encrypted around that.
 */
import { type Outbound, rotateKeys } from '@keywright/core';
import { digest } from '@keywright/jwt';
import { encryptFor, importEncryptionKey, type KeyEncryption } from '@keywright/jwt/encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  createAuthorizePlatform,
  goThrough,
  heatlensKey,
  makeClientKey,
  requestWords,
  shortLink,
  signObject,
  toldIn,
} from './authorize-setting.ts';
import { authorizeLink, buildings, callback, claimsOf, redeem, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createAuthorizePlatform();
});
afterEach(() => platform.close());

it('a request object by value is a whole request (RFC 9101 §5)', async () => {
  const told = toldIn(await goThrough(platform, shortLink({ request: signObject(platform) })));
  expect(told.get('state')).toBe('af0ifjsldkj');
  tokensOf(await redeem(platform, told.get('code') ?? ''));
});

it('only the parameters in a request object count: others change nothing and add nothing (§6.3)', async () => {
  const request = signObject(platform, { nonce: undefined });
  const answer = await goThrough(
    platform,
    shortLink({
      request,
      response_type: 'token',
      redirect_uri: 'https://evil.example/',
      scope: 'openid invoices:read',
      state: 'forged',
      nonce: 'added',
    }),
  );
  expect(answer.location.origin + answer.location.pathname).toBe(callback);
  const told = toldIn(answer);
  expect(told.get('state')).toBe('af0ifjsldkj');
  const tokens = tokensOf(await redeem(platform, told.get('code') ?? ''));
  expect(tokens.scope).toBe('openid buildings:read');
  expect(claimsOf(tokens.id_token)).not.toHaveProperty('nonce');
});

it('a request object may be posted (OpenID Connect Core §3.1.2.1)', async () => {
  const posted = await platform
    .browser()
    .post('/authorize', { client_id: 'heatlens', request: signObject(platform) });
  expect(posted.location.pathname).toBe('/consent');
});

it.each(['oauth-authz-req+jwt', 'application/oauth-authz-req+jwt', 'JWT'])(
  'a request object may have the type %s (§10.8)',
  async (typ) => {
    const told = toldIn(
      await goThrough(platform, shortLink({ request: signObject(platform, {}, { typ }) })),
    );
    expect(told.has('code')).toBe(true);
  },
);

it('a request object may have numbers as numbers, JSON as JSON (§4), and resource as a list', async () => {
  const request = signObject(
    platform,
    {},
    { claims: { max_age: 3600, resource: [buildings], x: { y: [1] }, z: null } },
  );
  const told = toldIn(await goThrough(platform, shortLink({ request })));
  expect(told.has('code')).toBe(true);
  const wrong = signObject(platform, {}, { claims: { max_age: 'soon' } });
  expect(toldIn(await platform.browser().get(shortLink({ request: wrong }))).get('error')).toBe(
    'invalid_request',
  );
});

it('a request object need not expire: no section requires exp (§4; OpenID Connect Core §6.1)', async () => {
  const request = signObject(
    platform,
    {},
    { claims: { exp: undefined, iat: undefined, nbf: undefined } },
  );
  expect(toldIn(await goThrough(platform, shortLink({ request }))).has('code')).toBe(true);
});

it('a request object may leave out iss and aud: both sections say SHOULD (§4; OpenID Connect Core §6.1)', async () => {
  const request = signObject(platform, {}, { claims: { iss: undefined, aud: undefined } });
  expect(toldIn(await goThrough(platform, shortLink({ request }))).has('code')).toBe(true);
});

it('a fault in the parameters of a request object goes back to the client, as from any other request', async () => {
  const request = signObject(platform, { scope: 'openid buildings:burn' });
  const told = toldIn(await platform.browser().get(shortLink({ request })));
  expect([told.get('error'), told.get('state')]).toEqual(['invalid_scope', 'af0ifjsldkj']);
});

it('a request object may be signed by any registered key, and only with the registered algorithm where there is one (§6.2)', async () => {
  await platform.close();
  const rsa = makeClientKey('RS256');
  platform = await createAuthorizePlatform({
    jwks: { keys: [heatlensKey.jwk, rsa.jwk] },
    request_object_signing_alg: 'RS256',
  });
  const byRsa = await platform
    .browser()
    .get(shortLink({ request: signObject(platform, {}, { key: rsa }) }));
  expect(byRsa.location.pathname).toBe('/sign-in');
  const byOther = await platform.browser().get(shortLink({ request: signObject(platform) }));
  expect(byOther.reason).toBe('request_object_invalid');
});

describe('a request object by reference (§5.2; OpenID Connect Core §6.2)', () => {
  const address = 'https://heatlens.example/requests/1';
  const fetched: string[] = [];
  let served: { text: string; type: string };
  const outbound: Outbound = {
    send: async (url, { accept }) => {
      fetched.push(`${url} ${accept}`);
      if (!accept.split(', ').includes(served.type))
        throw Object.assign(new Error('another type'), { fault: 'content_wrong' });
      return { status: 200, text: served.text, maxAgeSeconds: undefined };
    },
  };

  beforeEach(async () => {
    await platform.close();
    platform = await createAuthorizePlatform(
      { request_uris: [`${address}#former`] },
      { ports: () => ({ outbound }) },
    );
    fetched.length = 0;
    served = { text: signObject(platform), type: 'application/oauth-authz-req+jwt' };
  });

  it('is fetched from a registered address, at each request', async () => {
    const told = toldIn(await goThrough(platform, shortLink({ request_uri: address })));
    expect(told.has('code')).toBe(true);
    expect(fetched).toEqual([
      `${address} application/oauth-authz-req+jwt, application/jwt, application/jose`,
    ]);
    await platform.browser().get(shortLink({ request_uri: address }));
    expect(fetched).toHaveLength(2);
  });

  it.each([
    ['its hash', () => digest(served.text)],
    ['the hash of something else', () => digest('other')],
    ['any text', () => 'former'],
  ])('is accepted with any fragment: %s (OpenID Connect Core §6.2)', async (_name, fragment) => {
    const request_uri = `${address}#${fragment()}`;
    const answer = await platform.browser().get(shortLink({ request_uri }));
    expect(answer.location.pathname).toBe('/sign-in');
    expect(fetched[0]).toMatch(new RegExp(`^${address} `));
  });

  it.each(['application/jwt', 'application/jose'])(
    'may be served as %s, because there was no media type for it in the past',
    async (type) => {
      served = { ...served, type };
      expect(
        (await platform.browser().get(shortLink({ request_uri: address }))).location.pathname,
      ).toBe('/sign-in');
    },
  );

  it.each([
    'https://heatlens.example/requests/2',
    'https://heatlens.example/requests/1?x',
    'https://evil.example/requests/1',
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
  ])('is not fetched from %s, which is not registered', async (request_uri) => {
    const answer = await platform.browser().get(shortLink({ request_uri }));
    expect(answer.reason).toBe('request_uri_invalid');
    expect(fetched).toEqual([]);
  });

  it('that cannot be fetched gives a page, which does not name the reason', async () => {
    served = { text: '', type: 'text/html' };
    const answer = await platform.browser().get(shortLink({ request_uri: address }));
    expect([answer.status, answer.reason]).toEqual([400, 'request_uri_invalid']);
    expect(answer.body).not.toContain('content_wrong');
    // A host that may be slow is not asked again.
    expect(fetched).toHaveLength(1);
  });

  it('cannot stand beside a request by value (RFC 9101 §5)', async () => {
    const answer = await platform
      .browser()
      .get(shortLink({ request_uri: address, request: served.text }));
    expect([answer.status, answer.reason]).toEqual([400, 'parameter_malformed']);
  });

  it('is in the metadata, with the duty to register (OpenID Connect Discovery §3)', async () => {
    expect((await platform.get('/.well-known/openid-configuration')).json).toMatchObject({
      request_parameter_supported: true,
      request_uri_parameter_supported: true,
      require_request_uri_registration: true,
    });
  });
});

describe('a request object that is encrypted for the server (§6.1)', () => {
  async function seal(text: string, alg: KeyEncryption, more: object = {}): Promise<string> {
    const { keys } = (await platform.get('/jwks')).json as { keys: Record<string, unknown>[] };
    const jwk = keys.find((key) => key['use'] === 'enc' && alg.startsWith(String(key['alg'])));
    const key = jwk && importEncryptionKey({ ...jwk, alg }, alg);
    if (key === undefined) throw new Error(`no key for ${alg}`);
    return encryptFor(key, text, {
      alg,
      enc: 'A256GCM',
      cty: 'JWT',
      kid: String(jwk?.['kid']),
      ...more,
    });
  }

  beforeEach(async () => {
    await platform.close();
    platform = await createAuthorizePlatform({}, { opensRequests: true });
  });

  it.each(['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'] as const)(
    'by %s, to a published key, with the signature inside, is accepted',
    async (alg) => {
      const request = await seal(signObject(platform), alg);
      expect(toldIn(await goThrough(platform, shortLink({ request }))).has('code')).toBe(true);
    },
  );

  it.each([
    ['plain JSON', () => JSON.stringify(requestWords())],
    ['an object without a signature', () => `${signObject(platform).split('.', 2).join('.')}.`],
    ['an object that another signed', () => signObject(platform, {}, { key: makeClientKey() })],
  ])('and contains %s is refused, because nothing proves its client', async (_name, make) => {
    const answer = await platform
      .browser()
      .get(shortLink({ request: await seal(make(), 'ECDH-ES') }));
    expect(answer.reason).toBe('request_object_invalid');
  });

  it('twice is refused', async () => {
    const request = await seal(await seal(signObject(platform), 'ECDH-ES'), 'ECDH-ES');
    expect((await platform.browser().get(shortLink({ request }))).reason).toBe(
      'request_object_invalid',
    );
  });

  it('and is changed, or is for another key, is refused with the same text', async () => {
    const request = await seal(signObject(platform), 'RSA-OAEP-256');
    const parts = request.split('.');
    const changed = [1, 2, 3, 4].map((index) => {
      const part = parts[index] ?? '';
      const letter = part[10] === 'A' ? 'B' : 'A';
      return parts.with(index, part.slice(0, 10) + letter + part.slice(11)).join('.');
    });
    const answers = await Promise.all(
      changed.map((one) => platform.browser().get(shortLink({ request: one }))),
    );
    const told = answers.map(({ status, reason, json }) => [status, reason, json['text']]);
    expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(told[0]?.[1]).toBe('request_object_invalid');
  });

  it('must be encrypted as the client registered', async () => {
    await platform.close();
    platform = await createAuthorizePlatform(
      { request_object_encryption_alg: 'ECDH-ES+A256KW', request_object_encryption_enc: 'A256GCM' },
      { opensRequests: true },
    );
    const good = await seal(signObject(platform), 'ECDH-ES+A256KW');
    expect((await platform.browser().get(shortLink({ request: good }))).location.pathname).toBe(
      '/sign-in',
    );
    for (const other of [
      await seal(signObject(platform), 'ECDH-ES'),
      await seal(signObject(platform), 'ECDH-ES+A256KW', { enc: 'A128GCM' }),
    ])
      expect((await platform.browser().get(shortLink({ request: other }))).reason).toBe(
        'request_object_invalid',
      );
  });

  it('for a replaced key is accepted while that key is published, and refused after it was withdrawn', async () => {
    const request = await seal(signObject(platform), 'ECDH-ES');
    const open = () => platform.browser().get(shortLink({ request }));
    const encryptionKeys = async () =>
      ((await platform.get('/jwks')).json as { keys: { use: string; alg: string }[] }).keys.filter(
        ({ use, alg }) => use === 'enc' && alg === 'ECDH-ES',
      );
    await rotateKeys(platform.ports, { algorithms: ['ECDH-ES'] });
    expect(await encryptionKeys()).toHaveLength(2);
    expect((await open()).location.pathname).toBe('/sign-in');
    await rotateKeys(platform.ports, { algorithms: ['ECDH-ES'], withdraw: true });
    expect(await encryptionKeys()).toHaveLength(1);
    expect((await open()).reason).toBe('request_object_invalid');
  });

  it('is in the metadata', async () => {
    expect((await platform.get('/.well-known/openid-configuration')).json).toMatchObject({
      request_object_encryption_alg_values_supported: [
        'RSA-OAEP-256',
        'ECDH-ES',
        'ECDH-ES+A128KW',
        'ECDH-ES+A256KW',
      ],
      request_object_encryption_enc_values_supported: expect.arrayContaining(['A256GCM']),
    });
  });
});

describe('when request objects are required or off,', () => {
  it('a client that registered to use them cannot send other requests (§10.5)', async () => {
    await platform.close();
    platform = await createAuthorizePlatform({ require_signed_request_object: true });
    expect(toldIn(await platform.browser().get(authorizeLink())).get('error')).toBe(
      'invalid_request',
    );
    expect(
      toldIn(await goThrough(platform, shortLink({ request: signObject(platform) }))).has('code'),
    ).toBe(true);
  });

  it('a client that sends one is told that they are off (OpenID Connect Core §3.1.2.6)', async () => {
    await platform.close();
    platform = await createAuthorizePlatform({}, { features: { requestObjects: false } });
    const byValue = await platform.browser().get(authorizeLink({ request: 'e30.e30.' }));
    expect(toldIn(byValue).get('error')).toBe('request_not_supported');
    const byReference = await platform
      .browser()
      .get(authorizeLink({ request_uri: 'https://x.example/r' }));
    expect(toldIn(byReference).get('error')).toBe('request_uri_not_supported');
    expect((await platform.get('/.well-known/openid-configuration')).json).toMatchObject({
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
    });
  });
});
