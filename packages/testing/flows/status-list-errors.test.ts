/** Token status lists: unknown lists, data that they must not show, and a failing store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  connectHeatlens,
  createStatusSunrise,
  getList,
  placeOf,
  statusOf,
} from './status-setting.ts';
import { claimsOf, createSunrise, obtainCode, obtainTokens, redeem, refresh } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createStatusSunrise();
});
afterEach(() => platform.close());

describe('an unknown status list', () => {
  const addresses = [
    '/status-lists/2',
    '/status-lists/0',
    '/status-lists/01',
    '/status-lists/-1',
    '/status-lists/1.0',
    '/status-lists/1e0',
    '/status-lists/+1',
    '/status-lists/%31',
    '/status-lists/999999999999999999999',
    '/status-lists/',
    '/status-lists/*',
    '/status-lists/1/',
    '/status-lists/1/2',
    '/status-lists//1',
    '/status-listsx/1',
    '/status-lists/../status-lists/2',
    '/*',
  ];

  it.each(addresses)('is path_unknown: %s', async (address) => {
    await connectHeatlens(platform);
    const answer = await platform.get(address);
    expect([answer.status, answer.reason]).toEqual([404, 'path_unknown']);
  });

  it('is handled as other work by the overload protection of a busy server', async () => {
    const { server } = platform;
    await connectHeatlens(platform);
    expect(server.isAtHand('/status-lists/1')).toBe(false);
    await platform.get('/status-lists/1');
    await platform.get('/status-lists/2');
    const lists = ['1', '2', '01', '*'].map((list) => server.isAtHand(`/status-lists/${list}`));
    expect(lists).toEqual([true, false, false, false]);
    expect(server.isAtHand('/jwks')).toBe(true);
  });

  it('exists from its first token on', async () => {
    expect((await platform.get('/status-lists/1')).status).toBe(404);
    const place = placeOf((await connectHeatlens(platform)).access_token);
    expect((await getList(platform, place)).status).toBe(200);
  });

  it('is not stored in memory, however many are requested', async () => {
    await connectHeatlens(platform);
    for (let list = 2; list < 200; list++)
      expect((await platform.get(`/status-lists/${list}`)).status).toBe(404);
    expect((await platform.get('/status-lists')).json['status_lists']).toHaveLength(1);
  });
});

it('of more status lists than fit in memory, those requested last are kept', async () => {
  await platform.close();
  const looks: number[] = [];
  platform = await createStatusSunrise({
    ports: ({ store }) => ({
      store: {
        ...store,
        statuses: {
          ...store.statuses,
          lists: async () => ({ first: 1, last: 1000 }),
          ended: async (list) => {
            looks.push(list);
            return [];
          },
        },
      },
    }),
  });
  const ask = async (list: number) =>
    expect((await platform.get(`/status-lists/${list}`)).status).toBe(200);
  for (let list = 1; list <= 256; list++) await ask(list);
  await ask(1);
  expect(looks).toHaveLength(256);
  await ask(257);
  await ask(1);
  await ask(2);
  expect(looks.slice(256)).toEqual([257, 2]);
});

describe('a status list', () => {
  it('is only read: each other method is refused, and a preflight says so', async () => {
    const { pathname } = new URL(placeOf((await connectHeatlens(platform)).access_token).uri);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const request = {
        method,
        path: pathname,
        query: '',
        headers: {},
        body: '',
        remoteAddress: '',
      };
      const answer = await platform.server.handle(request);
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
  });

  it('identifies no one: its claims and its indexes name no user, client or family', async () => {
    const { access_token } = await connectHeatlens(platform);
    const list = claimsOf((await getList(platform, placeOf(access_token))).body);
    expect(Object.keys(list).sort()).toEqual(['exp', 'iat', 'iss', 'status_list', 'sub', 'ttl']);
    expect(Object.keys(list['status_list'] as object).sort()).toEqual(['bits', 'lst']);
  });

  it('is not accepted as an access token, although the same key signs both', async () => {
    const { access_token } = await connectHeatlens(platform);
    const { body } = await getList(platform, placeOf(access_token));
    expect((await platform.get('/userinfo', { authorization: `Bearer ${body}` })).status).toBe(401);
    expect((await platform.post('/introspect', { token: body }, 'buildings-api')).json).toEqual({
      active: false,
    });
  });
});

describe('without an API that uses status lists', () => {
  it('there is no list, and no token or metadata names one', async () => {
    await platform.close();
    platform = await createSunrise();
    await obtainTokens(platform);
    expect((await platform.get('/.well-known/openid-configuration')).json).not.toHaveProperty(
      'status_list_aggregation_endpoint',
    );
    expect((await platform.get('/status-lists')).json).toEqual({ status_lists: [] });
    expect((await platform.get('/status-lists/1')).status).toBe(404);
  });

  it('the status of earlier tokens can still be read', async () => {
    const { access_token, refresh_token } = await connectHeatlens(platform);
    for (const api of await platform.store.apis.list())
      await platform.store.apis.save({ ...api, tokenStatus: false });
    await platform.post('/revoke', { token: refresh_token }, 'heatlens');
    platform.clock.advance(1);
    expect(await statusOf(platform, access_token)).toBe(1);
    expect(claimsOf((await connectHeatlens(platform)).access_token)).not.toHaveProperty('status');
  });
});

describe('with a store that fails,', () => {
  const failure = () =>
    Promise.reject(Object.assign(new Error('full'), { name: 'StoreUnavailableError' }));
  let failing: boolean;

  beforeEach(async () => {
    failing = false;
    await platform.close();
    platform = await createStatusSunrise({
      ports: ({ store }) => ({
        store: {
          ...store,
          statuses: {
            ...store.statuses,
            assign: (id) => (failing ? failure() : store.statuses.assign(id)),
            ended: (list, since, now) =>
              failing ? failure() : store.statuses.ended(list, since, now),
          },
        },
      }),
    });
  });

  it('a status list is not served instead of a possibly wrong one, and is correct as soon as the store works', async () => {
    const { access_token, refresh_token } = await connectHeatlens(platform);
    const place = placeOf(access_token);
    expect(await statusOf(platform, access_token)).toBe(0);
    await platform.post('/revoke', { token: refresh_token }, 'heatlens');
    platform.clock.advance(1);
    failing = true;
    const answer = await getList(platform, place);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    failing = false;
    expect(await statusOf(platform, access_token)).toBe(1);
  });

  it('no token without a status is issued for an API that requires it', async () => {
    failing = true;
    const answer = await redeem(platform, await obtainCode(platform));
    expect([answer.status, answer.reason]).toEqual([503, 'overloaded']);
    expect(answer.body).not.toContain('access_token');
  });

  it('a known index needs no read: a refresh still works', async () => {
    const { refresh_token } = await connectHeatlens(platform);
    failing = true;
    expect((await refresh(platform, refresh_token)).status).toBe(200);
  });
});
