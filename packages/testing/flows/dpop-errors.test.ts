/**
 * The purpose of DPoP (RFC 9449 §2): a thief of a token, a code or a proof gets nothing, and the
 * owner loses nothing.
 */
import { digest } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform, TestPlatformOptions } from '../src/index.ts';
import { createKey, postAs, type TestKey } from './proofs.ts';
import {
  clients,
  createSunrise,
  nativeCallback,
  obtainCode,
  redeem,
  spaCallback,
  tokensOf,
  verifier,
} from './sunrise.ts';

const native = { client_id: 'native', redirect_uri: nativeCallback };
const credentials = { grant_type: 'client_credentials' };

let platform: TestPlatform;
let key: TestKey;
let thief: TestKey;
beforeEach(async () => {
  platform = await createSunrise();
  key = createKey();
  thief = createKey();
});
afterEach(() => platform.close());

async function restart(options: TestPlatformOptions): Promise<void> {
  await platform.close();
  platform = await createSunrise(options);
}

function redeemNative(code: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: nativeCallback,
    code_verifier: verifier,
  };
  return postAs(platform, '/token', form, 'native', headers);
}

async function obtainBound(scope = 'openid buildings:read') {
  const code = await obtainCode(platform, { ...native, scope });
  return tokensOf(await redeemNative(code, { dpop: key.proof(platform) }));
}

const ask = (dpop: string) => postAs(platform, '/token', credentials, 'collector', { dpop });
const refreshAs = (refresh_token: string, headers: Readonly<Record<string, string>>) =>
  postAs(platform, '/token', { grant_type: 'refresh_token', refresh_token }, 'native', headers);

describe('a wrong DPoP proof spends', () => {
  it('no authorization code', async () => {
    const code = await obtainCode(platform, native);
    for (const dpop of ['x', key.proof(platform, { age: 100 })])
      expect((await redeemNative(code, { dpop })).json['error']).toBe('invalid_dpop_proof');
    expect((await redeemNative(code, { dpop: key.proof(platform) })).status).toBe(200);
  });

  it('no refresh token', async () => {
    const { refresh_token } = await obtainBound();
    expect((await refreshAs(refresh_token, { dpop: 'x' })).json['error']).toBe(
      'invalid_dpop_proof',
    );
    expect((await refreshAs(refresh_token, { dpop: key.proof(platform) })).status).toBe(200);
  });
});

describe('a stolen refresh token of a client without a secret (§5)', () => {
  it('is refused without the key and with another one, and still works for its owner', async () => {
    const { refresh_token } = await obtainBound();
    const headers = [{}, { dpop: thief.proof(platform) }];
    for (const each of headers) {
      const answer = await refreshAs(refresh_token, each);
      expect([answer.status, answer.json['error'], answer.reason]).toEqual([
        400,
        'invalid_grant',
        'grant_binding_wrong',
      ]);
    }
    expect((await refreshAs(refresh_token, { dpop: key.proof(platform) })).status).toBe(200);
  });

  it('stays bound after each rotation', async () => {
    let { refresh_token } = await obtainBound();
    for (let used = 0; used < 3; used++) {
      expect((await refreshAs(refresh_token, {})).reason).toBe('grant_binding_wrong');
      const next = await refreshAs(refresh_token, { dpop: key.proof(platform) });
      refresh_token = tokensOf(next).refresh_token;
    }
  });

  it('that was spent counts as theft only with a proof of the key: no one else can end the family', async () => {
    const first = await obtainBound();
    const second = tokensOf(await refreshAs(first.refresh_token, { dpop: key.proof(platform) }));
    await refreshAs(second.refresh_token, { dpop: key.proof(platform) });
    expect((await refreshAs(first.refresh_token, { dpop: thief.proof(platform) })).reason).toBe(
      'grant_binding_wrong',
    );
    expect((await refreshAs(first.refresh_token, { dpop: key.proof(platform) })).reason).toBe(
      'refresh_token_reused',
    );
  });
});

