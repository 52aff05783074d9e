import { createVault } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { noteOf } from './refusal-note.ts';
import {
  ada,
  buildings,
  claimsOf,
  createSunrise,
  obtainTokens,
  refresh,
  tokensOf,
  type Words,
} from './sunrise.ts';

const day = 86_400;

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

async function error(token: string, words: Words = {}, clientId?: string): Promise<unknown> {
  const answer = await refresh(platform, token, words, clientId);
  expect(answer.status).toBe(400);
  expect(answer.json).not.toHaveProperty('access_token');
  return answer.json['error'];
}

describe('theft of a refresh token ends the family (RFC 9700 §4.14.2):', () => {
  it('a spent token whose successor was used is refused, and the successor ends', async () => {
    const first = await obtainTokens(platform);
    const second = tokensOf(await refresh(platform, first.refresh_token));
    const third = tokensOf(await refresh(platform, second.refresh_token));
    const { json, reason } = await refresh(platform, first.refresh_token);
    expect([json['error'], reason]).toEqual(['invalid_grant', 'refresh_token_reused']);
    expect(await error(third.refresh_token)).toBe('invalid_grant');
    expect(platform.events.some((event) => event.type === 'refresh_token.reused')).toBe(true);
  });

  it('a spent token after the retry window is refused, and ends the family', async () => {
    const first = await obtainTokens(platform);
    const second = tokensOf(await refresh(platform, first.refresh_token));
    platform.clock.advance(61);
    expect(await error(first.refresh_token)).toBe('invalid_grant');
    expect(await error(second.refresh_token)).toBe('invalid_grant');
  });

  it('the access tokens of the family are inactive at introspection', async () => {
    const first = await obtainTokens(platform);
    const second = tokensOf(await refresh(platform, first.refresh_token));
    await refresh(platform, second.refresh_token);
    await refresh(platform, first.refresh_token);
    const answer = await platform.post(
      '/introspect',
      { token: second.access_token },
      'buildings-api',
    );
    expect(answer.json).toEqual({ active: false });
  });

  it('another session of the same user and client has a family of its own, which continues', async () => {
    const [one, other] = [await obtainTokens(platform), await obtainTokens(platform)];
    const second = tokensOf(await refresh(platform, one.refresh_token));
    await refresh(platform, second.refresh_token);
    await refresh(platform, one.refresh_token);
    expect((await refresh(platform, other.refresh_token)).status).toBe(200);
  });
});

describe('a refresh token is bound to its client', () => {
  it.each(['portal', 'native'])(
    'is refused for %s, without harm to its owner',
    async (clientId) => {
      const { refresh_token } = await obtainTokens(platform);
      expect(await error(refresh_token, {}, clientId)).toBe('invalid_grant');
      expect((await refresh(platform, refresh_token)).status).toBe(200);
    },
  );

  it('is not checked without client authentication', async () => {
    const { refresh_token } = await obtainTokens(platform);
    const answer = await platform.post('/token', {
      grant_type: 'refresh_token',
      refresh_token,
      client_id: 'heatlens',
    });
    expect(answer.status).toBe(401);
    expect(answer.json['error']).toBe('invalid_client');
    expect((await refresh(platform, refresh_token)).status).toBe(200);
  });
});

describe('a refused refresh request spends nothing:', () => {
  it('when an ID token cannot be encrypted as the client registered', async () => {
    const { refresh_token } = await obtainTokens(platform);
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('no client');
    const idTokenEncryption = { alg: 'RSA-OAEP-256', enc: 'A256GCM' };
    await platform.store.clients.save({
      ...client,
      settings: { ...client.settings, idTokenEncryption },
    });
    expect((await refresh(platform, refresh_token)).reason).toBe('client_keys_unusable');
    await platform.store.clients.save(client);
    // Too late for an honest retry.
    platform.clock.advance(3600);
    expect((await refresh(platform, refresh_token)).status).toBe(200);
  });

  const cases: readonly [string, Words, string, string][] = [
    [
      'a scope beyond the grant',
      { scope: 'openid buildings:read measurements:read' },
      'invalid_scope',
      'Value 3 of scope is unknown, or this client may not have it.',
    ],
    [
      'an unknown scope',
      { scope: 'buildings:burn' },
      'invalid_scope',
      'Value 1 of scope is unknown, or this client may not have it.',
    ],
    [
      'another resource',
      { resource: 'https://billing.sunrise.example' },
      'invalid_target',
      'resource was not granted.',
    ],
    [
      'an unknown resource',
      { resource: 'https://unknown.example' },
      'invalid_target',
      'resource was not granted.',
    ],
    [
      'two resources',
      { resource: [buildings, buildings.toUpperCase()] },
      'invalid_target',
      'An access token is for one API: name the API with resource.',
    ],
  ];
  it.each(cases)('when the fault is: %s', async (_name, words, code, note) => {
    const { refresh_token } = await obtainTokens(platform);
    expect(await error(refresh_token, words)).toBe(code);
    expect(noteOf(platform)).toBe(note);
    const second = tokensOf(await refresh(platform, refresh_token));
    expect((await refresh(platform, second.refresh_token)).status).toBe(200);
  });
});

