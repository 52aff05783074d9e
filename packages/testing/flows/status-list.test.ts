/**
 * Token status lists (draft-ietf-oauth-status-list): which tokens have an index, and how a list is
 * fetched. status-endings.test.ts tests what ends a token.
 */
import { createHash } from 'node:crypto';
import { rotateKeys } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  connectHeatlens,
  createStatusSunrise,
  getList,
  obtainImplicitToken,
  placeOf,
  readStatus,
  tellingStore,
} from './status-setting.ts';
import {
  ada,
  billing,
  claimsOf,
  headerOf,
  obtainCode,
  obtainTokens,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createStatusSunrise();
});
afterEach(() => platform.close());

const now = () => platform.clock.nowSeconds();
const serviceToken = async () =>
  tokensOf(await platform.post('/token', { grant_type: 'client_credentials' }, 'collector'))
    .access_token;

describe('the status of a token', () => {
  it('for an API that uses status lists is at one index of a list for all tokens of its family', async () => {
    const tokens = await connectHeatlens(platform);
    const place = placeOf(tokens.access_token);
    expect(place).toEqual({ idx: 0, uri: `${platform.issuer}/status-lists/1` });
    const next = tokensOf(await refresh(platform, tokens.refresh_token));
    expect(placeOf(next.access_token)).toEqual(place);
    expect(placeOf((await connectHeatlens(platform)).access_token).idx).toBe(1);
  });

  it('of a service is shared with the service’s other tokens; that of an implicit token with those of its consent', async () => {
    const own = placeOf(await serviceToken());
    expect(placeOf(await serviceToken())).toEqual(own);
    const browser = platform.browser();
    const implicit = placeOf(await obtainImplicitToken(platform, browser));
    expect(placeOf(await obtainImplicitToken(platform, browser))).toEqual(implicit);
    expect(implicit.idx).not.toBe(own.idx);
  });

  it('exists for tokens of the password grant too', async () => {
    const words = {
      grant_type: 'password',
      username: ada,
      password: 'correct horse',
      scope: 'buildings:read',
    };
    expect(placeOf(tokensOf(await platform.post('/token', words, 'portal')).access_token).idx).toBe(
      0,
    );
  });

  it('is absent for an API that does not use lists, and for the issuer itself', async () => {
    for (const scope of ['openid invoices:read', 'openid']) {
      const { access_token } = await obtainTokens(platform, { scope });
      expect([billing, platform.issuer]).toContain(claimsOf(access_token)['aud']);
      expect(claimsOf(access_token)).not.toHaveProperty('status');
    }
    expect(await platform.store.statuses.lists()).toBeUndefined();
  });

  it('is at the index that another node gave to its family', async () => {
    const tokens = await connectHeatlens(platform);
    const other = await createStatusSunrise({ ports: () => platform.ports });
    const next = tokensOf(
      await refresh(Object.assign(other, { secrets: platform.secrets }), tokens.refresh_token),
    );
    expect(placeOf(next.access_token)).toEqual(placeOf(tokens.access_token));
    await other.close();
  });
});

describe('an API that does not use status lists', () => {
  it('causes no additional call of the store, in a code flow and in a refresh', async () => {
    await platform.close();
    const verbs: string[] = [];
    platform = await createStatusSunrise({
      cacheSeconds: 5,
      ports: ({ store }) => ({ store: tellingStore(store, (verb) => void verbs.push(verb)) }),
    });
    const asked = async (scope: string) => {
      const code = await obtainCode(platform, { scope });
      verbs.length = 0;
      const tokens = tokensOf(await redeem(platform, code));
      const redeeming = verbs.splice(0);
      await refresh(platform, tokens.refresh_token);
      return [redeeming, verbs.splice(0)];
    };
    await asked('openid invoices:read');
    expect(await asked('openid invoices:read')).toEqual([
      ['codes.load', 'codes.redeem'],
      ['families.load', 'families.rotate'],
    ]);
    expect(await asked('openid buildings:read')).toEqual([
      ['codes.load', 'codes.redeem', 'statuses.assign'],
      ['families.load', 'families.rotate'],
    ]);
  });
});

