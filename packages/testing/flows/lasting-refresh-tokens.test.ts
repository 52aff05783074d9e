/**
 * `refresh_absolute_seconds: never` and `refresh_retry_seconds: until_used`: a user of the service
 * never signs in again.
 */
import type { ClientRegistration, TierLifetimes } from '@keywright/core';
import { digest } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createKey, postAs, type TestKey } from './proofs.ts';
import {
  buildings,
  claimsOf,
  clients,
  createSunrise,
  nativeCallback,
  obtainCode,
  obtainTokens,
  refresh,
  tokensOf,
  verifier,
} from './sunrise.ts';

const day = 86_400;

let platform: TestPlatform;
afterEach(() => platform.close());

type Said = Partial<TierLifetimes>;

const byTier = (said: Said) => createSunrise({ lifetimes: { third_party_app: said } });
const byClient = (said: Partial<ClientRegistration>) =>
  createSunrise({
    clients: clients.map((one) => (one.client_id === 'heatlens' ? { ...one, ...said } : one)),
  });

/** Uses the token every four weeks, and lets the server prune. */
async function useFor(days: number, token: string): Promise<string> {
  let living = token;
  for (let passed = 0; passed < days; passed += 28) {
    platform.clock.advance(28 * day);
    while ((await platform.store.prune(platform.clock.nowSeconds(), 1000)) > 0);
    living = tokensOf(await refresh(platform, living)).refresh_token;
  }
  return living;
}

const errorOf = async (token: string) => (await refresh(platform, token)).json['error'];

describe('a refresh token without an absolute end', () => {
  it.each([
    ['of its tier', () => byTier({ refreshAbsoluteSeconds: 'never' })],
    ['of its client', () => byClient({ refresh_absolute_seconds: 'never' })],
  ])('can be refreshed for ten years while it is used, with the setting %s', async (_, create) => {
    platform = await create();
    const { refresh_token } = await obtainTokens(platform);
    const living = await useFor(3653, refresh_token);
    expect((await refresh(platform, living)).status).toBe(200);
  });

  it('expires and is deleted when it is not used, and is revoked as any other', async () => {
    platform = await byTier({ refreshAbsoluteSeconds: 'never' });
    const [idle, reused] = [await obtainTokens(platform), await obtainTokens(platform)];
    const living = await useFor(400, reused.refresh_token);
    expect(await errorOf(idle.refresh_token)).toBe('invalid_grant');
    expect(await errorOf(reused.refresh_token)).toBe('invalid_grant');
    expect(await errorOf(living)).toBe('invalid_grant');
    platform.clock.advance(2 * day);
    while ((await platform.store.prune(platform.clock.nowSeconds(), 1000)) > 0);
    expect(await platform.store.prune(platform.clock.nowSeconds(), 1000)).toBe(0);
  });

  it('is given only to the clients that the setting names', async () => {
    platform = await byClient({ refresh_absolute_seconds: 'never' });
    const code = await obtainCode(platform, { client_id: 'native', redirect_uri: nativeCallback });
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: nativeCallback,
      code_verifier: verifier,
    };
    let { refresh_token } = tokensOf(await postAs(platform, '/token', form, 'native'));
    for (let used = 0; used < 13; used++) {
      platform.clock.advance(28 * day);
      refresh_token = tokensOf(await refresh(platform, refresh_token, {}, 'native')).refresh_token;
    }
    platform.clock.advance(2 * day);
    expect((await refresh(platform, refresh_token, {}, 'native')).json['error']).toBe(
      'invalid_grant',
    );
  });

  it('gets its absolute end again when the setting is removed', async () => {
    platform = await byClient({ refresh_absolute_seconds: 'never' });
    const { refresh_token } = await obtainTokens(platform);
    const living = await useFor(300, refresh_token);
    const { settings: _, ...client } = (await platform.store.clients.load('heatlens'))!;
    await platform.store.clients.save(client);
    platform.clock.advance(10);
    const next = tokensOf(await refresh(platform, living)).refresh_token;
    // 308 days have passed; 57 are left.
    platform.clock.advance(28 * day);
    const last = tokensOf(await refresh(platform, next)).refresh_token;
    platform.clock.advance(28 * day);
    const veryLast = tokensOf(await refresh(platform, last)).refresh_token;
    platform.clock.advance(day);
    expect(await errorOf(veryLast)).toBe('invalid_grant');
  });

  it('does not extend what a user agreed to before: a stated end stays', async () => {
    platform = await createSunrise();
    let { refresh_token } = await obtainTokens(platform);
    const client = (await platform.store.clients.load('heatlens'))!;
    await platform.store.clients.save({ ...client, settings: { refreshAbsoluteSeconds: 'never' } });
    platform.clock.advance(10);
    for (let used = 0; used < 13; used++) {
      platform.clock.advance(28 * day);
      refresh_token = tokensOf(await refresh(platform, refresh_token)).refresh_token;
    }
    platform.clock.advance(2 * day);
    expect(await errorOf(refresh_token)).toBe('invalid_grant');
  });
});