describe('an authorization code that is bound to a key (§10)', () => {
  it('is refused without the key and with another one, and is not spent by that', async () => {
    const code = await obtainCode(platform, { ...native, dpop_jkt: key.thumbprint });
    for (const headers of [{}, { dpop: thief.proof(platform) }]) {
      const { json, reason } = await redeemNative(code, headers);
      expect([json['error'], reason]).toEqual(['invalid_grant', 'grant_binding_wrong']);
    }
    expect((await redeemNative(code, { dpop: key.proof(platform) })).status).toBe(200);
  });

  it.each(['x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`])(
    'with something that is no thumbprint is refused at once: %s',
    async (dpop_jkt) => {
      await expect(obtainCode(platform, { dpop_jkt })).rejects.toThrow('error=invalid_request');
    },
  );
});

describe('a DPoP-bound token at userinfo (§7)', () => {
  const at = (headers: Readonly<Record<string, string>>) => platform.get('/userinfo', headers);
  const proofFor = (prover: TestKey, accessToken: string, words = {}) =>
    prover.proof(platform, {
      method: 'GET',
      url: `${platform.issuer}/userinfo`,
      accessToken,
      ...words,
    });

  it('as a bearer token is refused, in the header and in the form, and the challenge names DPoP (§7.2)', async () => {
    const { access_token } = await obtainBound();
    const proof = proofFor(key, access_token);
    const answers = [
      await at({ authorization: `Bearer ${access_token}` }),
      await at({ authorization: `Bearer ${access_token}`, dpop: proof }),
      await platform.post('/userinfo', { access_token }),
    ];
    for (const { status, json, headers } of answers) {
      expect([status, json['error']]).toEqual([401, 'invalid_token']);
      expect(headers['www-authenticate']).toMatch(
        /^Bearer .*error="invalid_token".*, DPoP algs="[\w -]+"$/,
      );
    }
  });

  it('is refused with a proof of another key, for another token, or for no token', async () => {
    const { access_token } = await obtainBound();
    const authorization = `DPoP ${access_token}`;
    const other = (await obtainBound()).access_token;
    const proofs: readonly [string, string][] = [
      [proofFor(thief, access_token), 'invalid_token'],
      [proofFor(key, other), 'invalid_dpop_proof'],
      [
        key.proof(platform, { method: 'GET', url: `${platform.issuer}/userinfo` }),
        'invalid_dpop_proof',
      ],
      [proofFor(key, access_token, { method: 'POST' }), 'invalid_dpop_proof'],
      [proofFor(key, access_token, { url: `${platform.issuer}/token` }), 'invalid_dpop_proof'],
      [proofFor(key, access_token, { age: 61 }), 'invalid_dpop_proof'],
      ['x', 'invalid_dpop_proof'],
    ];
    for (const [dpop, error] of proofs) {
      const { status, json, headers } = await at({ authorization, dpop });
      expect([status, json['error']]).toEqual([401, error]);
      expect(headers['www-authenticate']).toMatch(
        new RegExp(`DPoP algs="[\\w -]+", error="${error}"`),
      );
    }
    expect((await at({ authorization })).json['error']).toBe('invalid_dpop_proof');
  });

  it('is refused when the same proof comes twice (§11.1)', async () => {
    const { access_token } = await obtainBound();
    const headers = { authorization: `DPoP ${access_token}`, dpop: proofFor(key, access_token) };
    expect((await at(headers)).status).toBe(200);
    const { json, reason } = await at(headers);
    expect([json['error'], reason]).toEqual(['invalid_dpop_proof', 'proof_replayed']);
  });

  it('must be bound: a bearer token with a proof is refused as DPoP (§7.1)', async () => {
    const { access_token } = tokensOf(await redeem(platform, await obtainCode(platform)));
    const answer = await at({
      authorization: `DPoP ${access_token}`,
      dpop: proofFor(key, access_token),
    });
    expect([answer.status, answer.reason]).toEqual([401, 'token_binding_wrong']);
  });

  it('is asked for with both schemes and no error when there is no token (§7.1)', async () => {
    const { status, headers } = await at({});
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="[^"]+", DPoP algs="[\w -]+"$/);
  });
});

