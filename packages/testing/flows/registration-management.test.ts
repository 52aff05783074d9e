/** A client reads, replaces and ends its own registration (RFC 7592). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createDynamicClients, manage, register, remember, webApp } from './dynamic-clients.ts';
import { call } from './permissions-service.ts';
import { obtainCode, redeem, refresh, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
let registered: Record<string, unknown>;
beforeEach(async () => {
  platform = await createDynamicClients();
  registered = (await register(platform, { ...webApp, client_uri: 'https://thermo.example/' }))
    .json;
});
afterEach(() => platform.close());

const pathOf = () => new URL(String(registered['registration_client_uri'])).pathname;
const replacement = () => ({ client_id: registered['client_id'], ...webApp });

describe('reading one’s own registration (RFC 7592 §2.1)', () => {
  it('gives all that is registered, with the same address and token (§3)', async () => {
    const { client_secret: _, ...others } = registered;
    const answer = await manage(platform, 'GET', registered);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    // The secret is shown once, because only its digest is stored.
    expect(answer.json).toEqual(others);
  });

  it.each([
    ['no token', undefined],
    ['a token that was made up', 'A'.repeat(43)],
  ])('with %s is 401, with a challenge', async (_, token) => {
    const answer = await call(platform, pathOf(), token, { method: 'GET' });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="https:\/\/as.example"/);
  });

  it('with the token of another client is 401', async () => {
    const other = (await register(platform, webApp)).json;
    const answer = await call(platform, pathOf(), String(other['registration_access_token']), {
      method: 'GET',
    });
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_token']);
  });

  it.each(['/register/nobody', '/register/heatlens', '/register/', '/register/..%2Fheatlens'])(
    'of a client that did not register itself is 401: %s',
    async (path) => {
      const token = String(registered['registration_access_token']);
      expect((await call(platform, path, token, { method: 'GET' })).status).toBe(401);
    },
  );
});

describe('replacing one’s own registration (RFC 7592 §2.2)', () => {
  it('removes what is left out, and keeps what only the server sets', async () => {
    const answer = await manage(platform, 'PUT', registered, {
      ...replacement(),
      client_name: 'Thermo Friend',
      redirect_uris: ['https://thermo.example/other'],
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      client_id: registered['client_id'],
      client_id_issued_at: registered['client_id_issued_at'],
      registration_access_token: registered['registration_access_token'],
      client_name: 'Thermo Friend',
      redirect_uris: ['https://thermo.example/other'],
    });
    expect(answer.json).not.toHaveProperty('client_uri');
    expect((await manage(platform, 'GET', registered)).json).toEqual(answer.json);
  });

  it('changes neither the secret nor the token', async () => {
    const id = remember(platform, registered);
    const answer = await manage(platform, 'PUT', registered, replacement());
    expect(answer.json).not.toHaveProperty('client_secret');
    const words = { client_id: id, redirect_uri: webApp.redirect_uris[0], scope: 'openid' };
    const code = await obtainCode(platform, words);
    expect(
      (await redeem(platform, code, { redirect_uri: webApp.redirect_uris[0] }, id)).status,
    ).toBe(200);
  });

  it('gives a secret to a client that had none, and removes it from a client that can keep none', async () => {
    const without = await manage(platform, 'PUT', registered, {
      ...replacement(),
      token_endpoint_auth_method: 'none',
    });
    expect(without.json).not.toHaveProperty('client_secret_expires_at');
    const again = await manage(platform, 'PUT', registered, replacement());
    expect(again.json['client_secret']).toMatch(/^[\w-]{43}$/);
    expect(again.json['client_secret']).not.toBe(registered['client_secret']);
  });

  it('accepts the secret that was issued, and no other', async () => {
    const issued = { ...replacement(), client_secret: registered['client_secret'] };
    expect((await manage(platform, 'PUT', registered, issued)).status).toBe(200);
    const chosen = await manage(platform, 'PUT', registered, {
      ...replacement(),
      client_secret: 'A'.repeat(43),
    });
    expect([chosen.status, chosen.json['error']]).toEqual([400, 'invalid_client_metadata']);
  });

  it.each([
    ['no client_id', { client_id: undefined }],
    ['another client_id', { client_id: 'heatlens' }],
    ['its token', { registration_access_token: 'x' }],
    ['its address', { registration_client_uri: 'https://as.example/register/x' }],
    ['the end of its secret', { client_secret_expires_at: 0 }],
    ['the time of its making', { client_id_issued_at: 1 }],
    ['its token as nothing', { registration_access_token: '' }],
    ['a redirect URI that could not be registered', { redirect_uris: ['javascript:alert(1)'] }],
  ])('with %s is refused, and changes nothing', async (_, said) => {
    const answer = await manage(platform, 'PUT', registered, { ...replacement(), ...said });
    expect(answer.status).toBe(400);
    expect((await manage(platform, 'GET', registered)).json['client_uri']).toBe(
      'https://thermo.example/',
    );
  });

  it('cannot give more than a new registration may have', async () => {
    const answer = await manage(platform, 'PUT', registered, {
      ...replacement(),
      scope: 'openid buildings:read',
      trust: 'first-party',
      grant_types: ['authorization_code', 'client_credentials'],
    });
    expect(answer.json).toMatchObject({ scope: 'openid', grant_types: ['authorization_code'] });
  });

  it('ends consents where the client becomes another kind, because users did not agree to that', async () => {
    const id = remember(platform, registered);
    const [redirect_uri] = webApp.redirect_uris;
    const grants = { ...replacement(), grant_types: ['authorization_code', 'refresh_token'] };
    await manage(platform, 'PUT', registered, grants);
    const code = await obtainCode(platform, { client_id: id, redirect_uri, scope: 'openid' });
    const { refresh_token } = tokensOf(await redeem(platform, code, { redirect_uri }, id));
    const goesOn = await refresh(platform, refresh_token, {}, id);
    expect(goesOn.status).toBe(200);
    const native = { ...grants, application_type: 'native', token_endpoint_auth_method: 'none' };
    expect((await manage(platform, 'PUT', registered, native)).status).toBe(200);
    platform.clock.advance(6);
    const form = {
      grant_type: 'refresh_token',
      refresh_token: tokensOf(goesOn).refresh_token,
      client_id: id,
    };
    expect((await platform.post('/token', form)).json['error']).toBe('invalid_grant');
    const told = platform.events.filter(({ type }) => type === 'client.registration_replaced');
    expect(told).toMatchObject([{ endsGrants: false }, { endsGrants: true }]);
  });

  it('does not give a pairwise client other subjects for its users', async () => {
    const pairwise = (await register(platform, { ...webApp, subject_type: 'pairwise' })).json;
    const body = { ...webApp, client_id: pairwise['client_id'] };
    for (const other of [
      {},
      { subject_type: 'public' },
      { subject_type: 'pairwise', redirect_uris: ['https://other.example/callback'] },
    ]) {
      const answer = await manage(platform, 'PUT', pairwise, { ...body, ...other });
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_client_metadata']);
      expect(answer.json['error_description']).toContain('subject_type would change the subjects');
    }
    const kept = { ...body, subject_type: 'pairwise', client_name: 'Thermo Two' };
    expect((await manage(platform, 'PUT', pairwise, kept)).status).toBe(200);
    const becomes = await manage(platform, 'PUT', registered, {
      ...replacement(),
      subject_type: 'pairwise',
    });
    expect(becomes.status).toBe(400);
  });

  it('does not bring back a client that an administrator has disabled', async () => {
    await platform.store.clients.disable(
      String(registered['client_id']),
      platform.clock.nowSeconds(),
    );
    expect((await manage(platform, 'PUT', registered, replacement())).status).toBe(401);
  });
});

describe('deleting one’s own registration (RFC 7592 §2.3)', () => {
  it('ends the client with all its tokens, and then the client is unknown', async () => {
    const id = remember(platform, registered);
    await manage(platform, 'PUT', registered, {
      ...replacement(),
      grant_types: ['authorization_code', 'refresh_token'],
    });
    const redirect_uri = webApp.redirect_uris[0];
    const code = await obtainCode(platform, { client_id: id, redirect_uri, scope: 'openid' });
    const tokens = tokensOf(await redeem(platform, code, { redirect_uri }, id));
    const ended = await manage(platform, 'DELETE', registered);
    expect([ended.status, ended.body]).toEqual([204, '']);
    expect((await manage(platform, 'GET', registered)).status).toBe(401);
    expect((await manage(platform, 'DELETE', registered)).status).toBe(401);
    const refreshed = await refresh(platform, tokens.refresh_token, {}, id);
    expect([refreshed.status, refreshed.json['error']]).toEqual([401, 'invalid_client']);
  });

  it('is recorded in the log', async () => {
    await manage(platform, 'PUT', registered, replacement());
    await manage(platform, 'DELETE', registered);
    const types = platform.events.map(({ type }) => type);
    for (const type of [
      'client.registered',
      'client.registration_replaced',
      'client.registration_deleted',
    ])
      expect(types).toContain(type);
  });

  it('is recorded in the log with the changed members, and without their values', async () => {
    const redirect_uris = ['https://thermo.example/other'];
    await manage(platform, 'PUT', registered, {
      ...replacement(),
      redirect_uris,
      policy_uri: 'https://thermo.example/',
    });
    const told = platform.events.filter(({ type }) => type === 'client.registration_replaced');
    expect(told).toEqual([
      expect.objectContaining({
        clientId: registered['client_id'],
        changed: ['client_uri', 'policy_uri', 'redirect_uris'],
      }),
    ]);
    expect(JSON.stringify(told)).not.toContain('thermo.example');
  });
});
