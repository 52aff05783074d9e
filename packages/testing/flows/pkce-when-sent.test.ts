/** A profile that lets confidential clients leave PKCE out (RFC 9700 §2.1.1): what is sent still counts, both ways (§4.8). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createAuthorizePlatform, goThrough, toldIn } from './authorize-setting.ts';
import { authorizeLink, nativeCallback, redeem, spaCallback, tokensOf, type Words } from './sunrise.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createAuthorizePlatform({}, { profile: 'oidc-certification' });
});
afterAll(() => platform.close());

const without: Words = { code_challenge: undefined, code_challenge_method: undefined };

async function codeOf(words: Words): Promise<string> {
  return toldIn(await goThrough(platform, authorizeLink(words))).get('code') ?? '';
}

it('a confidential client may leave it out, and then sends no verifier', async () => {
  tokensOf(await redeem(platform, await codeOf(without), { code_verifier: undefined }));
});

describe('there is no way down from PKCE (RFC 9700 §4.8)', () => {
  it('a verifier is refused where no challenge was sent: somebody took it out on the way', async () => {
    const code = await codeOf(without);
    expect((await redeem(platform, code)).json['error']).toBe('invalid_grant');
    tokensOf(await redeem(platform, code, { code_verifier: undefined }));
  });

  it('a challenge without its verifier is refused, and so is another verifier', async () => {
    const code = await codeOf({});
    expect((await redeem(platform, code, { code_verifier: undefined })).json['error']).toBe(
      'invalid_request',
    );
    expect((await redeem(platform, code, { code_verifier: 'x'.repeat(43) })).json['error']).toBe(
      'invalid_grant',
    );
    tokensOf(await redeem(platform, code));
  });

  it('plain is no challenge, and a method without one is a mistake', async () => {
    for (const words of [
      { code_challenge_method: 'plain' },
      { code_challenge_method: undefined },
      { code_challenge: undefined },
    ])
      expect(toldIn(await platform.browser().get(authorizeLink(words))).get('error')).toBe('invalid_request');
  });

  it.each([
    ['spa', spaCallback],
    ['native', nativeCallback],
  ])('a client without a secret always needs it: %s', async (client_id, redirect_uri) => {
    const link = authorizeLink({ client_id, redirect_uri, scope: 'buildings:read', ...without });
    const { location } = await platform.browser().get(link);
    expect(location.searchParams.get('error')).toBe('invalid_request');
  });
});
