/** DPoP at the server (RFC 9449): tokens that are of no use to whoever steals them. */
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

/** Tokens of the native application, which has no secret, bound to `key`. */
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

describe('a token request with a proof (§5)', () => {
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

  it('binds the tokens of services and of clients with a secret, too', async () => {
    const form = { grant_type: 'client_credentials' };
    const answer = await postAs(platform, '/token', form, 'collector', dpop());
    expect(answer.json['token_type']).toBe('DPoP');
    expect(claimsOf(tokensOf(answer).access_token)['cnf']).toEqual({ jkt: key.thumbprint });
  });

  it('is the password grant’s as well: what it gives is bound from the start', async () => {
    const form = { grant_type: 'password', username: ada, password: 'correct horse' };
    const tokens = tokensOf(await postAs(platform, '/token', form, 'portal', dpop()));
    expect(claimsOf(tokens.access_token)['cnf']).toEqual({ jkt: key.thumbprint });
  });

  it('without one is answered as ever, with a bearer token', async () => {
    const answer = await postAs(
      platform,
      '/token',
      { grant_type: 'client_credentials' },
      'collector',
    );
    expect(answer.json['token_type']).toBe('Bearer');
    expect(claimsOf(tokensOf(answer).access_token)).not.toHaveProperty('cnf');
  });

  it('means nothing where DPoP is off: the answer says Bearer', async () => {
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

describe('the refresh tokens of a client without a secret (§5)', () => {
  it('are bound to the key, and go on with it', async () => {
    let { refresh_token } = await obtainBound();
    for (let used = 0; used < 3; used++) {
      const next = tokensOf(await refreshBound(refresh_token));
      expect(next.token_type).toBe('DPoP');
      expect(claimsOf(next.access_token)['cnf']).toEqual({ jkt: key.thumbprint });
      refresh_token = next.refresh_token;
    }
  });
});

describe('the refresh tokens of a client with a secret (§5)', () => {
  it('are bound by the secret: the client may change its key, and its tokens with it', async () => {
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

describe('a code that is bound to a key from the start (§10)', () => {
  it('by dpop_jkt is redeemed with a proof of that key', async () => {
    const code = await obtainCode(platform, { dpop_jkt: key.thumbprint });
    const answer = await postAs(platform, '/token', exchange(code, callback), 'heatlens', dpop());
    expect(answer.json['token_type']).toBe('DPoP');
    expect(claimsOf(tokensOf(answer).access_token)['cnf']).toEqual({ jkt: key.thumbprint });
  });
});

describe('userinfo with a bound token (§7)', () => {
  it('answers whoever has the key', async () => {
    const { access_token } = await obtainBound();
    const answer = await askUserinfo(access_token);
    expect([answer.status, answer.json['email']]).toEqual([200, ada]);
  });

  it('is asked by HEAD with a proof of a HEAD (§4.2), and of nothing else', async () => {
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

  it('takes the scheme in any case, as RFC 9110 §11.1 says', async () => {
    const { access_token } = await obtainBound();
    const url = `${platform.issuer}/userinfo`;
    const proof = key.proof(platform, { method: 'GET', url, accessToken: access_token });
    const headers = { authorization: `dpop ${access_token}`, dpop: proof };
    expect((await platform.get('/userinfo', headers)).status).toBe(200);
  });
});

describe('introspection of a bound token (§6.2)', () => {
  it('says DPoP, and which key', async () => {
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

describe('nonces of the server (§8)', () => {
  beforeEach(async () => {
    await platform.close();
    platform = await createSunrise({ dpopNonce: 'required' });
  });
  const credentials = { grant_type: 'client_credentials' };
  const ask = (headers: Readonly<Record<string, string>>) =>
    postAs(platform, '/token', credentials, 'collector', headers);

  it('a proof without one is refused with one, and a new proof with it is taken', async () => {
    const first = await ask(dpop());
    expect([first.status, first.json['error']]).toEqual([400, 'use_dpop_nonce']);
    const nonce = first.headers['dpop-nonce'] ?? '';
    expect(nonce).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
    const second = await ask(dpop({ nonce }));
    expect([second.status, second.json['token_type']]).toEqual([200, 'DPoP']);
  });

  it('a fresh one comes with every answer, so that nobody has to be refused for it again (§8.2)', async () => {
    let nonce = (await ask(dpop())).headers['dpop-nonce'];
    for (let minutes = 0; minutes < 5; minutes++) {
      platform.clock.advance(60);
      const answer = await ask(dpop({ nonce }));
      expect(answer.status).toBe(200);
      expect(answer.headers['dpop-nonce']).not.toBe(nonce);
      nonce = answer.headers['dpop-nonce'];
    }
  });

  it('at userinfo too: 401 with a challenge, then the answer (§9)', async () => {
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

  it('are the same to every node, and outlive its restart: nothing is remembered', async () => {
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

  it('can be read by a browser’s script (Fetch §3.2.5)', async () => {
    const refused = await ask(dpop());
    expect(refused.headers['access-control-expose-headers']).toContain('DPoP-Nonce');
    const taken = await ask(dpop({ nonce: refused.headers['dpop-nonce'] }));
    expect(taken.headers['access-control-expose-headers']).toContain('DPoP-Nonce');
  });

  it('are not given to whoever sends no proof', async () => {
    const answer = await ask({});
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('dpop-nonce');
  });
});

describe('discovery (§5.1)', () => {
  it('lists the algorithms of proofs, none of them symmetric', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    const algorithms = json['dpop_signing_alg_values_supported'] as readonly string[];
    expect(algorithms).toEqual(expect.arrayContaining(['ES256', 'RS256', 'PS256', 'EdDSA']));
    expect(algorithms.filter((algorithm) => /^(?:HS|none)/.test(algorithm))).toEqual([]);
  });

  it('lists what the profile takes, and no more', async () => {
    await platform.close();
    platform = await createSunrise({ profile: 'fapi-2' });
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json['dpop_signing_alg_values_supported']).not.toContain('RS256');
    expect(json['dpop_signing_alg_values_supported']).toContain('PS256');
  });
});

describe('CORS (Fetch §4.8)', () => {
  it('lets a browser’s script send a proof', async () => {
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

  it('takes a proof for the address that was called, of the two by which it is known, and once (§4.3)', async () => {
    await platform.close();
    platform = await createSunrise({ features: { mutualTls: true }, mutualTlsOrigin });
    const proof = dpop({ url: `${mutualTlsOrigin}/token` });
    expect((await ask(proof)).json['token_type']).toBe('DPoP');
    expect((await ask(proof)).reason).toBe('dpop_proof_replayed');
    expect((await ask(dpop())).status).toBe(200);
    for (const url of [`${mutualTlsOrigin}/userinfo`, 'https://mtls.as.example.evil.example/token'])
      expect((await ask(dpop({ url }))).json['error']).toBe('invalid_dpop_proof');
  });

  it('takes none for a host that is not its own', async () => {
    expect((await ask(dpop({ url: `${mutualTlsOrigin}/token` }))).json['error']).toBe(
      'invalid_dpop_proof',
    );
  });
});

describe('a client that always binds its tokens (§5.2)', () => {
  it('gets them with a proof', async () => {
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
