/**
 * The data that the store keeps for clients that anybody can name or register: bounded by network
 * over all of them, and in total.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMarkLimits, takeRows } from '../../core/src/kernel/limits/unassured.ts';
import type { Answer, TestPlatform } from '../src/index.ts';
import { assertionOf, signingClient } from './client-assertions.ts';
import { createDynamicClients, register, remember, webApp } from './dynamic-clients.ts';
import { createKey, postAs } from './proofs.ts';
import {
  callback,
  challenge,
  clients,
  nativeCallback,
  obtainCode,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

/** Every replay marker that the store was asked to keep. */
let marks: string[];
let platform: TestPlatform;
beforeEach(async () => {
  marks = [];
  platform = await createDynamicClients({
    clients: [
      ...clients,
      {
        client_id: 'television',
        kind: 'native',
        trust: 'third-party',
        client_name: 'Television',
        redirect_uris: ['com.example.tv:/'],
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        scope: 'openid',
      },
    ],
    features: { dpop: true, deviceAuthorization: true, pushedRequests: true },
    registration: { limit: { perSecond: 1000, burst: 1000 } },
    ports: ({ store }) => {
      const { claims } = store;
      const take = claims.take.bind(claims);
      const counted = (id: string, until: number) => {
        marks.push(id);
        return take(id, until);
      };
      return { store: { ...store, claims: { ...claims, take: counted } } };
    },
  });
});
afterEach(() => platform.close());

const asked = { response_type: 'code', code_challenge: challenge, code_challenge_method: 'S256' };
const webPush = { ...asked, redirect_uri: webApp.redirect_uris[0], scope: 'openid' };
const statusesOf = (answers: readonly Answer[]) => answers.map(({ status }) => status);
const countOf = (answers: readonly Answer[], status: number) =>
  statusesOf(answers).filter((one) => one === status).length;

async function newcomer(more: object = {}): Promise<string> {
  return remember(platform, (await register(platform, { ...webApp, ...more })).json);
}

