import { randomBytes } from 'node:crypto';
import { makeApiKey } from '@keywright/jwt';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApiKeyExchange, type ExchangeOptions, exchangeApiKey } from './api-key-exchange.ts';

const issuer = 'https://issuer.example/tenant';
const apiKey = makeApiKey('live', randomBytes).text;

let now: number;
let metadata: Record<string, unknown>;
let seen: { readonly request: Request; readonly body: string }[];
let answer: () => Response;
let isOldStyle: boolean;

beforeEach(() => {
  now = 1_800_000_000_000;
  seen = [];
  isOldStyle = false;
  metadata = { issuer, token_endpoint: `${issuer}/token` };
  let made = 0;
  answer = () => {
    made += 1;
    const token = {
      access_token: `token-${made}`,
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'a b',
    };
    return Response.json(token);
  };
});

async function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  seen.push({ request, body: await request.clone().text() });
  if (request.url.includes('/.well-known/oauth-authorization-server')) {
    return isOldStyle ? new Response('', { status: 404 }) : Response.json(metadata);
  }
  if (request.url.endsWith('/.well-known/openid-configuration')) return Response.json(metadata);
  return answer();
}

const options = (changes: Partial<ExchangeOptions> = {}): ExchangeOptions => ({
  issuer,
  apiKey,
  fetch,
  clock: () => now,
  ...changes,
});
const exchanges = () => seen.filter(({ request }) => request.method === 'POST');
const faultOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => ({ message: 'answered' }),
    (caught: unknown) => caught as { message: string; fault?: string },
  );
  expect(error.message).not.toContain(apiKey);
  return error as { readonly message: string; readonly fault?: string };
};

describe('the exchange of an API key for an access token', () => {
  it('uses the token endpoint that the issuer names, with the key in a header', async () => {
    expect(await exchangeApiKey(options())).toEqual({
      accessToken: 'token-1',
      expiresAt: now + 300_000,
      scope: 'a b',
    });
    expect(seen.map(({ request }) => request.url)).toEqual([
      'https://issuer.example/.well-known/oauth-authorization-server/tenant',
      'https://issuer.example/tenant/token',
    ]);
    const [{ request, body }] = exchanges() as [(typeof seen)[0]];
    expect(request.headers.get('authorization')).toBe(`ApiKey ${apiKey}`);
    expect(body).toBe('grant_type=client_credentials');
    expect(seen.every((one) => one.request.redirect === 'error')).toBe(true);
    expect(seen[0]?.request.headers.has('authorization')).toBe(false);
  });

  it('may request less than the key has', async () => {
    await exchangeApiKey(options({ scope: 'a' }));
    expect(exchanges()[0]?.body).toBe('grant_type=client_credentials&scope=a');
  });

  it('finds issuers with metadata at the older address', async () => {
    isOldStyle = true;
    expect((await exchangeApiKey(options())).accessToken).toBe('token-1');
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another issuer', { issuer: 'https://issuer.example' }],
    ['without a token endpoint', { token_endpoint: undefined }],
    ['with a token endpoint elsewhere', { token_endpoint: 'https://evil.example/token' }],
    ['with a token endpoint in the clear', { token_endpoint: 'http://issuer.example/token' }],
  ])('sends nothing with metadata %s', async (_name, change) => {
    Object.assign(metadata, change);
    expect(await faultOf(exchangeApiKey(options()))).toMatchObject({ fault: 'metadata_unusable' });
    expect(exchanges()).toEqual([]);
  });

  it('reports a refusal with its codes only', async () => {
    const error_uri = `${issuer}/errors/client_authentication_failed?decision=dec_x`;
    answer = () => Response.json({ error: 'invalid_client', error_uri }, { status: 401 });
    expect(await faultOf(exchangeApiKey(options()))).toEqual(
      expect.objectContaining({
        fault: 'exchange_refused',
        message: 'The issuer answered 401: invalid_client, client_authentication_failed.',
      }),
    );
    answer = () => Response.json({ error: `<b>${apiKey}`, access_token: 'x' }, { status: 400 });
    expect((await faultOf(exchangeApiKey(options()))).message).toBe(
      'The issuer answered 400: no token.',
    );
  });

  it.each<[string, () => Response]>([
    ['no JSON', () => new Response('x')],
    ['a list', () => Response.json([])],
    ['no token', () => Response.json({ token_type: 'Bearer' })],
    [
      'a token of a kind that takes a proof',
      () => Response.json({ access_token: 'x', token_type: 'DPoP' }),
    ],
    [
      'far too much',
      () => Response.json({ access_token: 'x'.repeat(100_000), token_type: 'Bearer' }),
    ],
  ])('does not accept %s as a token', async (_name, make) => {
    answer = make;
    expect(await faultOf(exchangeApiKey(options()))).toMatchObject({ fault: 'exchange_refused' });
  });

  it.each(['http://issuer.example', 'issuer.example', ''])(
    'does not send the key to "%s"',
    async (bad) => {
      await expect(exchangeApiKey(options({ issuer: bad }))).rejects.toThrow(TypeError);
      expect(seen).toEqual([]);
    },
  );
});

describe('the cached access token of an API key', () => {
  it('is used until 30 s before its expiry, and fetched once for all callers', async () => {
    const exchange = createApiKeyExchange(options());
    const tokens = await Promise.all(Array.from({ length: 20 }, () => exchange.accessToken()));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    now += 269_999;
    expect(await exchange.accessToken()).toBe('token-1');
    now += 1;
    expect(await exchange.accessToken()).toBe('token-2');
    expect(exchanges()).toHaveLength(2);
  });

  it('is used for half of its lifetime when that is short', async () => {
    answer = () =>
      Response.json({
        access_token: String(exchanges().length),
        token_type: 'bearer',
        expires_in: 10,
      });
    const exchange = createApiKeyExchange(options());
    expect(await exchange.accessToken()).toBe('1');
    now += 4999;
    expect(await exchange.accessToken()).toBe('1');
    now += 1;
    expect(await exchange.accessToken()).toBe('2');
  });

  it('is replaced when it was not accepted', async () => {
    const exchange = createApiKeyExchange(options());
    await exchange.accessToken();
    exchange.forget();
    expect(await exchange.accessToken()).toBe('token-2');
  });

  it('is absent after a refusal, and is requested again', async () => {
    const exchange = createApiKeyExchange(options());
    const good = answer;
    answer = () => Response.json({ error: 'temporarily_unavailable' }, { status: 503 });
    expect(await faultOf(exchange.accessToken())).toMatchObject({ fault: 'exchange_refused' });
    answer = good;
    expect(await exchange.accessToken()).toBe('token-1');
  });

  it('is refused at once for invalid options', () => {
    expect(() => createApiKeyExchange(options({ apiKey: 'x' }))).toThrow(TypeError);
    expect(() => createApiKeyExchange(options({ issuer: 'http://issuer.example' }))).toThrow(
      TypeError,
    );
  });
});
