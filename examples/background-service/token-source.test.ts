import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTokenSource } from './token-source.ts';

const issuer = 'https://as.example';
const client = {
  issuer,
  clientId: 'sensors',
  clientSecret: 'a+b/c',
  resource: 'https://api.example',
};
let requests: Request[];
let issuerInAnswer: string;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  requests = [];
  issuerInAnswer = issuer;
  vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
    const request = new Request(address, init);
    requests.push(request);
    if (request.method === 'GET')
      return Response.json({ issuer: issuerInAnswer, token_endpoint: `${issuer}/token` });
    return Response.json({ access_token: `token-${requests.length}`, expires_in: 600 });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the token source of the background service', () => {
  it('requests a token by client credentials for the resource, with id and secret form-encoded (RFC 6749 §2.3.1)', async () => {
    await createTokenSource(client).get();
    const request = requests.at(-1);
    expect(request?.url).toBe(`${issuer}/token`);
    expect(request?.headers.get('authorization')).toBe(`Basic ${btoa('sensors:a%2Bb%2Fc')}`);
    expect(await request?.text()).toBe(
      'grant_type=client_credentials&resource=https%3A%2F%2Fapi.example',
    );
  });

  it('keeps the token until shortly before its end', async () => {
    const source = createTokenSource(client);
    const first = await source.get();
    vi.advanceTimersByTime(569_000);
    expect(await source.get()).toBe(first);
    vi.advanceTimersByTime(2_000);
    expect(await source.get()).not.toBe(first);
  });

  it('drops a token that was refused, but not a newer one', async () => {
    const source = createTokenSource(client);
    const first = await source.get();
    source.drop(first);
    const second = await source.get();
    expect(second).not.toBe(first);
    source.drop(first);
    expect(await source.get()).toBe(second);
  });

  it('does not trust metadata of another issuer (RFC 8414 §3.3)', async () => {
    issuerInAnswer = 'https://evil.example';
    await expect(createTokenSource(client).get()).rejects.toThrow('another issuer');
    expect(requests).toHaveLength(1);
  });
});
