import { randomBytes } from 'node:crypto';
import {
  generateDecryptionKey,
  importAgreementKeys,
  type Jwk,
  makeApiKey,
  openJwe,
} from '@keywright/jwt';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ApiKeyFetchOptions, createApiKeyFetch } from './api-key-fetch.ts';
import { metadataAddress } from './api-key-source.ts';

const resource = 'https://api.example';
const apiKey = makeApiKey('live', randomBytes).text;

interface Seen {
  readonly url: string;
  readonly method: string;
  readonly redirect: string;
  readonly headers: Headers;
  readonly body: string;
}

let now: number;
let key: Jwk;
let metadata: Record<string, unknown>;
let jwks: unknown;
let seen: Seen[];
let answer: (request: Seen) => Response;
let isDown: boolean;

beforeEach(() => {
  now = 1_800_000_000_000;
  isDown = false;
  seen = [];
  metadata = { resource, jwks_uri: `${resource}/.well-known/jwks.json` };
  rotate(generateDecryptionKey());
  answer = () => new Response('done');
});

function rotate(next: Jwk): void {
  key = next;
  jwks = { keys: importAgreementKeys([next]).publicJwks };
}

async function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const { url, method, redirect, headers } = request;
  const one = { url, method, redirect, headers, body: await request.text() };
  seen.push(one);
  if (isDown) throw new TypeError('fetch failed');
  if (url.startsWith(`${resource}/.well-known/oauth-protected-resource`))
    return Response.json(metadata);
  if (url === `${resource}/.well-known/jwks.json`) return Response.json(jwks);
  return answer(one);
}

const create = (options: Partial<ApiKeyFetchOptions> = {}) =>
  createApiKeyFetch({ apiKey, resource, fetch, clock: () => now, ...options });
const calls = () => seen.filter(({ url }) => !url.includes('/.well-known/'));
const lookups = () => seen.length - calls().length;
const payloadOf = ({ headers }: Seen, by = key) => {
  const sealed = headers.get('authorization')!.replace(/^ApiKey /, '');
  const keys = importAgreementKeys([by]);
  return JSON.parse(openJwe(sealed, { keys, typ: 'api-key+jwe' }).toString()) as Record<
    string,
    unknown
  >;
};
const problem = (reason: string, status = 401, extra = '') =>
  new Response(JSON.stringify({ reason, extra }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
const faultOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => new Error('answered'),
    (caught: unknown) => caught as Error & { fault?: string },
  );
  expect(`${error.message} ${String(error.cause)}`).not.toContain(apiKey);
  return (error as { fault?: string }).fault ?? error.message;
};

describe('a fetch with an API key', () => {
  it('seals the key for the API, anew for each request', async () => {
    const call = create();
    expect(await (await call(`${resource}/buildings/1?x=2`)).text()).toBe('done');
    await call(new URL(`${resource}/buildings`), {
      method: 'post',
      body: 'x',
      headers: { 'x-a': 'b' },
    });
    const [one, two] = calls() as [Seen, Seen];
    expect(payloadOf(one)).toEqual({
      key: apiKey,
      aud: resource,
      htm: 'GET',
      htu: `${resource}/buildings/1`,
      iat: 1_800_000_000,
      jti: expect.any(String) as string,
    });
    expect(payloadOf(two)).toMatchObject({ htm: 'POST', htu: `${resource}/buildings` });
    expect(two.headers.get('x-a')).toBe('b');
    expect(two.body).toBe('x');
    expect(payloadOf(one)['jti']).not.toBe(payloadOf(two)['jti']);
    expect(
      JSON.stringify(seen.map(({ url, body, headers }) => [url, body, [...headers]])),
    ).not.toContain(apiKey);
  });

  it('accepts Request objects, and addresses within the API', async () => {
    const call = create();
    await call(
      new Request(`${resource}/a`, { method: 'PUT', body: 'whole', headers: { 'x-a': 'b' } }),
    );
    await call('/b');
    expect(calls().map(({ url, method, body }) => [url, method, body])).toEqual([
      [`${resource}/a`, 'PUT', 'whole'],
      [`${resource}/b`, 'GET', ''],
    ]);
    expect(calls()[0]?.headers.get('x-a')).toBe('b');
  });

  it('fetches the API’s key once for all requests that begin together, and again after an hour', async () => {
    const call = create();
    await Promise.all(Array.from({ length: 20 }, () => call('/a')));
    expect(seen.slice(0, 2).map(({ url }) => url)).toEqual([
      `${resource}/.well-known/oauth-protected-resource`,
      `${resource}/.well-known/jwks.json`,
    ]);
    expect(lookups()).toBe(2);
    now += 3_599_999;
    await call('/a');
    expect(lookups()).toBe(2);
    now += 1;
    await call('/a');
    expect(lookups()).toBe(4);
  });

  it.each([
    ['https://api.example', 'https://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example/', 'https://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example/v1', 'https://api.example/.well-known/oauth-protected-resource/v1'],
    [
      'https://api.example/v1?t=1',
      'https://api.example/.well-known/oauth-protected-resource/v1?t=1',
    ],
  ])('finds the metadata of %s at %s (RFC 9728 §3.1)', (identifier, address) => {
    expect(metadataAddress(identifier)).toBe(address);
  });
});