describe('the admin API with DPoP', () => {
  it('accepts a bound token only with its proof', async () => {
    const admin = {
      client_id: 'admin',
      kind: 'service',
      trust: 'first-party',
      client_name: 'Admin',
      scope: 'permissions:read',
    };
    await restart({ clients: [admin] });
    const form = { ...credentials, resource: `${platform.issuer}/admin` };
    const answer = await postAs(platform, '/token', form, 'admin', { dpop: key.proof(platform) });
    const { access_token: accessToken } = tokensOf(answer);
    const url = `${platform.issuer}/admin/permissions`;
    const proof = (prover: TestKey) => prover.proof(platform, { method: 'GET', url, accessToken });
    const path = '/admin/permissions?subject_type=user&subject_id=ada';
    const get = (headers: Readonly<Record<string, string>>) => platform.get(path, headers);
    expect((await get({ authorization: `Bearer ${accessToken}` })).status).toBe(401);
    expect((await get({ authorization: `DPoP ${accessToken}`, dpop: proof(thief) })).status).toBe(
      401,
    );
    const taken = await get({ authorization: `DPoP ${accessToken}`, dpop: proof(key) });
    expect(taken.status).toBe(200);
  });
});

describe('DPoP nonces of the server (§8)', () => {
  beforeEach(() => restart({ dpopNonce: 'required' }));
  const nonceOf = async () => (await ask(key.proof(platform))).headers['dpop-nonce'] ?? '';

  it('that are old, of another server or invented are refused, and the answer has a good one', async () => {
    const old = await nonceOf();
    const { ports } = platform;
    const strange = ports.vault.seal('authorization-request', '1');
    platform.clock.advance(180);
    for (const nonce of [old, strange, '', 'x', 'x'.repeat(3000), digest('x')]) {
      const answer = await ask(key.proof(platform, { nonce }));
      expect([answer.status, answer.json['error']]).toEqual([400, 'use_dpop_nonce']);
      expect(answer.headers['dpop-nonce']).not.toBe(nonce);
    }
    expect((await ask(key.proof(platform, { nonce: await nonceOf() }))).status).toBe(200);
  });

  it('do not use up a proof that is refused for its nonce', async () => {
    const nonce = await nonceOf();
    const jti = 'the same';
    expect((await ask(key.proof(platform, { jti }))).json['error']).toBe('use_dpop_nonce');
    expect((await ask(key.proof(platform, { jti, nonce }))).status).toBe(200);
  });

  it('do not spend the code of a refused request', async () => {
    const code = await obtainCode(platform, native);
    const refused = await redeemNative(code, { dpop: key.proof(platform) });
    const nonce = refused.headers['dpop-nonce'] ?? '';
    expect((await redeemNative(code, { dpop: key.proof(platform, { nonce }) })).status).toBe(200);
  });
});

describe('a client that always binds its tokens to DPoP keys (§5.2)', () => {
  const bound = { dpop_bound_access_tokens: true };

  it('gets none without a proof, and nothing is spent', async () => {
    await restart({
      clients: clients.map((client) =>
        client.client_id === 'native' ? { ...client, ...bound } : client,
      ),
    });
    const code = await obtainCode(platform, native);
    const answer = await redeemNative(code, {});
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_dpop_proof']);
    expect((await redeemNative(code, { dpop: key.proof(platform) })).status).toBe(200);
  });

  it('is not registered for the implicit grant, and gets no token at the authorization endpoint', async () => {
    const spa = clients
      .filter(({ client_id }) => client_id === 'spa')
      .map((one) => ({ ...one, ...bound }));
    await expect(createSunrise({ clients: spa })).rejects.toThrow('dpop_bound_access_tokens');
    const client = await platform.store.clients.load('spa');
    await platform.store.clients.save({ ...client!, settings: { dpopBoundAccessTokens: true } });
    const words = { client_id: 'spa', redirect_uri: spaCallback, response_type: 'token' };
    await expect(obtainCode(platform, words)).rejects.toThrow('error=unauthorized_client');
  });

  it('gets no token where DPoP is off, and no bearer token instead', async () => {
    await restart({ features: { dpop: false } });
    const client = await platform.store.clients.load('collector');
    await platform.store.clients.save({ ...client!, settings: { dpopBoundAccessTokens: true } });
    expect((await ask(key.proof(platform))).json['error']).toBe('invalid_dpop_proof');
  });
});

describe('the log of DPoP requests', () => {
  it('never contains a proof', async () => {
    const bad = key.proof(platform, { age: 100 });
    await ask(bad);
    await ask(key.proof(platform));
    expect(JSON.stringify(platform.events)).not.toContain(bad.split('.')[2]);
  });
});
