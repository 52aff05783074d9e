/** DPoP at the server (RFC 9449): a thief cannot use stolen tokens. */
import { createAuthorizationServer } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBrowser, type TestPlatform } from '../src/index.ts';
import { createKey, postAs, type TestKey } from './proofs.ts';
import {
  ada,
  buildings,
  callback,
  claimsOf,
  clients,
  createSunrise,
  nativeCallback,
  obtainCode,
  tokensOf,
  verifier,
} from './sunrise.ts';

const native = { client_id: 'native', redirect_uri: nativeCallback };
const exchange = (code: string, redirect_uri: string) => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri,
  code_verifier: verifier,
});

let platform: TestPlatform;
let key: TestKey;
beforeEach(async () => {
  platform = await createSunrise();
  key = createKey();
});
afterEach(() => platform.close());

const dpop = (words = {}) => ({ dpop: key.proof(platform, words) });

/** Tokens of the native application, which has no secret. They are bound to `key`. */
async function obtainBound(scope = 'openid email buildings:read') {
  const code = await obtainCode(platform, { ...native, scope });
  return tokensOf(
    await postAs(platform, '/token', exchange(code, nativeCallback), 'native', dpop()),
  );
}

function refreshBound(refresh_token: string, headers = dpop()) {
  return postAs(
    platform,
    '/token',
    { grant_type: 'refresh_token', refresh_token },
    'native',
    headers,
  );
}

function askUserinfo(token: string, words = {}, prover = key) {
  const url = `${platform.issuer}/userinfo`;
  const proof = prover.proof(platform, { method: 'GET', url, accessToken: token, ...words });
  return platform.get('/userinfo', { authorization: `DPoP ${token}`, dpop: proof });
}

