/**
 * Confidential clients without PKCE (RFC 9700 §2.1.1), by the profile or by their registration. A
 * challenge or verifier that is sent still counts (§4.8).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createAuthorizePlatform, goThrough, toldIn } from './authorize-setting.ts';
import {
  authorizeLink,
  nativeCallback,
  redeem,
  spaCallback,
  tokensOf,
  type Words,
} from './sunrise.ts';

const without: Words = { code_challenge: undefined, code_challenge_method: undefined };

describe.each([
  [
    'under oidc-certification',
    () => createAuthorizePlatform({}, { profile: 'oidc-certification' }),
  ],
  ['of a client that is registered so', () => createAuthorizePlatform({ require_pkce: false })],
] as const)('optional PKCE %s', (_name, create) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await create();
  });
  afterAll(() => platform.close());

  async function codeOf(words: Words): Promise<string> {
    return toldIn(await goThrough(platform, authorizeLink(words))).get('code') ?? '';
  }

  it('allows a confidential client to leave PKCE out, and then the client sends no verifier', async () => {
    tokensOf(await redeem(platform, await codeOf(without), { code_verifier: undefined }));
  });

  describe('protects against a PKCE downgrade (RFC 9700 §4.8):', () => {
    it('a verifier is refused where there was no challenge, because an attacker may have removed it', async () => {
      const code = await codeOf(without);
      expect((await redeem(platform, code)).json['error']).toBe('invalid_grant');
      tokensOf(await redeem(platform, code, { code_verifier: undefined }));
    });

    it('a challenge without its verifier is refused, and so is another verifier', async () => {
      const code = await codeOf({});
      expect((await redeem(platform, code, { code_verifier: undefined })).json['error']).toBe(
        'invalid_grant',
      );
      expect((await redeem(platform, code, { code_verifier: 'x'.repeat(43) })).json['error']).toBe(
        'invalid_grant',
      );
      tokensOf(await redeem(platform, code));
    });

    it('the method plain and a challenge without a method are refused', async () => {
      for (const words of [
        { code_challenge_method: 'plain' },
        { code_challenge_method: undefined },
        { code_challenge: undefined },
      ])
        expect(toldIn(await platform.browser().get(authorizeLink(words))).get('error')).toBe(
          'invalid_request',
        );
    });

    it.each([
      ['spa', spaCallback],
      ['native', nativeCallback],
    ])('a client without a secret always needs PKCE: %s', async (client_id, redirect_uri) => {
      const link = authorizeLink({ client_id, redirect_uri, scope: 'buildings:read', ...without });
      const { location } = await platform.browser().get(link);
      expect(location.searchParams.get('error')).toBe('invalid_request');
    });
  });
});

describe('the metadata member require_pkce: false of one client', () => {
  it('does not apply to other clients', async () => {
    const platform = await createAuthorizePlatform({ require_pkce: false });
    const portal = { client_id: 'portal', redirect_uri: 'https://portal.sunrise.example/callback' };
    const { location } = await platform.browser().get(authorizeLink({ ...portal, ...without }));
    expect(location.searchParams.get('error')).toBe('invalid_request');
    await platform.close();
  });

  it('has no effect when the server uses a stricter profile', async () => {
    const platform = await createAuthorizePlatform(
      { require_pkce: false },
      { profile: 'oauth-2.1' },
    );
    const { location } = await platform.browser().get(authorizeLink(without));
    expect(location.searchParams.get('error')).toBe('invalid_request');
    await platform.close();
  });

  it.each(['browser', 'native'] as const)('is refused for a %s client', async (kind) => {
    await expect(createAuthorizePlatform({ require_pkce: false, kind })).rejects.toThrow(
      'require_pkce: may be false for web clients alone',
    );
  });
});