describe('a retry window that stays open until the successor is used', () => {
  const open = { refreshRetrySeconds: 'until_used' } as const;

  it.each([
    ['of its tier', () => byTier(open)],
    ['of its client', () => byClient({ refresh_retry_seconds: 'until_used' })],
  ])(
    'gives the same successor four weeks later, also repeatedly, with the setting %s',
    async (_, create) => {
      platform = await create();
      const { refresh_token } = await obtainTokens(platform);
      const successor = tokensOf(await refresh(platform, refresh_token)).refresh_token;
      platform.clock.advance(28 * day);
      for (let tries = 0; tries < 2; tries++)
        expect(tokensOf(await refresh(platform, refresh_token)).refresh_token).toBe(successor);
      expect((await refresh(platform, successor)).status).toBe(200);
    },
  );

  it('closes at the first use of the successor: a later use of the spent token is theft, and ends the family', async () => {
    platform = await byTier(open);
    const { refresh_token } = await obtainTokens(platform);
    const successor = tokensOf(await refresh(platform, refresh_token)).refresh_token;
    const living = tokensOf(await refresh(platform, successor)).refresh_token;
    expect((await refresh(platform, refresh_token)).json['error']).toBe('invalid_grant');
    expect(await errorOf(living)).toBe('invalid_grant');
    expect(platform.events.map(({ type }) => type)).toContain('refresh_token.reused');
  });

  it('extends nothing: the spent tokens of a family end with it', async () => {
    platform = await byTier(open);
    const { refresh_token } = await obtainTokens(platform);
    await refresh(platform, refresh_token);
    platform.clock.advance(29 * day);
    expect((await refresh(platform, refresh_token)).status).toBe(200);
    platform.clock.advance(2 * day);
    expect(await errorOf(refresh_token)).toBe('invalid_grant');
  });

  it('is closed to another client, and to one that does not authenticate', async () => {
    platform = await byTier(open);
    const { refresh_token } = await obtainTokens(platform);
    const successor = tokensOf(await refresh(platform, refresh_token)).refresh_token;
    for (const clientId of ['portal', 'native'])
      expect((await refresh(platform, refresh_token, {}, clientId)).json['error']).toBe(
        'invalid_grant',
      );
    const bare = { grant_type: 'refresh_token', refresh_token, client_id: 'heatlens' };
    expect((await platform.post('/token', bare)).status).toBe(401);
    expect((await refresh(platform, successor)).status).toBe(200);
  });

  it('stores one sealed successor per family, however often tokens are spent', async () => {
    platform = await byTier(open);
    const { refresh_token } = await obtainTokens(platform);
    let living = refresh_token;
    for (let used = 0; used < 5; used++)
      living = tokensOf(await refresh(platform, living)).refresh_token;
    const [familyId = ''] = String(
      claimsOf(tokensOf(await refresh(platform, living)).access_token)['jti'],
    ).split('.');
    const { sealedSuccessor = '', previousDigest } = (await platform.store.families.load(
      familyId,
    ))!;
    expect(sealedSuccessor.length).toBeLessThan(200);
    expect(previousDigest).toBe(digest(living));
  });

  describe('for an application without a secret', () => {
    let key: TestKey;
    beforeEach(async () => {
      key = createKey();
      platform = await byTier(open);
    });
    const proof = (from = key) => ({ dpop: from.proof(platform) });

    async function obtainNative(headers: Readonly<Record<string, string>>): Promise<string> {
      const words = { client_id: 'native', redirect_uri: nativeCallback, resource: buildings };
      const code = await obtainCode(platform, words);
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: nativeCallback,
        code_verifier: verifier,
      };
      return tokensOf(await postAs(platform, '/token', form, 'native', headers)).refresh_token;
    }
    const refreshNative = (refresh_token: string, headers: Readonly<Record<string, string>>) =>
      postAs(platform, '/token', { grant_type: 'refresh_token', refresh_token }, 'native', headers);

    it('stays open where the token is bound to a key, and for that key only', async () => {
      const token = await obtainNative(proof());
      const successor = tokensOf(await refreshNative(token, proof())).refresh_token;
      platform.clock.advance(20 * day);
      expect((await refreshNative(token, proof(createKey()))).json['error']).toBe('invalid_grant');
      expect((await refreshNative(token, {})).json['error']).toBe('invalid_grant');
      expect(tokensOf(await refreshNative(token, proof())).refresh_token).toBe(successor);
    });

    it('is one minute where the token is bound to no key, so that theft is detected (RFC 9700 §4.14.2)', async () => {
      const token = await obtainNative({});
      const successor = tokensOf(await refreshNative(token, {})).refresh_token;
      platform.clock.advance(60);
      expect(tokensOf(await refreshNative(token, {})).refresh_token).toBe(successor);
      platform.clock.advance(1);
      expect((await refreshNative(token, {})).json['error']).toBe('invalid_grant');
      expect((await refreshNative(successor, {})).json['error']).toBe('invalid_grant');
    });
  });
});