describe('a token request with a DPoP proof (§5)', () => {
  it('is answered with token_type DPoP and a token that is bound to the key (§6.1)', async () => {
    const tokens = await obtainBound();
    expect(tokens.token_type).toBe('DPoP');
    expect(claimsOf(tokens.access_token)['cnf']).toEqual({ jkt: key.thumbprint });
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)(
    'may be signed by %s',
    async (algorithm) => {
      key = createKey(algorithm);
      expect((await obtainBound()).token_type).toBe('DPoP');
    },
  );

  it('also binds the tokens of services and of clients with a secret', async () => {
    const form = { grant_type: 'client_credentials' };
    const answer = await postAs(platform, '/token', form, 'collector', dpop());
    expect(answer.json['token_type']).toBe('DPoP');
    expect(claimsOf(tokensOf(answer).access_token)['cnf']).toEqual({ jkt: key.thumbprint });
  });

  it('works for the password grant, whose tokens are bound from the start', async () => {
    const form = { grant_type: 'password', username: ada, password: 'correct horse' };
    const tokens = tokensOf(await postAs(platform, '/token', form, 'portal', dpop()));
    expect(claimsOf(tokens.access_token)['cnf']).toEqual({ jkt: key.thumbprint });
  });

  it('without a proof is answered with a bearer token', async () => {
    const answer = await postAs(
      platform,
      '/token',
      { grant_type: 'client_credentials' },
      'collector',
    );
    expect(answer.json['token_type']).toBe('Bearer');
    expect(claimsOf(tokensOf(answer).access_token)).not.toHaveProperty('cnf');
  });

  it('has no effect where DPoP is off: the answer says Bearer', async () => {
    await platform.close();
    platform = await createSunrise({ features: { dpop: false } });
    const answer = await postAs(
      platform,
      '/token',
      { grant_type: 'client_credentials' },
      'collector',
      {
        dpop: 'nonsense',
      },
    );
    expect(answer.json['token_type']).toBe('Bearer');
    const metadata = (await platform.get('/.well-known/oauth-authorization-server')).json;
    expect(metadata).not.toHaveProperty('dpop_signing_alg_values_supported');
  });
});

describe('with DPoP, the refresh tokens of a client without a secret (§5)', () => {
  it('are bound to the key, and stay bound to it', async () => {
    let { refresh_token } = await obtainBound();
    for (let used = 0; used < 3; used++) {
      const next = tokensOf(await refreshBound(refresh_token));
      expect(next.token_type).toBe('DPoP');
      expect(claimsOf(next.access_token)['cnf']).toEqual({ jkt: key.thumbprint });
      refresh_token = next.refresh_token;
    }
  });
});

describe('with DPoP, the refresh tokens of a client with a secret (§5)', () => {
  it('are bound by the secret: the client may change the key of its tokens', async () => {
    const code = await obtainCode(platform);
    const first = tokensOf(
      await postAs(platform, '/token', exchange(code, callback), 'heatlens', dpop()),
    );
    const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
    key = createKey('EdDSA');
    const second = tokensOf(await postAs(platform, '/token', form, 'heatlens', dpop()));
    expect(claimsOf(second.access_token)['cnf']).toEqual({ jkt: key.thumbprint });
  });
});

describe('an authorization code that is bound to a key from the start (§10)', () => {
  it('by dpop_jkt is redeemed with a proof of that key', async () => {
    const code = await obtainCode(platform, { dpop_jkt: key.thumbprint });
    const answer = await postAs(platform, '/token', exchange(code, callback), 'heatlens', dpop());
    expect(answer.json['token_type']).toBe('DPoP');
    expect(claimsOf(tokensOf(answer).access_token)['cnf']).toEqual({ jkt: key.thumbprint });
  });
});

describe('userinfo with a DPoP-bound token (§7)', () => {
  it('answers the holder of the key', async () => {
    const { access_token } = await obtainBound();
    const answer = await askUserinfo(access_token);
    expect([answer.status, answer.json['email']]).toEqual([200, ada]);
  });

  it('accepts a HEAD request with a proof for HEAD, and with no other (§4.2)', async () => {
    const { access_token } = await obtainBound();
    const url = `${platform.issuer}/userinfo`;
    const statusWith = async (method: string) => {
      const proof = key.proof(platform, { method, url, accessToken: access_token });
      const headers = { authorization: `DPoP ${access_token}`, dpop: proof };
      const asked = {
        method: 'HEAD',
        path: '/userinfo',
        query: '',
        headers,
        body: '',
        remoteAddress: '',
      };
      return (await platform.server.handle(asked)).status;
    };
    expect([await statusWith('HEAD'), await statusWith('GET')]).toEqual([200, 401]);
  });

  it('accepts the scheme in upper and lower case (RFC 9110 §11.1)', async () => {
    const { access_token } = await obtainBound();
    const url = `${platform.issuer}/userinfo`;
    const proof = key.proof(platform, { method: 'GET', url, accessToken: access_token });
    const headers = { authorization: `dpop ${access_token}`, dpop: proof };
    expect((await platform.get('/userinfo', headers)).status).toBe(200);
  });
});

describe('introspection of a DPoP-bound token (§6.2)', () => {
  it('names the token type DPoP and the key', async () => {
    const { access_token } = await obtainBound();
    const { json } = await platform.post('/introspect', { token: access_token }, 'buildings-api');
    expect(json).toMatchObject({
      active: true,
      aud: buildings,
      token_type: 'DPoP',
      cnf: { jkt: key.thumbprint },
    });
  });
});

describe('with DPoP nonces of the server (§8)', () => {
  beforeEach(async () => {
    await platform.close();
    platform = await createSunrise({ dpopNonce: 'required' });
  });
  const credentials = { grant_type: 'client_credentials' };
  const ask = (headers: Readonly<Record<string, string>>) =>
    postAs(platform, '/token', credentials, 'collector', headers);

  it('a proof without a nonce is refused with a nonce, and a new proof with it is accepted', async () => {
    const first = await ask(dpop());
    expect([first.status, first.json['error']]).toEqual([400, 'use_dpop_nonce']);
    const nonce = first.headers['dpop-nonce'] ?? '';
    expect(nonce).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
    const second = await ask(dpop({ nonce }));
    expect([second.status, second.json['token_type']]).toEqual([200, 'DPoP']);
  });

  it('each answer brings a fresh nonce, so that no request has to be refused for an old one (§8.2)', async () => {
    let nonce = (await ask(dpop())).headers['dpop-nonce'];
    for (let minutes = 0; minutes < 5; minutes++) {
      platform.clock.advance(60);
      const answer = await ask(dpop({ nonce }));
      expect(answer.status).toBe(200);
      expect(answer.headers['dpop-nonce']).not.toBe(nonce);
      nonce = answer.headers['dpop-nonce'];
    }
  });

  it('userinfo also answers 401 with a challenge first, and then the claims (§9)', async () => {
    const nonce = (await ask(dpop())).headers['dpop-nonce'];
    const code = await obtainCode(platform, { ...native, scope: 'openid' });
    const form = exchange(code, nativeCallback);
    const bound = tokensOf(await postAs(platform, '/token', form, 'native', dpop({ nonce })));
    const refused = await askUserinfo(bound.access_token);
    expect([refused.status, refused.json['error']]).toEqual([401, 'use_dpop_nonce']);
    expect(refused.headers['www-authenticate']).toContain('DPoP algs="');
    expect(refused.headers['www-authenticate']).toContain('error="use_dpop_nonce"');
    const answer = await askUserinfo(bound.access_token, { nonce: refused.headers['dpop-nonce'] });
    expect(answer.status).toBe(200);
    expect(answer.headers['dpop-nonce']).toBeDefined();
  });

  it('each node accepts the nonces of the others, also after a restart, because none is stored', async () => {
    const nonce = (await ask(dpop())).headers['dpop-nonce'];
    const options = { issuer: platform.issuer, cacheSeconds: 0, dpopNonce: 'required' } as const;
    const other = createBrowser(
      createAuthorizationServer(options, platform.ports),
      platform.issuer,
    );
    const secret = `collector:${platform.secrets.get('collector')}`;
    const authorization = `Basic ${Buffer.from(secret).toString('base64')}`;
    const answer = await other.post('/token', credentials, { authorization, ...dpop({ nonce }) });
    expect(answer.status).toBe(200);
  });

  it('a script in a browser can read the nonce (Fetch §3.2.5)', async () => {
    const refused = await ask(dpop());
    expect(refused.headers['access-control-expose-headers']).toContain('DPoP-Nonce');
    const taken = await ask(dpop({ nonce: refused.headers['dpop-nonce'] }));
    expect(taken.headers['access-control-expose-headers']).toContain('DPoP-Nonce');
  });

  it('a caller that sends no proof gets no nonce', async () => {
    const answer = await ask({});
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('dpop-nonce');
  });
});

describe('the metadata of the server about DPoP (§5.1)', () => {
  it('lists the algorithms of proofs, of which none is symmetric', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    const algorithms = json['dpop_signing_alg_values_supported'] as readonly string[];
    expect(algorithms).toEqual(expect.arrayContaining(['ES256', 'RS256', 'PS256', 'EdDSA']));
    expect(algorithms.filter((algorithm) => /^(?:HS|none)/.test(algorithm))).toEqual([]);
  });

  it('lists only the algorithms that the profile accepts', async () => {
    await platform.close();
    platform = await createSunrise({ profile: 'fapi-2' });
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json['dpop_signing_alg_values_supported']).not.toContain('RS256');
    expect(json['dpop_signing_alg_values_supported']).toContain('PS256');
  });
});