describe('the status list', () => {
  it('is a signed token with its own type, public, readable from each origin, and may be cached for a second', async () => {
    const place = placeOf((await connectHeatlens(platform)).access_token);
    const answer = await getList(platform, place);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/statuslist+jwt',
      'cache-control': 'public, max-age=1',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    expect(headerOf(answer.body)).toMatchObject({ alg: 'ES256', typ: 'statuslist+jwt' });
    expect(claimsOf(answer.body)).toEqual({
      iss: platform.issuer,
      sub: place.uri,
      iat: now(),
      exp: now() + 300,
      ttl: 2,
      status_list: { bits: 1, lst: expect.any(String) as string },
    });
    expect(await readStatus(platform, answer.body, place)).toBe(0);
    expect(answer.body.length).toBeLessThan(1000);
  });

  it('is answered with 304 to its tag, until a token ends', async () => {
    const tokens = await connectHeatlens(platform);
    const place = placeOf(tokens.access_token);
    const { etag = '' } = (await getList(platform, place)).headers;
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    platform.clock.advance(1);
    const again = await getList(platform, place, { 'if-none-match': etag });
    expect([again.status, again.body, again.headers['etag']]).toEqual([304, '', etag]);
    await platform.post('/revoke', { token: tokens.refresh_token }, 'heatlens');
    platform.clock.advance(1);
    const changed = await getList(platform, place, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.headers['etag']).not.toBe(etag);
    expect(changed.headers['etag']).toBe(
      `"${createHash('sha256').update(changed.body).digest('base64url')}"`,
    );
  });

  it('is signed anew before half of its lifetime is over, changed or not', async () => {
    const place = placeOf((await connectHeatlens(platform)).access_token);
    const first = (await getList(platform, place)).body;
    platform.clock.advance(149);
    expect((await getList(platform, place)).body).toBe(first);
    platform.clock.advance(1);
    const { body } = await getList(platform, place);
    expect(claimsOf(body)).toMatchObject({ iat: now(), exp: now() + 300 });
  });

  it('is signed by the current signing key', async () => {
    const place = placeOf((await connectHeatlens(platform)).access_token);
    await getList(platform, place);
    platform.clock.advance(1);
    const [key] = await rotateKeys(platform.ports, { algorithms: ['ES256'], leadSeconds: 0 });
    platform.clock.advance(1);
    expect(headerOf((await getList(platform, place)).body)['kid']).toBe(key?.kid);
  });

  it('is made at most once a second for any number of requests, and not without requests', async () => {
    await platform.close();
    const looks: string[] = [];
    platform = await createStatusSunrise({
      ports: ({ store }) => ({
        store: tellingStore(store, (verb) => void (verb === 'statuses.ended' && looks.push(verb))),
      }),
    });
    const place = placeOf((await connectHeatlens(platform)).access_token);
    const ask = () => Promise.all(Array.from({ length: 50 }, () => getList(platform, place)));
    await ask();
    expect(looks).toHaveLength(1);
    platform.clock.advance(100);
    expect(looks).toHaveLength(1);
    const bodies = (await ask()).map((answer) => answer.body);
    expect(looks).toHaveLength(2);
    expect(new Set(bodies).size).toBe(1);
  });

  it('is listed by the aggregation endpoint, which the metadata names', async () => {
    await connectHeatlens(platform);
    const metadata = (await platform.get('/.well-known/oauth-authorization-server')).json;
    expect(metadata['status_list_aggregation_endpoint']).toBe(`${platform.issuer}/status-lists`);
    const lists = await platform.get('/status-lists');
    expect(lists.json).toEqual({ status_lists: [`${platform.issuer}/status-lists/1`] });
    expect(lists.headers['content-type']).toBe('application/json');
  });

  it('is below the path of an issuer that has one', async () => {
    await platform.close();
    platform = await createStatusSunrise({ issuer: 'https://as.example/tenant' });
    const token = tokensOf(
      await platform.post('/tenant/token', { grant_type: 'client_credentials' }, 'collector'),
    ).access_token;
    expect(placeOf(token).uri).toBe('https://as.example/tenant/status-lists/1');
    expect((await getList(platform, placeOf(token))).status).toBe(200);
  });

  it('answers HEAD like GET, without authentication', async () => {
    const place = placeOf((await connectHeatlens(platform)).access_token);
    const response = await platform.server.handle({
      method: 'HEAD',
      path: new URL(place.uri).pathname,
      query: '',
      headers: {},
      body: '',
      remoteAddress: '192.0.2.1',
    });
    expect([response.status, response.headers['content-type']]).toEqual([
      200,
      'application/statuslist+jwt',
    ]);
  });
});