describe('the client sends the API key', () => {
  it.each([
    'https://evil.example/a',
    'https://api.example.evil.example/a',
    'https://api.example@evil.example/a',
    'https://user:password@api.example/a',
    'https://api.example:8443/a',
    'http://api.example/a',
    '//evil.example/a',
    '/\\evil.example/a',
  ])('never to %s', async (url) => {
    expect(await faultOf(create()(url))).toBe('origin_foreign');
    expect(seen).toEqual([]);
  });

  it('not where the API redirects to: the redirect is returned', async () => {
    answer = () =>
      new Response('', { status: 302, headers: { location: 'https://evil.example/' } });
    const response = await create()('/a', { redirect: 'follow' });
    expect([response.status, calls().length, calls()[0]?.redirect]).toEqual([302, 1, 'manual']);
    await create()('/a', { redirect: 'error' });
    expect(calls()[1]?.redirect).toBe('error');
  });

  it('not beside another credential', async () => {
    const call = create()('/a', { headers: { Authorization: 'Bearer x' } });
    expect(await faultOf(call)).toMatch(/Authorization/);
    expect(calls()).toEqual([]);
  });

  it.each([
    'http://api.example',
    'api.example',
    'ftp://api.example',
    'https://a:b@api.example',
    '',
  ])('not for "%s", which is no https address', (bad) => {
    expect(() => create({ resource: bad })).toThrow(TypeError);
  });

  it('not when the key has a typing error', () => {
    expect(() => create({ apiKey: `${apiKey}x` })).toThrow(/not an API key/);
  });
});

describe('metadata that an API publishes', () => {
  it.each<[string, string, () => void]>([
    [
      'of another resource',
      'metadata_unusable',
      () => (metadata['resource'] = 'https://other.example'),
    ],
    [
      'of a resource that is spelled otherwise',
      'metadata_unusable',
      () => (metadata['resource'] = `${resource}/`),
    ],
    ['without keys', 'metadata_unusable', () => (metadata['jwks_uri'] = undefined)],
    [
      'with keys elsewhere',
      'metadata_unusable',
      () => (metadata['jwks_uri'] = 'https://evil.example/jwks'),
    ],
    [
      'with keys in the clear',
      'metadata_unusable',
      () => (metadata['jwks_uri'] = 'http://api.example/jwks'),
    ],
    ['that is no key set', 'sealing_key_missing', () => (jwks = [])],
    [
      'without a key to seal for',
      'sealing_key_missing',
      () => (jwks = { keys: [{ kty: 'RSA', use: 'enc' }] }),
    ],
    ['with a private key', 'sealing_key_missing', () => (jwks = { keys: [key] })],
    ['that is too long', 'metadata_unusable', () => (jwks = { keys: ['a'.repeat(1_100_000)] })],
    ['that cannot be had', 'metadata_unusable', () => (isDown = true)],
  ])('is refused: %s', async (_name, fault, change) => {
    change();
    expect(await faultOf(create()('/a'))).toBe(fault);
    expect(calls()).toEqual([]);
  });

  it('is fetched again after a failure', async () => {
    const call = create();
    isDown = true;
    expect(await faultOf(call('/a'))).toBe('metadata_unusable');
    isDown = false;
    expect((await call('/a')).status).toBe(200);
  });

  it('is fetched without redirects, and without the key', async () => {
    await create()('/a');
    const asked = seen.filter(({ url }) => url.includes('/.well-known/'));
    expect(asked.map(({ redirect }) => redirect)).toEqual(['error', 'error']);
    expect(asked.some(({ headers }) => headers.has('authorization'))).toBe(false);
  });
});