describe('CORS with DPoP (Fetch §4.8)', () => {
  it('lets a script in a browser send a proof', async () => {
    const preflight = await platform.server.handle({
      method: 'OPTIONS',
      path: '/token',
      query: '',
      headers: { origin: 'https://spa.example' },
      body: '',
      remoteAddress: '',
    });
    expect(preflight.headers['access-control-allow-headers']).toContain('dpop');
  });
});

describe('a server that has another host for certificates (RFC 8705 §5)', () => {
  const mutualTlsOrigin = 'https://mtls.as.example';
  const ask = (headers: Readonly<Record<string, string>>) =>
    postAs(platform, '/token', { grant_type: 'client_credentials' }, 'collector', headers);

  it('accepts a DPoP proof for the address that was called, of its two addresses, and once (§4.3)', async () => {
    await platform.close();
    platform = await createSunrise({ features: { mutualTls: true }, mutualTlsOrigin });
    const proof = dpop({ url: `${mutualTlsOrigin}/token` });
    expect((await ask(proof)).json['token_type']).toBe('DPoP');
    expect((await ask(proof)).reason).toBe('dpop_proof_replayed');
    expect((await ask(dpop())).status).toBe(200);
    for (const url of [`${mutualTlsOrigin}/userinfo`, 'https://mtls.as.example.evil.example/token'])
      expect((await ask(dpop({ url }))).json['error']).toBe('invalid_dpop_proof');
  });

  it('refuses a DPoP proof for a host that is not its own', async () => {
    expect((await ask(dpop({ url: `${mutualTlsOrigin}/token` }))).json['error']).toBe(
      'invalid_dpop_proof',
    );
  });
});

describe('a client that always binds its tokens to DPoP keys (§5.2)', () => {
  it('gets tokens with a proof', async () => {
    await platform.close();
    const bound = { dpop_bound_access_tokens: true };
    platform = await createSunrise({
      clients: clients.map((client) =>
        client.client_id === 'native' ? { ...client, ...bound } : client,
      ),
    });
    expect((await obtainBound()).token_type).toBe('DPoP');
  });
});