describe('a refresh token', () => {
  it('expires after 30 days without use', async () => {
    const { refresh_token } = await obtainTokens(platform);
    platform.clock.advance(30 * day);
    expect(await error(refresh_token)).toBe('invalid_grant');
  });

  it('expires after a year, however often it is used', async () => {
    let { refresh_token } = await obtainTokens(platform);
    for (let used = 0; used < 18; used++) {
      platform.clock.advance(20 * day);
      refresh_token = tokensOf(await refresh(platform, refresh_token)).refresh_token;
    }
    platform.clock.advance(5 * day);
    expect(await error(refresh_token)).toBe('invalid_grant');
  });

  it('ends with its consent, its account and its client', async () => {
    const tokens = [await obtainTokens(platform), await obtainTokens(platform)];
    const account = platform.accounts.get(ada);
    await platform.store.accounts.disable(account?.id ?? '', platform.clock.nowSeconds());
    for (const { refresh_token } of tokens)
      expect(await error(refresh_token)).toBe('invalid_grant');
  });

  it('of a disabled client gets the same refusal as one of an unknown client', async () => {
    const { refresh_token } = await obtainTokens(platform);
    await platform.store.clients.disable('heatlens', platform.clock.nowSeconds());
    expect((await refresh(platform, refresh_token)).json['error']).toBe('invalid_client');
  });

  it('no longer gives a scope that the client has lost', async () => {
    const { refresh_token } = await obtainTokens(platform, {
      scope: 'openid profile buildings:read',
    });
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({ ...client, scopes: ['openid', 'buildings:read'] });
    expect(tokensOf(await refresh(platform, refresh_token)).scope).toBe('openid buildings:read');
  });
});

describe('a text that is no refresh token of the server is refused', () => {
  it.each([
    'x',
    'rt_short.x',
    `rt_${'A'.repeat(22)}.${'A'.repeat(43)}`,
    `fam_${'A'.repeat(22)}.${'A'.repeat(43)}`,
    'a.b.c',
    '\u0001',
    'x'.repeat(5000),
  ])('in each of these forms: %#', async (token) => {
    expect(await error(token)).toBe('invalid_grant');
  });

  it('when it is an access token', async () => {
    const { access_token } = await obtainTokens(platform);
    expect(await error(access_token)).toBe('invalid_grant');
  });

  it('when it is the id of a family, which is in access tokens and logs, and the family continues', async () => {
    const { access_token, refresh_token } = await obtainTokens(platform);
    const family = String(claimsOf(access_token)['jti']).split('.')[0] ?? '';
    for (const prefix of [family, `rt_${family.slice(4)}`]) {
      const forged = `${prefix}.${'A'.repeat(43)}`;
      expect(await error(forged)).toBe('invalid_grant');
      await platform.post('/revoke', { token: forged }, 'heatlens');
    }
    expect((await refresh(platform, refresh_token)).status).toBe(200);
  });

  it('when it is a real handle with a wrong secret: that is theft, because only a holder of a token knows the handle', async () => {
    const { refresh_token } = await obtainTokens(platform);
    expect(await error(`${refresh_token.split('.')[0]}.${'A'.repeat(43)}`)).toBe('invalid_grant');
    expect(await error(refresh_token)).toBe('invalid_grant');
  });
});

describe('when the sealing key was changed between a refresh and its retry,', () => {
  it('the retry is refused and the successor still works', async () => {
    await platform.close();
    let vault = createVault(new Uint8Array(32).fill(1));
    platform = await createSunrise({
      ports: () => ({
        vault: {
          seal: (...parts) =>
            parts[0] === 'refresh-successor'
              ? vault.seal(...parts)
              : createVault(new Uint8Array(32)).seal(...parts),
          unseal: (...parts) =>
            parts[0] === 'refresh-successor'
              ? vault.unseal(...parts)
              : createVault(new Uint8Array(32)).unseal(...parts),
          mac: (...parts) => vault.mac(...parts),
          macs: (...parts) => vault.macs(...parts),
        },
      }),
    });
    const { refresh_token } = await obtainTokens(platform);
    const second = tokensOf(await refresh(platform, refresh_token));
    vault = createVault(new Uint8Array(32).fill(2));
    expect(await error(refresh_token)).toBe('invalid_grant');
    expect((await refresh(platform, second.refresh_token)).status).toBe(200);
  });
});
