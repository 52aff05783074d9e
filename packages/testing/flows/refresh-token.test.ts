import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  billing,
  buildings,
  claimsOf,
  createSunrise,
  obtainTokens,
  redeem,
  obtainCode,
  refresh,
  tokensOf,
} from './sunrise.ts';

const day = 86_400;

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

describe('the refresh grant (RFC 6749 §6)', () => {
  it('rotates: a new refresh token and a new access token each time', async () => {
    const first = await obtainTokens(platform);
    const second = tokensOf(await refresh(platform, first.refresh_token));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.access_token).not.toBe(first.access_token);
    expect(second).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'openid buildings:read',
    });
    expect((await refresh(platform, second.refresh_token)).status).toBe(200);
  });

  it('keeps the user, the client, the API and the time of the sign-in', async () => {
    const first = await obtainTokens(platform);
    platform.clock.advance(3600);
    const second = claimsOf(tokensOf(await refresh(platform, first.refresh_token)).access_token);
    const { sub, client_id, aud, auth_time } = claimsOf(first.access_token);
    expect(second).toMatchObject({ sub, client_id, aud, auth_time });
    expect(second['iat']).toBe(platform.clock.nowSeconds());
  });

  it('needs no new sign-in while it is used: each use extends its life by 30 days', async () => {
    let { refresh_token } = await obtainTokens(platform);
    for (let used = 0; used < 12; used++) {
      platform.clock.advance(29 * day);
      refresh_token = tokensOf(await refresh(platform, refresh_token)).refresh_token;
    }
  });

  it('narrows to the requested scope, and gives the full scope the next time', async () => {
    const first = await obtainTokens(platform, { scope: 'openid profile buildings:read' });
    const narrow = tokensOf(
      await refresh(platform, first.refresh_token, { scope: 'buildings:read' }),
    );
    expect(narrow.scope).toBe('buildings:read');
    expect(claimsOf(narrow.access_token)['scope']).toBe('buildings:read');
    expect(tokensOf(await refresh(platform, narrow.refresh_token)).scope).toBe(
      'openid profile buildings:read',
    );
  });

  it('gives a token for each granted API in turn (RFC 8707 §2.2)', async () => {
    const code = await obtainCode(platform, { scope: 'buildings:read invoices:read' });
    const first = tokensOf(await redeem(platform, code, { resource: buildings }));
    const second = tokensOf(await refresh(platform, first.refresh_token, { resource: billing }));
    expect(claimsOf(second.access_token)).toMatchObject({ aud: billing, scope: 'invoices:read' });
  });

  it('works for a public client, which is protected by rotation', async () => {
    const redirect_uri = 'com.example.app:/callback';
    const code = await obtainCode(platform, { client_id: 'native', redirect_uri });
    const first = tokensOf(await redeem(platform, code, { redirect_uri }, 'native'));
    expect((await refresh(platform, first.refresh_token, {}, 'native')).status).toBe(200);
  });
});

describe('the retry of a refresh', () => {
  it('after a lost response gets the same successor', async () => {
    const { refresh_token } = await obtainTokens(platform);
    const lost = tokensOf(await refresh(platform, refresh_token));
    platform.clock.advance(30);
    const retried = tokensOf(await refresh(platform, refresh_token));
    expect(retried.refresh_token).toBe(lost.refresh_token);
    expect((await refresh(platform, retried.refresh_token)).status).toBe(200);
  });

  it('20 times in parallel gives each the same successor, which works', async () => {
    const { refresh_token } = await obtainTokens(platform);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refresh(platform, refresh_token)),
    );
    const successors = new Set(answers.map((answer) => tokensOf(answer).refresh_token));
    expect(successors.size).toBe(1);
    expect((await refresh(platform, [...successors][0] ?? '')).status).toBe(200);
  });
});
