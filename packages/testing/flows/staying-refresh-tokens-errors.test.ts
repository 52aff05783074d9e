/**
 * A refresh token without rotation is only for clients for which a stolen one has no use, and a
 * theft before the change is still detected.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createKey, postAs } from './proofs.ts';
import {
  createSunrise,
  nativeCallback,
  obtainCode,
  obtainTokens,
  refresh,
  tokensOf,
  verifier,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

describe('a client without a profile that keeps refresh tokens', () => {
  it('has its tokens rotated, with a secret or a key', async () => {
    const { refresh_token } = await obtainTokens(platform);
    expect(tokensOf(await refresh(platform, refresh_token)).refresh_token).not.toBe(refresh_token);
    const key = createKey();
    const code = await obtainCode(platform, { client_id: 'native', redirect_uri: nativeCallback });
    const exchange = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: nativeCallback,
      code_verifier: verifier,
    };
    const dpop = () => ({ dpop: key.proof(platform) });
    const first = tokensOf(await postAs(platform, '/token', exchange, 'native', dpop()));
    const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
    const next = tokensOf(await postAs(platform, '/token', form, 'native', dpop()));
    expect(next.refresh_token).not.toBe(first.refresh_token);
  });
});

describe('the store, for refresh tokens that stay,', () => {
  it('answers as for a rotation when the token is not active: a retry, or theft', async () => {
    const { refresh_token } = await obtainTokens(platform);
    const second = tokensOf(await refresh(platform, refresh_token));
    const familyId = String(
      platform.events.findLast(({ type }) => type === 'code.redeemed')?.['familyId'],
    );
    const family = await platform.store.families.load(familyId);
    const use = { familyId, clientId: 'heatlens', expiresAt: platform.clock.nowSeconds() + 100 };
    const uses = { ...use, presentedDigest: family?.currentDigest ?? '' };
    expect(await platform.store.families.use(uses, platform.clock.nowSeconds())).toBe(true);
    // Its successor was used. So a caller with the former token is a thief, or the victim of one.
    expect((await refresh(platform, refresh_token)).reason).toBe('refresh_token_reused');
    expect((await refresh(platform, second.refresh_token)).json['error']).toBe('invalid_grant');
  });
});