describe('the stored pushed requests', () => {
  const large = { ...webPush, filler: 's'.repeat(15_000) };

  it('of a client that registered itself and has a secret: 600 of 15 KB leave at most 4 MiB', async () => {
    const id = await newcomer();
    const answers: Answer[] = [];
    for (let n = 0; n < 600; n += 1) answers.push(await platform.post('/par', large, id));
    const kept = countOf(answers, 201);
    expect(kept).toBeGreaterThan(100);
    expect(kept * 20_000).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(countOf(answers, 429)).toBe(600 - kept);
    expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('of one network are counted over all unreviewed clients, with a secret or without', async () => {
    const one = await newcomer();
    const answers: Answer[] = [];
    for (let n = 0; n < 250; n += 1) answers.push(await platform.post('/par', large, one));
    expect(answers.at(-1)?.status).toBe(429);
    const native = {
      ...asked,
      redirect_uri: nativeCallback,
      scope: 'openid',
      filler: 's'.repeat(15_000),
    };
    expect((await platform.post('/par', large, await newcomer())).status).toBe(429);
    expect((await platform.post('/par', native, 'native')).status).toBe(429);
    const elsewhere = platform.browser('198.51.100.7');
    expect((await elsewhere.post('/par', { ...native, client_id: 'native' })).status).toBe(201);
  });

  it('of clients that an administrator added, and that authenticate, are not limited in this way', async () => {
    const heatlens = { ...large, redirect_uri: callback };
    for (let n = 0; n < 300; n += 1)
      expect((await platform.post('/par', heatlens, 'heatlens')).status).toBe(201);
  });

  it('are bounded over all networks, separately for clients that registered themselves', async () => {
    const limit = {
      name: 'tried',
      ofNetwork: { atOnce: 100, perSecond: 1 },
      inAll: { unverified: { atOnce: 10, perSecond: 1 }, public: { atOnce: 20, perSecond: 1 } },
    };
    const now = platform.clock.nowSeconds();
    const load = async (id: string) => {
      const client = await platform.store.clients.load(id);
      if (client === undefined) throw new Error(id);
      return client;
    };
    const [unverified, native] = [await load(await newcomer()), await load('native')];
    const take = (client: typeof native, network: number, characters: number) =>
      takeRows(platform, client, `10.${network}.0.1`, limit, characters, now);
    for (let n = 0; n < 5; n += 1) await take(unverified, n, 2048);
    await expect(take(unverified, 9, 1)).rejects.toMatchObject({ reason: 'throttled' });
    for (let n = 0; n < 20; n += 1) await take(native, n, 1);
    await expect(take(native, 30, 1)).rejects.toMatchObject({ reason: 'throttled' });
  });
});

describe('the stored rows of all public clients', () => {
  const limit = {
    name: 'tried',
    ofNetwork: { atOnce: 100, perSecond: 1 },
    inAll: {
      unverified: { atOnce: 200, perSecond: 1 },
      public: { atOnce: 200, perSecond: 1 },
    },
  };
  const kept = async (addressOf: (n: number) => string): Promise<number> => {
    const client = await platform.store.clients.load('native');
    if (client === undefined) throw new Error('native');
    const now = platform.clock.nowSeconds();
    let rows = 0;
    for (let n = 0; n < 220; n += 1)
      rows += await takeRows(platform, client, addressOf(n), limit, 1, now).then(
        () => 1,
        () => 0,
      );
    return rows;
  };

  it.each([
    ['a /48', (n: number) => `2001:db8:7:${n.toString(16)}::1`, 50],
    ['a /32', (n: number) => `2001:db8:${n.toString(16)}::1`, 100],
    ['a /24', (n: number) => `198.51.100.${n}`, 50],
    ['a /16', (n: number) => `198.51.${n}.1`, 100],
    ['many networks', (n: number) => `${n + 1}.1.1.1`, 200],
  ])('leave space for others, however many networks of %s ask', async (_, addressOf, rows) => {
    expect(await kept(addressOf)).toBe(rows);
  });
});

describe('the replay markers of all public clients', () => {
  it.each([
    ['a /48', (n: number) => `2001:db8:7:${n.toString(16)}::1`, 5000],
    ['a /32', (n: number) => `2001:db8:${n.toString(16)}::1`, 10_000],
    ['many networks', (n: number) => `${n.toString(16)}::1`, 20_000],
  ])('leave space for others, however many networks of %s ask', async (_, addressOf, most) => {
    const client = await platform.store.clients.load(await newcomer());
    if (client === undefined) throw new Error('there is no client');
    const limits = createMarkLimits(platform.clock);
    let marked = 0;
    for (let n = 0; n < 25_000; n += 1)
      try {
        limits.take(client, addressOf(n));
        marked += 1;
      } catch {}
    expect(marked).toBe(most);
  });
});

describe('a device request', () => {
  it('counts more when its parameters are larger', async () => {
    const ask = (scope: string) =>
      platform.post('/device_authorization', { scope, client_id: 'television' });
    const answers: Answer[] = [];
    for (let n = 0; n < 61; n += 1) answers.push(await ask('openid'));
    expect([countOf(answers, 200), countOf(answers, 429)]).toEqual([60, 1]);
  });
});

describe('the DPoP proofs of a public client', () => {
  const key = createKey();
  const prove = () => ({ dpop: key.proof(platform) });

  it.each([
    [
      'a code',
      { grant_type: 'authorization_code', code: 'made-up', code_verifier: 'v'.repeat(43) },
    ],
    ['a refresh token', { grant_type: 'refresh_token', refresh_token: 'made-up' }],
    [
      'a device code',
      { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'made-up' },
    ],
    ['a grant', { grant_type: 'made-up' }],
  ])('store no replay marker where %s was invented', async (_, form) => {
    for (const id of [
      'native',
      'television',
      await newcomer({ token_endpoint_auth_method: 'none' }),
    ])
      expect((await postAs(platform, '/token', form, id, prove())).status).toBe(400);
    expect((await postAs(platform, '/token', form, await newcomer(), prove())).status).toBe(400);
    expect(marks).toEqual([]);
  });

  it('store no replay marker with a pushed request that is refused for its network', async () => {
    const id = await newcomer();
    const dpop = () => ({ dpop: key.proof(platform, { url: `${platform.issuer}/par` }) });
    expect((await postAs(platform, '/par', webPush, id, dpop())).status).toBe(201);
    expect(marks).toHaveLength(1);
    for (let n = 0; n < 250; n += 1)
      await platform.post('/par', { ...webPush, filler: 's'.repeat(15_000) }, id);
    while ((await platform.post('/par', webPush, id)).status === 201);
    expect((await postAs(platform, '/par', webPush, id, dpop())).status).toBe(429);
    expect(marks).toHaveLength(1);
  });

  it('store one when the credential is good, and a second use spends nothing (RFC 9449 §11.1)', async () => {
    const words = { client_id: 'native', redirect_uri: nativeCallback };
    const code = await obtainCode(platform, words);
    const tokens = tokensOf(
      await redeem(platform, code, { redirect_uri: nativeCallback }, 'native'),
    );
    marks.length = 0;
    const proof = { dpop: key.proof(platform) };
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const first = await postAs(platform, '/token', form, 'native', proof);
    expect(first.status).toBe(200);
    expect(marks).toHaveLength(1);
    const next = { ...form, refresh_token: tokensOf(first).refresh_token };
    const again = await postAs(platform, '/token', next, 'native', proof);
    expect([again.status, again.reason]).toEqual([400, 'dpop_proof_replayed']);
    expect((await refresh(platform, tokensOf(first).refresh_token, {}, 'native')).status).toBe(200);
  });
});

describe('the assertions of a client that registered itself', () => {
  it('store at most 1000 replay markers at once from one network; those of other clients are not counted', async () => {
    const id = await newcomer(signingClient);
    const form = { grant_type: 'refresh_token', refresh_token: 'made-up' };
    const ask = () => platform.browser().post('/token', { ...form, ...assertionOf(platform, id) });
    const answers: Answer[] = [];
    for (let n = 0; n < 1010; n += 1) answers.push(await ask());
    expect([countOf(answers, 400), countOf(answers, 429)]).toEqual([1000, 10]);
    expect(marks).toHaveLength(1000);
  });
});