describe('when an API has changed its key, the client', () => {
  const former = generateDecryptionKey();
  const refuseFormer = (request: Seen) => {
    try {
      payloadOf(request);
      return new Response(`done ${request.body}`);
    } catch {
      return problem('sealed_key_invalid');
    }
  };

  it.each([
    ['no body', {}],
    ['text', { method: 'POST', body: 'x' }],
    ['a form', { method: 'POST', body: new URLSearchParams('a=b') }],
    ['bytes', { method: 'POST', body: Uint8Array.from([120]) }],
    ['a file', { method: 'POST', body: new Blob(['x']) }],
  ])('fetches it, and sends the request once more with %s', async (_name, init: RequestInit) => {
    rotate(former);
    const call = create();
    await call('/a');
    rotate(generateDecryptionKey());
    answer = refuseFormer;
    now += 10_000;
    const response = await call('/b', init);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(`done ${calls().at(-1)?.body}`);
    expect(calls()).toHaveLength(3);
    expect(lookups()).toBe(4);
  });

  it.each([
    [
      'a stream',
      () => ({ method: 'POST', body: new Response('x').body, duplex: 'half' }) as RequestInit,
    ],
  ])('does not send %s again, because the body is used', async (_name, init) => {
    rotate(former);
    const call = create();
    await call('/a');
    rotate(generateDecryptionKey());
    answer = refuseFormer;
    now += 10_000;
    expect((await call('/b', init())).status).toBe(401);
    const request = new Request(`${resource}/c`, { method: 'POST', body: 'x' });
    expect((await call(request)).status).toBe(401);
    expect(calls()).toHaveLength(3);
  });

  it('fetches it once for many requests', async () => {
    rotate(former);
    const call = create();
    await call('/a');
    rotate(generateDecryptionKey());
    answer = refuseFormer;
    now += 10_000;
    const responses = await Promise.all(Array.from({ length: 20 }, () => call('/b')));
    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(lookups()).toBe(4);
  });

  it('sends nothing twice if the key is the same as before', async () => {
    answer = () => problem('sealed_key_invalid');
    const call = create();
    for (let n = 0; n < 5; n += 1) {
      const response = await call('/a');
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ reason: 'sealed_key_invalid' });
    }
    expect(calls()).toHaveLength(5);
    expect(lookups()).toBe(2);
    now += 10_000;
    await call('/a');
    expect([calls().length, lookups()]).toEqual([6, 4]);
  });

  it('makes a second request, and no third, if the API accepts no key', async () => {
    const call = create();
    await call('/a');
    answer = () => {
      rotate(generateDecryptionKey());
      return problem('sealed_key_invalid');
    };
    now += 10_000;
    expect((await call('/b')).status).toBe(401);
    expect(calls()).toHaveLength(3);
  });

  it.each<[string, () => Response]>([
    ['another reason', () => problem('api_key_invalid')],
    ['a replay', () => problem('sealed_key_replayed')],
    ['another status', () => problem('sealed_key_invalid', 403)],
    ['a fault', () => problem('sealed_key_invalid', 500)],
    ['no problem', () => new Response('{"reason":"sealed_key_invalid"}', { status: 401 })],
    [
      'no JSON',
      () =>
        new Response('x', { status: 401, headers: { 'content-type': 'application/problem+json' } }),
    ],
    ['far too much', () => problem('sealed_key_invalid', 401, 'a'.repeat(1_000_000))],
  ])(
    'does nothing after %s: nothing is sent twice, and the answer is complete',
    async (_name, make) => {
      answer = make;
      const call = create();
      await call('/a');
      now += 10_000;
      const response = await call('/b');
      expect(calls()).toHaveLength(2);
      expect(await response.text()).toBe(await make().text());
    },
  );
});

describe('a request with an API key that fails', () => {
  it('is not sent again', async () => {
    const call = create();
    await call('/a');
    isDown = true;
    expect(await faultOf(call('/b'))).toBe('fetch failed');
    expect(calls()).toHaveLength(2);
  });
});
