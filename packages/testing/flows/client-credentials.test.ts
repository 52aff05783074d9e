import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { buildings, claimsOf, createSunrise, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

describe('a service that uses client credentials (RFC 6749 §4.4)', () => {
  it('gets an access token for itself, and no refresh token (§4.4.3)', async () => {
    const answer = await platform.post(
      '/token',
      { grant_type: 'client_credentials', scope: 'buildings:read' },
      'collector',
    );
    expect(answer.json).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'buildings:read',
    });
    expect(answer.json).not.toHaveProperty('refresh_token');
    const claims = claimsOf(tokensOf(answer).access_token);
    expect(claims).toMatchObject({ sub: 'collector', client_id: 'collector', aud: buildings });
    expect(claims).not.toHaveProperty('auth_time');
  });

  it('gets all its scopes when it names none, and the answer names them (§3.3)', async () => {
    const answer = await platform.post(
      '/token',
      { grant_type: 'client_credentials', resource: buildings },
      'collector',
    );
    expect(answer.json['scope']).toBe('buildings:read measurements:read');
  });

  it('may authenticate by the header or by the body', async () => {
    const form = {
      grant_type: 'client_credentials',
      client_id: 'collector',
      client_secret: platform.secrets.get('collector') ?? '',
    };
    expect((await platform.post('/token', form)).status).toBe(200);
  });

  it('may spell the Basic scheme in any case, and encode id and secret (RFC 7617 §2, RFC 6749 §2.3.1)', async () => {
    const pair = `%63ollector:${platform.secrets.get('collector')}`;
    const headers = { authorization: `bAsIc   ${Buffer.from(pair).toString('base64')}` };
    expect(
      (await platform.browser().post('/token', { grant_type: 'client_credentials' }, headers))
        .status,
    ).toBe(200);
  });

  it('may send a charset with the content type', async () => {
    const pair = `collector:${platform.secrets.get('collector')}`;
    const headers = {
      authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
      'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8',
    };
    expect(
      (await platform.browser().post('/token', { grant_type: 'client_credentials' }, headers))
        .status,
    ).toBe(200);
  });

  it('can use both secrets while one replaces the other, until the former one expires', async () => {
    const { addSecret } = await import('@keywright/core');
    const client = await platform.store.clients.load('collector');
    if (client === undefined) throw new Error('no client');
    const added = addSecret(client, platform.ports.random, platform.clock.nowSeconds(), 3600);
    await platform.store.clients.save(added.client);
    const withSecret = (secret: string) =>
      platform.post('/token', {
        grant_type: 'client_credentials',
        client_id: 'collector',
        client_secret: secret,
      });
    const former = platform.secrets.get('collector') ?? '';
    expect((await withSecret(former)).status).toBe(200);
    expect((await withSecret(added.secret)).status).toBe(200);
    platform.clock.advance(3600);
    expect((await withSecret(former)).status).toBe(401);
    expect((await withSecret(added.secret)).status).toBe(200);
  });
});
