/**
 * Refresh tokens without rotation (FAPI 2.0 Security Profile §5.3.2.1), through the whole flow of a
 * bank’s client: pushed, signed, bound.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform } from '../src/index.ts';
import { assertionOf, signingClient } from './client-assertions.ts';
import { createKey, postAs, type TestKey } from './proofs.ts';
import {
  allow,
  buildings,
  callback,
  challenge,
  claimsOf,
  clients,
  createSunrise,
  tokensOf,
  verifier,
} from './sunrise.ts';

const day = 86_400;
const bank = {
  client_id: 'bank',
  kind: 'web',
  trust: 'third-party',
  client_name: 'The Bank',
  redirect_uris: [callback],
  scope: 'openid buildings:read',
  profile: 'fapi-2',
  ...signingClient,
};

let platform: TestPlatform;
let key: TestKey;
beforeEach(async () => {
  platform = await createSunrise({ clients: [...clients, bank] });
  key = createKey();
});
afterEach(() => platform.close());

/** A request of the bank’s client, authenticated by a signature, with a proof of its key. */
function send(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  const dpop = key.proof(platform, { url: platform.issuer + path });
  return platform.browser().post(path, { ...form, ...assertionOf(platform, 'bank') }, { dpop });
}

async function obtainBankTokens() {
  const pushed = await send('/par', {
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid buildings:read',
    state: 's',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  expect([pushed.status, pushed.body]).toEqual([201, expect.any(String)]);
  const reference = { client_id: 'bank', request_uri: String(pushed.json['request_uri']) };
  const nothingElse = Object.fromEntries(
    [
      'response_type',
      'redirect_uri',
      'scope',
      'state',
      'nonce',
      'code_challenge',
      'code_challenge_method',
    ].map((name) => [name, undefined]),
  );
  const back = await allow(platform, { ...nothingElse, ...reference });
  const code = back.searchParams.get('code') ?? '';
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback,
    code_verifier: verifier,
  };
  return tokensOf(await send('/token', form));
}

const refresh = (refresh_token: string) =>
  send('/token', { grant_type: 'refresh_token', refresh_token });

describe('the refresh token of a client under FAPI', () => {
  it('stays the same in all uses, each of which gives a new access token', async () => {
    const first = await obtainBankTokens();
    const seen = new Set([first.access_token]);
    for (let used = 0; used < 3; used++) {
      platform.clock.advance(600);
      const next = tokensOf(await refresh(first.refresh_token));
      expect(next.refresh_token).toBe(first.refresh_token);
      expect(next.token_type).toBe('DPoP');
      expect(claimsOf(next.access_token)).toMatchObject({
        aud: buildings,
        cnf: { jkt: key.thumbprint },
      });
      seen.add(next.access_token);
    }
    expect(seen.size).toBe(4);
  });

  it('may be used twenty times at once, which is no theft', async () => {
    const { refresh_token } = await obtainBankTokens();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it('is extended by each use, up to its absolute end', async () => {
    const { refresh_token } = await obtainBankTokens();
    for (let used = 0; used < 18; used++) {
      platform.clock.advance(20 * day);
      expect((await refresh(refresh_token)).status).toBe(200);
    }
    platform.clock.advance(5 * day);
    expect((await refresh(refresh_token)).json['error']).toBe('invalid_grant');
  });

  it('expires when it is not used', async () => {
    const { refresh_token } = await obtainBankTokens();
    platform.clock.advance(30 * day);
    expect((await refresh(refresh_token)).json['error']).toBe('invalid_grant');
  });

  it('ends when it is revoked, with the access tokens of its family', async () => {
    const { refresh_token, access_token } = await obtainBankTokens();
    expect((await send('/revoke', { token: refresh_token })).status).toBe(200);
    expect((await refresh(refresh_token)).json['error']).toBe('invalid_grant');
    const told = await platform.post('/introspect', { token: access_token }, 'buildings-api');
    expect(told.json).toEqual({ active: false });
  });

  it('is shown at introspection, with an expiry that each use extends', async () => {
    const { refresh_token } = await obtainBankTokens();
    const issued = platform.clock.nowSeconds();
    platform.clock.advance(day);
    await refresh(refresh_token);
    const { json } = await send('/introspect', { token: refresh_token });
    expect(json).toMatchObject({ active: true, iat: issued, exp: issued + 31 * day });
  });

  it('is also not rotated when the client changes its key (RFC 9449 §5)', async () => {
    const { refresh_token } = await obtainBankTokens();
    key = createKey();
    const next = tokensOf(await refresh(refresh_token));
    expect(next.refresh_token).toBe(refresh_token);
    expect(claimsOf(next.access_token)['cnf']).toEqual({ jkt: key.thumbprint });
  });
});

describe('a request of a client under FAPI without a proof', () => {
  it('is refused before anything is spent (FAPI 2.0 §5.3.2.1)', async () => {
    const { refresh_token } = await obtainBankTokens();
    const form = { grant_type: 'refresh_token', refresh_token, ...assertionOf(platform, 'bank') };
    const answer = await platform.browser().post('/token', form);
    expect([answer.status, answer.reason]).toEqual([400, 'sender_constraint_missing']);
    expect((await refresh(refresh_token)).status).toBe(200);
  });
});

describe('a pushed request with a proof (RFC 9449 §10.1)', () => {
  it('binds its code to that key: another key does not redeem it', async () => {
    const owner = key;
    const words = {
      response_type: 'code',
      client_id: 'native',
      redirect_uri: 'com.example.app:/callback',
      scope: 'openid',
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    };
    const dpop = owner.proof(platform, { url: `${platform.issuer}/par` });
    const pushed = await postAs(platform, '/par', words, 'native', { dpop });
    const request_uri = String(pushed.json['request_uri']);
    const left = Object.fromEntries(
      [...Object.keys(words), 'nonce'].map((name) => [name, undefined]),
    );
    const back = await allow(platform, { ...left, client_id: 'native', request_uri });
    const form = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: words.redirect_uri,
      code_verifier: verifier,
    };
    const redeemBy = (prover: TestKey) =>
      postAs(platform, '/token', form, 'native', { dpop: prover.proof(platform) });
    expect((await redeemBy(createKey())).reason).toBe('grant_binding_wrong');
    expect((await redeemBy(owner)).json['token_type']).toBe('DPoP');
  });

  it('with dpop_jkt of another key is refused', async () => {
    const words = { response_type: 'code', dpop_jkt: createKey().thumbprint };
    const dpop = key.proof(platform, { url: `${platform.issuer}/par` });
    const answer = await postAs(platform, '/par', words, 'native', { dpop });
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_dpop_proof']);
  });
});
