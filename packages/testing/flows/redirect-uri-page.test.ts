/**
 * The page for an unregistered redirect URI: it shows what a developer needs, and nothing that an
 * attacker could use.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createAuthorizePlatform, shortLink, signObject } from './authorize-setting.ts';
import { authorizeLink, callback } from './sunrise.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createAuthorizePlatform({}, { features: { requestObjects: true } });
});
afterAll(() => platform.close());

describe('the page for a redirect URI that is not registered', () => {
  it('names the client and the URI of the request, and no registered one', async () => {
    const redirect_uri = 'https://heatlens.example/callback/';
    const answer = await platform.browser().get(authorizeLink({ redirect_uri }));
    expect(answer.status).toBe(400);
    expect(answer.headers['location']).toBeUndefined();
    expect(answer.json).toMatchObject({
      page: 'error',
      reason: 'redirect_uri_mismatch',
      came: { clientId: 'heatlens', redirectUri: redirect_uri },
    });
    expect(answer.body).not.toContain(`"${callback}"`);
  });

  it('does not repeat the URI of a signed request, which this browser did not write', async () => {
    const request = signObject(platform, { redirect_uri: 'https://heatlens.example/other' });
    const answer = await platform.browser().get(shortLink({ request }));
    expect(answer.json).toMatchObject({ reason: 'redirect_uri_mismatch' });
    expect(answer.json).not.toHaveProperty('came');
  });

  it('only says that the client is unknown where that is so, and nothing about the URI', async () => {
    const answer = await platform.browser().get(authorizeLink({ client_id: 'nobody' }));
    expect(answer.json).toMatchObject({ reason: 'client_unknown' });
    expect(answer.json['came']).toEqual({ clientId: 'nobody' });
  });

  it('keeps user information, path and query of the URI out of the log', async () => {
    const redirect_uri = 'https://user:secret@heatlens.example/other?token=secret';
    await platform.browser().get(authorizeLink({ redirect_uri }));
    expect(JSON.stringify(platform.events)).not.toContain('secret@');
    expect(JSON.stringify(platform.events)).not.toContain('token=secret');
  });
});
