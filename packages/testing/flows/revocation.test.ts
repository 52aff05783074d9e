/**
 * RFC 7009, the parts that other tests of `/revoke` do not cover: hints, clients without a secret,
 * and texts that are not tokens.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  accessTokenType,
  adasToken,
  createExchangePlatform,
  exchange,
} from './exchange-setting.ts';
import {
  allow,
  buildings,
  nativeCallback,
  obtainCode,
  obtainTokens,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createExchangePlatform();
});
afterEach(() => platform.close());

const revoke = (form: Readonly<Record<string, string>>, clientId = 'heatlens') =>
  platform.post('/revoke', form, clientId);

/** The tokens of the app on Ada's phone, which has no secret. */
async function nativeTokens() {
  const words = { client_id: 'native', redirect_uri: nativeCallback };
  const code = (await allow(platform, words)).searchParams.get('code') ?? '';
  return tokensOf(await redeem(platform, code, { redirect_uri: nativeCallback }, 'native'));
}

describe('token_type_hint at revocation (§2.1)', () => {
  it.each(['refresh_token', 'access_token', 'urn:example:made-up', ''])(
    'is only a hint: the token is found with the value "%s"',
    async (hint) => {
      const tokens = await obtainTokens(platform);
      const answer = await revoke({ token: tokens.refresh_token, token_type_hint: hint });
      expect([answer.status, answer.body]).toEqual([200, '']);
      expect((await refresh(platform, tokens.refresh_token)).json['error']).toBe('invalid_grant');
    },
  );
});

describe('at revocation, a client without a secret (§2.1)', () => {
  it('revokes its own refresh token by sending its client_id', async () => {
    const tokens = await nativeTokens();
    expect((await revoke({ token: tokens.refresh_token }, 'native')).status).toBe(200);
    expect((await refresh(platform, tokens.refresh_token, {}, 'native')).json['error']).toBe(
      'invalid_grant',
    );
  });

  it('cannot revoke a token of another client, and no other client can revoke its tokens', async () => {
    const [own, other] = [await nativeTokens(), await obtainTokens(platform)];
    expect((await revoke({ token: other.refresh_token }, 'native')).status).toBe(200);
    expect((await revoke({ token: own.refresh_token }, 'spa')).status).toBe(200);
    expect((await refresh(platform, own.refresh_token, {}, 'native')).status).toBe(200);
    expect((await refresh(platform, other.refresh_token)).status).toBe(200);
  });
});

describe('a revocation request (§2.1)', () => {
  it('without a secret or with a wrong one revokes nothing, and reveals nothing about the token', async () => {
    const tokens = await obtainTokens(platform);
    const token = tokens.refresh_token;
    for (const form of [{ token }, { token, client_id: 'heatlens', client_secret: 'x' }]) {
      const answer = await platform.post('/revoke', form);
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
    }
    expect((await refresh(platform, token)).status).toBe(200);
  });

  it('without a token is invalid_request', async () => {
    expect((await revoke({})).json['error']).toBe('invalid_request');
  });
});

describe('the revocation of a text that is no token', () => {
  it.each(['nonsense', 'rt_x.y', '.', 'a.b.c', `at_${'A'.repeat(43)}`])(
    'is answered with 200, because nothing is left to do (§2.2): %s',
    async (token) => {
      expect((await revoke({ token })).status).toBe(200);
    },
  );

  it('does not spend a code', async () => {
    const code = await obtainCode(platform);
    expect((await revoke({ token: code })).status).toBe(200);
    expect((await redeem(platform, code)).status).toBe(200);
  });
});

describe('the revocation of an exchanged token', () => {
  it('is refused, because it is a JWT, and the refresh token that it came from ends it at once', async () => {
    const { access_token: subject, refresh_token: refreshToken } = await adasToken(platform);
    const form = { audience: buildings, requested_token_type: accessTokenType };
    const token = (await exchange(platform, subject, form)).json['access_token'] as string;
    expect((await revoke({ token }, 'buildings-api')).json['error']).toBe('unsupported_token_type');
    const ask = async () =>
      (await platform.post('/introspect', { token }, 'buildings-api')).json['active'];
    expect(await ask()).toBe(true);
    await revoke({ token: refreshToken });
    expect(await ask()).toBe(false);
  });
});
