/** Errors of API keys: keys that must not be made, manifests of other APIs, and invalid keys. */
import { ConfigError, issueApiKey, rotateApiKey } from '@keywright/core';
import { makeApiKey } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLong } from '../../jwt/src/testing-parts/series.ts';
import type { TestPlatform } from '../src/index.ts';
import {
  basic,
  createKeyedSunrise,
  fetchManifest,
  introspect,
  issue,
  lastUse,
  listedIds,
  manifestOf,
} from './api-key-setting.ts';
import { billing, buildings, clients } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createKeyedSunrise();
});
afterEach(() => platform.close());

async function problemsOf(act: Promise<unknown>): Promise<readonly string[]> {
  try {
    await act;
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  throw new Error('it was made');
}

describe('an API key is not created', () => {
  it.each(clients.filter(({ kind }) => kind !== 'service').map(({ client_id }) => client_id ?? ''))(
    'for %s, whose tier never has keys',
    async (client_id) => {
      const problems = await problemsOf(issue(platform, { client_id, scope: 'buildings:read' }));
      expect(problems).toContain(
        `api_key.client_id ${client_id} is not a service: its tier cannot have API keys`,
      );
      expect((await platform.store.apiKeys.list()).items).toEqual([]);
    },
  );

  it('for a client that is unknown or disabled', async () => {
    await platform.store.clients.disable('collector', platform.clock.nowSeconds());
    for (const client_id of ['collector', 'nobody'])
      expect(await problemsOf(issue(platform, { client_id }))).toEqual([
        `api_key.client_id ${client_id} is not an active client`,
      ]);
  });

  it('or is inactive, for a client that is disabled at the same moment', async () => {
    const [made, disabled] = await Promise.allSettled([
      issue(platform),
      platform.store.clients.disable('collector', platform.clock.nowSeconds()),
    ]);
    expect(disabled.status).toBe('fulfilled');
    if (made.status === 'rejected')
      expect(String(made.reason)).toContain('is not an active client');
    else expect((await introspect(platform, made.value.text))['active']).toBe(false);
  });

  it.each([
    [{ scope: '' }, 'api_key.scope must name at least one scope'],
    [{ scope: 'invoices:read' }, 'api_key.scope invoices:read is not available to collector'],
    [{ scope: 'openid' }, 'api_key.scope openid is not a scope of a declared API'],
    [{ scope: 'buildings:burn' }, 'api_key.scope buildings:burn is not a scope of a declared API'],
    [
      { client_id: 'accountant', scope: 'buildings:read invoices:read' },
      `api_key.scope belongs to several APIs (${buildings}, ${billing}). A key is for one API: make one for each`,
    ],
    [{ environment: 'Live' }, 'api_key.environment must be 1 to 16'],
    [{ environment: '' }, 'api_key.environment must be 1 to 16'],
    [{ environment: 'x'.repeat(17) }, 'api_key.environment must be 1 to 16'],
    [{ environment: 'live_x' }, 'api_key.environment must be 1 to 16'],
    [{ name: ' ' }, 'api_key.name must have 1 to 100 characters'],
    [{ name: 'Night\u202ejob' }, 'api_key.name must not have control or invisible characters'],
    [{ networks: ['10.0.0.0/8', '10.0.0.1/8'] }, 'api_key.networks[1] has bits behind its prefix'],
    [{ networks: ['everywhere'] }, 'api_key.networks[0] must be a network'],
    [
      { networks: Array.from({ length: 21 }, () => '10.0.0.0/8') },
      'api_key.networks must be at most 20',
    ],
    [{ lifetimeSeconds: 0 }, 'api_key.expires must be between'],
    [{ lifetimeSeconds: -60 }, 'api_key.expires must be between'],
    [{ lifetimeSeconds: 1.5e9 }, 'api_key.expires must be between'],
    [{ lifetimeSeconds: 90.5 }, 'api_key.expires must be between'],
    [{ lifetimeSeconds: Number.NaN }, 'api_key.expires must be between'],
  ])('from the wrong input %j, and the error says why', async (over, problem) => {
    const problems = await problemsOf(issue(platform, over));
    expect(problems.some((each) => each.startsWith(problem))).toBe(true);
    expect((await platform.store.apiKeys.list()).items).toEqual([]);
  });

  it('from several wrong values, and each problem is reported', async () => {
    const problems = await problemsOf(
      issue(platform, { name: '', environment: '?', networks: ['x'] }),
    );
    expect(problems).toHaveLength(3);
  });

  it.runIf(isLong)(
    'beyond five thousand active keys of an API, all of which the manifest holds',
    async () => {
      const { key } = await issue(platform);
      const now = platform.clock.nowSeconds();
      const add = (number: number) =>
        platform.store.apiKeys.add({ ...key, id: `key${number}` }, 5000, now);
      // A few at a time, because on a busy machine the last ones would wait too long.
      for (let first = 0; first < 4999; first += 50) {
        const count = Math.min(50, 4999 - first);
        await Promise.all(Array.from({ length: count }, (_, number) => add(first + number)));
      }
      expect(await problemsOf(issue(platform))).toEqual([
        `api_key.scope ${buildings} has 5000 active keys, which is the maximum: revoke some`,
      ]);
      expect(new Set(await listedIds(platform)).size).toBe(5000);
      const elsewhere = await issue(platform, { client_id: 'accountant', scope: 'invoices:read' });
      expect(elsewhere.key.audience).toBe(billing);
    },
  );
});

describe('an API key is not rotated', () => {
  it('when it is unknown, revoked, expired or has a successor', async () => {
    const [revoked, expired, rotated] = [
      await issue(platform),
      await issue(platform, { lifetimeSeconds: 60 }),
      await issue(platform),
    ];
    await platform.store.apiKeys.revoke(revoked.key.id, 'lost', platform.clock.nowSeconds());
    await rotateApiKey(platform.ports, rotated.key.id);
    platform.clock.advance(60);
    for (const [id, why] of [
      ['nobody', 'nobody is not an API key'],
      [revoked.key.id, 'was revoked or has expired'],
      [expired.key.id, 'was revoked or has expired'],
      [rotated.key.id, 'has a successor already'],
    ] as const)
      expect((await problemsOf(rotateApiKey(platform.ports, id))).join()).toContain(why);
    expect((await platform.store.apiKeys.list()).items).toHaveLength(4);
  });

  it.each([
    { overlapSeconds: -1 },
    { overlapSeconds: 31 * 86_400 },
    { overlapSeconds: 0.5 },
    { lifetimeSeconds: 1 },
  ])('with the wrong options %j', async (rotation) => {
    const { key } = await issue(platform);
    expect(await problemsOf(rotateApiKey(platform.ports, key.id, rotation))).toHaveLength(1);
    expect(await platform.store.apiKeys.load(key.id)).toStrictEqual(key);
  });
});

describe('the manifest of API keys is not given', () => {
  it('without authentication or with wrong authentication: 401 with a challenge', async () => {
    const { text } = await issue(platform);
    const cases: readonly Record<string, string>[] = [
      {},
      { authorization: 'Basic eDp5' },
      { authorization: `Basic ${Buffer.from('buildings-api:').toString('base64')}` },
      { authorization: `ApiKey ${text}` },
      { authorization: `Bearer ${text}` },
      { authorization: `${basic(platform, 'buildings-api').authorization}, Basic eDp5` },
    ];
    for (const headers of cases) {
      const answer = await platform.get(manifestOf(buildings), headers);
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
      expect(answer.headers['www-authenticate']).toBe(
        'Basic realm="https://as.example", charset="UTF-8"',
      );
      expect(answer.headers).not.toHaveProperty('etag');
    }
  });

  it('to a caller that authenticates in the address, which appears in logs', async () => {
    const secret = platform.secrets.get('buildings-api');
    const path = `${manifestOf(buildings)}&client_id=buildings-api&client_secret=${secret}`;
    expect((await platform.get(path)).json).toMatchObject({ reason: 'credentials_in_query' });
  });

  it.each(['collector', 'billing-api', 'portal'])(
    'to %s, which does not represent the API: 403, whether or not its copy is current',
    async (clientId) => {
      await issue(platform);
      const { etag = '' } = (await fetchManifest(platform)).headers;
      const headers = { ...basic(platform, clientId), 'if-none-match': etag };
      const answer = await platform.get(manifestOf(buildings), headers);
      expect([answer.status, answer.reason]).toEqual([403, 'resource_forbidden']);
    },
  );

  it('for an unknown API (404), for no API (400) or for two (400)', async () => {
    const headers = basic(platform, 'buildings-api');
    const unknown = await platform.get(manifestOf('https://unknown.example'), headers);
    expect([unknown.status, unknown.reason]).toEqual([404, 'path_unknown']);
    expect((await platform.get('/api-keys/manifest', headers)).json).toMatchObject({
      reason: 'parameter_missing',
    });
    const twice = `${manifestOf(buildings)}&audience=x`;
    expect((await platform.get(twice, headers)).json).toMatchObject({
      reason: 'parameter_repeated',
    });
  });

  it('to a service that has been disabled', async () => {
    await platform.store.clients.disable('buildings-api', platform.clock.nowSeconds());
    expect((await fetchManifest(platform)).status).toBe(401);
  });

  it('to scripts of other origins, or by another method', async () => {
    const answer = await platform
      .browser()
      .post(manifestOf(buildings), {}, basic(platform, 'buildings-api'));
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });
});

describe('an API key does not work', () => {
  const worth = async (token: string, clientId?: string) => introspect(platform, token, clientId);

  it('at the service of another API or for another client: introspection says inactive and counts no use', async () => {
    const { key, text } = await issue(platform);
    for (const clientId of ['billing-api', 'accountant'])
      expect(await worth(text, clientId)).toEqual({ active: false });
    expect(await lastUse(platform, key.id)).toBeUndefined();
  });

  it('when it is revoked, at once', async () => {
    const { key, text } = await issue(platform);
    await platform.store.apiKeys.revoke(key.id, 'lost', platform.clock.nowSeconds());
    expect(await worth(text)).toEqual({ active: false });
  });

  it('from the second in which it expires', async () => {
    const { text } = await issue(platform, { lifetimeSeconds: 60 });
    platform.clock.advance(59);
    expect((await worth(text))['active']).toBe(true);
    platform.clock.advance(1);
    expect(await worth(text)).toEqual({ active: false });
  });

  it('when its client is disabled, also after the client is enabled again', async () => {
    const { text } = await issue(platform);
    const client = await platform.store.clients.load('collector');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.disable('collector', platform.clock.nowSeconds());
    expect(await worth(text)).toEqual({ active: false });
    await platform.store.clients.save(client);
    expect(await worth(text)).toEqual({ active: false });
  });

  it('when its client is no longer a service, or its API is gone', async () => {
    const { text } = await issue(platform);
    const client = await platform.store.clients.load('collector');
    if (client === undefined) throw new Error('no client');
    await platform.store.clients.save({ ...client, kind: 'web' });
    expect(await worth(text)).toEqual({ active: false });
    await platform.store.clients.save(client);
    await platform.store.apis.remove(buildings);
    expect(await worth(text, 'collector')).toEqual({ active: false });
  });

  it('when any character of it is changed, or only its id is right', async () => {
    const { key, text } = await issue(platform);
    const twin = makeApiKey('live', (length) => platform.ports.random.bytes(length)).text;
    const wrong = [
      text.slice(0, -1),
      `${text}0`,
      text.replace('live', 'test'),
      text.toUpperCase(),
      ` ${text}`,
      twin,
      key.id,
      key.digest,
    ];
    for (const token of wrong) expect(await worth(token)).toEqual({ active: false });
    // The id of one key with the secret of another, and the right checksum.
    await platform.store.apiKeys.add(
      { ...key, id: twin.split('_')[2] ?? '' },
      1000,
      platform.clock.nowSeconds(),
    );
    expect(await worth(twin)).toEqual({ active: false });
  });

  it('once its own client revoked it, and no other client can revoke it (RFC 7009 §2.1)', async () => {
    const { key, text } = await issue(platform);
    for (const clientId of ['accountant', 'buildings-api'])
      expect((await platform.post('/revoke', { token: text }, clientId)).status).toBe(200);
    expect((await worth(text))['active']).toBe(true);
    expect((await platform.post('/revoke', { token: text }, 'collector')).status).toBe(200);
    expect(await worth(text)).toEqual({ active: false });
    expect((await platform.store.apiKeys.load(key.id))?.revokedBecause).toBe(
      'revoked by its client',
    );
  });

  it('as evidence of use where the store cannot write: its use is lost, and introspection still answers', async () => {
    await platform.close();
    platform = await createKeyedSunrise({
      ports: ({ store }) => ({
        store: {
          ...store,
          apiKeys: { ...store.apiKeys, touch: () => Promise.reject(new Error('full')) },
        },
      }),
    });
    const { key, text } = await issueApiKey(platform.ports, {
      client_id: 'collector',
      environment: 'live',
      name: 'Night job',
      scope: 'buildings:read',
    });
    expect((await worth(text))['active']).toBe(true);
    await platform.store.probe();
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'api_key.use_lost', keyId: key.id }),
    );
  });
});
