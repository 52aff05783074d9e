import { describe, expect, it } from 'vitest';
import { type Ask, type RequestSender, NoAnswerError } from './ask.ts';
import { contractSchema } from './schema.ts';
import { createTokenSource } from './token-source.ts';

const issuer = 'https://as.example/tenant';
const asked: Ask[] = [];

/** Answers by address: an object with 200, a number as the status alone, undefined as no answer. */
function answering(answers: Readonly<Record<string, unknown>>): RequestSender {
  asked.length = 0;
  return (ask) => {
    asked.push(ask);
    const found = answers[ask.url];
    if (found === undefined)
      return Promise.reject(new NoAnswerError('no server listens at this address'));
    const body = typeof found === 'string' ? found : JSON.stringify(found);
    const status = typeof found === 'number' ? found : 200;
    return Promise.resolve({ status, headers: new Map(), body, cut: false });
  };
}

const source = (answers: Readonly<Record<string, unknown>>, changes: object = {}) => {
  const server = { issuer, client_id: 'me:you', client_secret: 'p w+ü', ...changes };
  return createTokenSource(
    contractSchema.parse({ authorization_server: server }).authorization_server,
    answering(answers),
  );
};

const inserted = 'https://as.example/.well-known/oauth-authorization-server/tenant';
const appended = 'https://as.example/tenant/.well-known/openid-configuration';
const metadata = {
  issuer,
  token_endpoint: 'https://as.example/tenant/token',
  jwks_uri: 'https://as.example/tenant/jwks',
};
const token = { access_token: 'abc', token_type: 'bearer', expires_in: 60, scope: 'a' };
const request = { path: 'tokens.valid', scope: 'a b', resource: 'https://api.example' };

describe('for the contract check, the metadata of the issuer', () => {
  it.each([
    [{ [inserted]: metadata }, [inserted]],
    [{ [inserted]: 404, [appended]: metadata }, [inserted, appended]],
    [{ [inserted]: '<html>', [appended]: metadata }, [inserted, appended]],
  ])(
    'is looked up at the address of RFC 8414 §3.1, and then at the one of OpenID Connect: %#',
    async (answers, places) => {
      const found = source({ ...answers, [metadata.token_endpoint]: token });
      expect(await found.obtain(request)).toEqual({ text: 'abc', expiresIn: 60, scope: 'a' });
      expect(asked.map(({ url }) => url)).toEqual([...places, metadata.token_endpoint]);
    },
  );

  it('is fetched once', async () => {
    const found = source({
      [inserted]: metadata,
      [metadata.token_endpoint]: token,
      [metadata.jwks_uri]: { keys: [{ kid: 'a' }, 7] },
    });
    await found.obtain(request);
    expect(await found.loadKeys()).toEqual([{ kid: 'a' }]);
    expect(asked.filter(({ url }) => url === inserted)).toHaveLength(1);
  });

  it.each([
    [
      { [inserted]: { ...metadata, issuer: `${issuer}/` } },
      'is not the issuer in its own metadata',
    ],
    [
      { [inserted]: { ...metadata, token_endpoint: 'http://as.example/token' } },
      'has no https address as token_endpoint',
    ],
    [
      { [inserted]: { ...metadata, token_endpoint: 'file:///etc/passwd' } },
      'has no https address as token_endpoint',
    ],
    [{ [inserted]: { issuer } }, 'has no token_endpoint in its metadata'],
    [{ [inserted]: 404, [appended]: 404 }, `has no metadata at ${inserted} nor at ${appended}`],
    [{}, 'cannot be obtained from as.example: no server listens at this address'],
  ])('that cannot be used is reported, and no secret is sent: %#', async (answers, problem) => {
    await expect(source(answers).obtain(request)).rejects.toThrow(problem);
    expect(JSON.stringify(asked)).not.toContain('p w');
    expect(asked.every(({ method }) => method === 'GET')).toBe(true);
  });
});

describe('for the contract check, a token', () => {
  const at = { token_endpoint: 'https://as.example/t' };

  it('is requested with id and secret form-encoded before they are joined (RFC 6749 §2.3.1)', async () => {
    await source({ [at.token_endpoint]: token }, at).obtain(request);
    const [ask] = asked;
    const header = ask?.headers[ask.headers.indexOf('authorization') + 1] ?? '';
    expect(Buffer.from(header.slice('Basic '.length), 'base64').toString()).toBe(
      'me%3Ayou:p+w%2B%C3%BC',
    );
    expect(ask?.body).toBe(
      'grant_type=client_credentials&scope=a+b&resource=https%3A%2F%2Fapi.example',
    );
  });

  it.each([
    [{ ...token, token_type: 'DPoP' }, 'was answered with a token that is not Bearer'],
    [{ token_type: 'Bearer' }, 'was answered without access_token'],
    ['no JSON', 'was refused by the authorization server: 200'],
    [503, 'was refused by the authorization server: 503'],
  ])('that is no token is reported: %#', async (answer, problem) => {
    await expect(source({ [at.token_endpoint]: answer }, at).obtain(request)).rejects.toThrow(
      `tokens.valid: ${problem}`,
    );
  });

  it('that is refused is reported with the server’s error code, if it sent one', async () => {
    const refusing =
      (word: unknown): RequestSender =>
      () =>
        Promise.resolve({
          status: 400,
          headers: new Map(),
          body: JSON.stringify({ error: word }),
          cut: false,
        });
    const settings = contractSchema.parse({
      authorization_server: { ...at, client_id: 'a', client_secret: 'b' },
    }).authorization_server;
    const obtain = (error: unknown) => createTokenSource(settings, refusing(error)).obtain(request);
    await expect(obtain('invalid_scope')).rejects.toThrow(/400 invalid_scope$/);
    await expect(obtain('\u001b[31m')).rejects.toThrow(/: 400$/);
  });
});
