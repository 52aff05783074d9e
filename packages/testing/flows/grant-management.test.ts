import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  type Browser,
  createBrowser,
  readForm,
  type TestPlatform,
  toAnswer,
} from '../src/index.ts';
import {
  asParameter,
  createWithDetails,
  detailClients,
  reachConsent,
  reading,
} from './details-setting.ts';
import { buildings, claimsOf, redeem, refresh, tokensOf, type Words } from './sunrise.ts';

const grantScopes = 'grant_management_query grant_management_revoke';
const scope = `openid buildings:read ${grantScopes}`;

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createWithDetails({
    features: { grantManagement: true },
    clients: detailClients.map((client) =>
      client.client_id === 'heatlens'
        ? { ...client, scope: `${client.scope} ${grantScopes}` }
        : client,
    ),
  });
  browser = platform.browser();
});
afterEach(() => platform.close());

async function agree(words: Words = {}, detail: readonly string[] = ['0', '1']): Promise<Answer> {
  const page = await reachConsent(platform, browser, { scope, ...words });
  const back =
    page.headers['location'] === undefined
      ? await browser.post('/consent', { ...readForm(page), decision: 'allow', detail })
      : page;
  return redeem(platform, back.location.searchParams.get('code') ?? '', { resource: buildings });
}

/** An access token for the grant management API itself. */
async function managing(answer: Answer): Promise<string> {
  const words = { resource: `${platform.issuer}/grants` };
  return tokensOf(await refresh(platform, tokensOf(answer).refresh_token, words)).access_token;
}

const refreshed = (answer: Answer) => refresh(platform, tokensOf(answer).refresh_token);

async function call(method: string, grantId: unknown, accessToken: string): Promise<Answer> {
  const path = `/grants/${String(grantId)}`;
  const headers = { authorization: `Bearer ${accessToken}` };
  if (method === 'GET') return createBrowser(platform.server, platform.issuer).get(path, headers);
  const response = await platform.server.handle({
    method,
    path,
    query: '',
    headers,
    body: '',
    remoteAddress: '192.0.2.1',
  });
  return toAnswer(response, platform.issuer);
}

describe('grant management', () => {
  it('is in the metadata with its endpoint and its actions (§7.1)', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json).toMatchObject({
      grant_management_endpoint: `${platform.issuer}/grants`,
      grant_management_actions_supported: ['query', 'revoke', 'create', 'merge', 'replace'],
      grant_management_action_required: false,
    });
    expect(json['scopes_supported']).toContain('grant_management_query');
  });

  it('gives the id of the grant with the tokens, at the code and at each refresh (§5.5)', async () => {
    const first = await agree();
    const grant = await platform.store.grants.find(String(first.json['grant_id']));
    expect(grant?.clientId).toBe('heatlens');
    const { json } = await refresh(platform, tokensOf(first).refresh_token, {
      resource: buildings,
    });
    expect(json['grant_id']).toBe(first.json['grant_id']);
  });

  it('shows what a grant contains: scopes by resource, and details (§6.4)', async () => {
    const first = await agree({ authorization_details: asParameter(reading('b-1', 'b-2')) }, ['1']);
    const answer = await call('GET', first.json['grant_id'], await managing(first));
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json).toEqual({
      scopes: [
        { scope: 'buildings:read', resource: [buildings] },
        { scope: grantScopes, resource: [`${platform.issuer}/grants`] },
        { scope: 'openid' },
      ],
      authorization_details: [reading('b-2')],
    });
  });

  it('answers a deletion with 204, and the grant ends with all its refresh tokens (§6.5)', async () => {
    const first = await agree();
    const token = await managing(first);
    const { status, body } = await call('DELETE', first.json['grant_id'], token);
    expect([status, body]).toEqual([204, '']);
    expect(await platform.store.grants.find(String(first.json['grant_id']))).toBeUndefined();
    expect((await call('GET', first.json['grant_id'], token)).status).toBe(401);
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'grant.ended', by: 'client', clientId: 'heatlens' }),
    );
  });

  it('by replace keeps only the id of the grant and what is agreed to now; the former tokens are invalid (§5.2)', async () => {
    const first = await agree({ authorization_details: asParameter(reading('b-1')) });
    const words = {
      grant_management_action: 'replace',
      grant_id: String(first.json['grant_id']),
      authorization_details: asParameter(reading('b-2')),
      scope: 'openid buildings:read',
    };
    const second = await agree(words);
    expect(second.json).toMatchObject({
      grant_id: first.json['grant_id'],
      authorization_details: [reading('b-2')],
    });
    const grant = await platform.store.grants.find(words.grant_id);
    expect(grant?.scopes).toEqual(['openid', 'buildings:read']);
    expect(grant?.terms?.authorizationDetails).toEqual([reading('b-2')]);
    expect((await refreshed(first)).json['error']).toBe('invalid_grant');
  });

  it('by merge adds to the grant, which keeps its id; the former refresh tokens are invalid (§5.2)', async () => {
    const first = await agree({ authorization_details: asParameter(reading('b-1')) });
    const second = await agree(
      {
        grant_management_action: 'merge',
        grant_id: String(first.json['grant_id']),
        authorization_details: asParameter(reading('b-2')),
        scope: 'openid buildings:read email',
      },
      ['0'],
    );
    expect(second.json['grant_id']).toBe(first.json['grant_id']);
    const grant = await platform.store.grants.find(String(first.json['grant_id']));
    expect(grant?.scopes).toEqual([...scope.split(' '), 'email']);
    expect(grant?.terms?.authorizationDetails).toEqual([reading('b-1'), reading('b-2')]);
    expect((await refreshed(first)).json['error']).toBe('invalid_grant');
  });

  it('by create makes a new grant with an id of its own, which replaces the existing one (§5.2)', async () => {
    const first = await agree();
    const second = await agree({
      grant_management_action: 'create',
      scope: 'openid buildings:read',
    });
    expect(second.json['grant_id']).not.toBe(first.json['grant_id']);
    expect(await platform.store.grants.find(String(first.json['grant_id']))).toBeUndefined();
    expect((await refreshed(first)).json['error']).toBe('invalid_grant');
  });

  it('asks for everything again where a grant is replaced, and the user may untick parts', async () => {
    const first = await agree({ authorization_details: asParameter(reading('b-1', 'b-2')) });
    const page = await reachConsent(platform, browser, {
      scope: 'openid buildings:read',
      grant_management_action: 'replace',
      grant_id: String(first.json['grant_id']),
      authorization_details: asParameter(reading('b-1', 'b-2')),
    });
    expect(page.json).toMatchObject({
      details: [{ resources: [{ granted: false }, { granted: false }] }],
    });
  });

  it('gives a token for its API when the request names no resource and only its scopes', async () => {
    const answer = await agree();
    const plain = await refreshed(answer);
    expect(claimsOf(tokensOf(plain).access_token)).toMatchObject({
      aud: buildings,
      scope: 'openid buildings:read',
    });
    const words = { scope: 'grant_management_query' };
    const own = await refresh(platform, tokensOf(plain).refresh_token, words);
    expect(claimsOf(tokensOf(own).access_token)).toMatchObject({
      aud: `${platform.issuer}/grants`,
      scope: 'grant_management_query',
    });
  });

  it('accepts its tokens only at its own API', async () => {
    const token = await managing(await agree());
    expect(claimsOf(token)).toMatchObject({
      aud: `${platform.issuer}/grants`,
      scope: `openid ${grantScopes}`,
    });
  });
});
