/**
 * The sealing key is replaced while servers run. Values that were sealed before are opened and
 * sealed again, and the former key is removed.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import {
  createSealedKeys,
  type Delivery,
  makeMail,
  openMail,
  openPing,
  resealAll,
  type Resealing,
  retireMacKeys,
  settleLastingKeys,
  type Store,
  type Vault,
} from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { answerDevice, askAsDevice, asking, pollAsDevice, signedIn } from './deferred-setting.ts';
import { askedForCode, codeOf, enrolAda, typeCode } from './second-factor-setting.ts';
import {
  ada,
  authorizeLink,
  claimsOf,
  clients,
  createSunrise,
  obtainTokens,
  refresh,
  tokensOf,
} from './sunrise.ts';

const day = 86_400;
const [former, next] = [randomBytes(32), randomBytes(32)];
const pairwise = clients.map((client) =>
  client.client_id === 'portal' ? { ...client, subject_type: 'pairwise' } : client,
);

let platform: TestPlatform;
/** The vault of the nodes. It is replaced as by a rolling restart. */
let vault: Vault;
const carried: Vault = {
  seal: (...parts) => vault.seal(...parts),
  unseal: (...parts) => vault.unseal(...parts),
  mac: (...parts) => vault.mac(...parts),
  macs: (...parts) => vault.macs(...parts),
};

async function nodeWith(key: Uint8Array, others: readonly Uint8Array[] = []): Promise<Vault> {
  const opening = createVault(key, others);
  const settling = {
    store: platform.store,
    masterKey: key,
    isNew: true,
    now: platform.clock.nowSeconds(),
  };
  const lasting = await settleLastingKeys({ ...settling, vault: opening });
  if (lasting === undefined) throw new Error('the key does not open it');
  return createVault(key, others, lasting);
}

const keysOf = (): Resealing => ({
  current: createVault(next),
  any: createVault(next, [former]),
  now: platform.clock.nowSeconds(),
});
const leftOf = (done: Awaited<ReturnType<typeof resealAll>>) =>
  Object.fromEntries(done.filter(({ left }) => left > 0).map(({ place, left }) => [place, left]));

async function rotate(store: Pick<Store, 'seals'> = platform.store) {
  const now = platform.clock.nowSeconds();
  await retireMacKeys({ store, vault: createVault(next), now }, former);
  return resealAll(store, keysOf());
}

beforeEach(async () => {
  vault = createVault(former);
  platform = await createSunrise({
    clients: [
      ...pairwise,
      ...asking,
      {
        client_id: 'signer',
        kind: 'service',
        trust: 'first-party',
        client_name: 'Signs with its secret',
        token_endpoint_auth_method: 'client_secret_jwt',
        scope: 'buildings:read',
      },
    ],
    features: { deviceAuthorization: true, totp: true },
    lifetimes: { third_party_app: { refreshRetrySeconds: 'until_used' } },
    ports: () => ({ vault: carried }),
  });
  vault = await nodeWith(former);
});
afterEach(() => platform.close());

/** Signed with the client's secret, which the server needs in plain text for this. */
function signAsSigner() {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = platform.clock.nowSeconds();
  const claims = { iss: 'signer', sub: 'signer', aud: platform.issuer, iat: now, exp: now + 60 };
  const input = `${encode({ alg: 'HS256' })}.${encode({ ...claims, jti: randomUUID() })}`;
  const secret = platform.secrets.get('signer') ?? '';
  const signature = createHmac('sha256', secret).update(input).digest('base64url');
  return platform.post('/token', {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${input}.${signature}`,
  });
}

/** A refresh whose answer was lost. */
async function spend() {
  const { refresh_token } = await obtainTokens(platform);
  return {
    spent: refresh_token,
    successor: tokensOf(await refresh(platform, refresh_token)).refresh_token,
  };
}

describe('a secret that was sealed with the former sealing key', () => {
  it('is sealed anew, and can be opened after the former key is removed', async () => {
    const { spent, successor } = await spend();
    vault = await nodeWith(next, [former]);
    const done = await rotate();
    expect(leftOf(done)).toEqual({});
    const counts = Object.fromEntries(done.map(({ place, resealed }) => [place, resealed]));
    expect(counts).toMatchObject({ clients: 1, families: 1, seals: 1, signing_keys: 2 });
    vault = await nodeWith(next);
    platform.clock.advance(10 * day);
    expect(tokensOf(await refresh(platform, spent)).refresh_token).toBe(successor);
    expect((await signAsSigner()).status).toBe(200);
    const opened = createSealedKeys(createVault(next));
    for (const key of await platform.store.keys.list()) expect(opened.open(key).kid).toBe(key.kid);
    const again = await resealAll(platform.store, keysOf());
    expect(again).toEqual(done.map(({ place }) => ({ place, resealed: 0, left: 0 })));
  });

  it('is sealed anew in messages that wait: a ping to a client, and a mail', async () => {
    const content = { kind: 'password_changed', by: 'user' } as const;
    const now = platform.clock.nowSeconds();
    const newSecret = () => randomBytes(32).toString('base64url');
    const ports = { options: { sendsMail: true }, vault: carried, newSecret };
    const mail = makeMail(ports, { email: ada, name: 'Ada' }, content, now);
    if (mail === undefined) throw new Error('no mail was made');
    const told = JSON.stringify({ authReqId: 'a', notificationToken: 'b' });
    const ping: Delivery = {
      ...mail,
      id: 'ping_digest',
      kind: 'ciba-ping',
      clientId: 'desk',
      url: 'https://desk.example/ping',
      body: carried.seal('ciba-ping', told, 'digest'),
    };
    for (const delivery of [mail, ping]) await platform.store.deliveries.add(delivery);
    vault = await nodeWith(next, [former]);
    expect(leftOf(await rotate())).toEqual({});
    const due = await platform.store.deliveries.takeDue(now, 10, 60);
    const [sentMail, sentPing] = [mail, ping].map(({ id }) => due.find((one) => one.id === id));
    if (sentMail === undefined || sentPing === undefined) throw new Error('a message is lost');
    const keys = { vault: createVault(next) };
    expect(openMail(keys, sentMail)).toMatchObject({ to: ada, content });
    expect(openPing(keys, sentPing)).toMatchObject({ headers: { authorization: 'Bearer b' } });
  });

  it('is sealed anew in second factors, which work after it', async () => {
    const app = await enrolAda(platform);
    vault = await nodeWith(next, [former]);
    const done = await rotate();
    expect(leftOf(done)).toEqual({});
    expect(done.find(({ place }) => place === 'second_factors')?.resealed).toBe(1);
    vault = await nodeWith(next);
    const browser = platform.browser();
    const page = await askedForCode(platform, browser);
    const answer = await typeCode(browser, page, { totp: codeOf(platform, app) });
    expect(answer.status).toBe(303);
  });

  it('is lost when the former key is removed too early: the log reports it, and the signing keys cannot be opened', async () => {
    const { spent } = await spend();
    const onlyNext = { ...keysOf(), any: createVault(next) };
    const done = await resealAll(platform.store, onlyNext);
    expect(leftOf(done)).toEqual({ clients: 1, families: 1, seals: 1, signing_keys: 2 });
    await expect(nodeWith(next)).rejects.toThrow('does not open');
    // It changed nothing.
    vault = await nodeWith(former);
    expect((await refresh(platform, spent)).status).toBe(200);
  });

  it('is opened by each node while both keys are in use', async () => {
    const before = { vault: await nodeWith(former, [next]) };
    const after = { vault: await nodeWith(next, [former]) };
    for (const [one, other] of [
      [before, after],
      [after, before],
    ] as const) {
      vault = one.vault;
      const { spent, successor } = await spend();
      const browser = platform.browser();
      const page = await browser.get(authorizeLink());
      vault = other.vault;
      expect(tokensOf(await refresh(platform, spent)).refresh_token).toBe(successor);
      const back = await platform.signIn(browser, ada, page.location);
      expect(back.status).toBe(303);
    }
  });

  it('is found by the user code that another node made', async () => {
    vault = await nodeWith(next, [former]);
    const { device_code, user_code } = await askAsDevice(platform);
    vault = await nodeWith(former, [next]);
    await answerDevice(await signedIn(platform), user_code);
    expect((await pollAsDevice(platform, device_code)).status).toBe(200);
  });

  it('is sealed anew by a later run when the first run was interrupted', async () => {
    for (let families = 0; families < 5; families += 1) await spend();
    const { seals } = platform.store;
    let acts = 0;
    const dying = {
      seals: {
        ...seals,
        replace: (...parts: Parameters<typeof seals.replace>) => {
          acts += 1;
          return acts > 1 ? Promise.reject(new Error('killed')) : seals.replace(...parts);
        },
      },
    };
    await expect(rotate(dying)).rejects.toThrow('killed');
    vault = await nodeWith(next, [former]);
    const done = await rotate();
    expect(leftOf(done)).toEqual({});
    const counts = Object.fromEntries(done.map(({ place, resealed }) => [place, resealed]));
    expect(counts).toMatchObject({ clients: 0, families: 5 });
  });

  it('is reported as left while a node still seals with the former key', async () => {
    await spend();
    const { seals } = platform.store;
    const behind = {
      seals: {
        ...seals,
        list: async (...parts: Parameters<typeof seals.list>) => {
          vault = await nodeWith(former, [next]);
          if (parts[0] === 'families') await spend();
          return seals.list(...parts);
        },
      },
    };
    expect(Object.keys(leftOf(await rotate(behind)))).toEqual(['families']);
  });

  it('does not change the subjects by which clients know users', async () => {
    const form = {
      grant_type: 'password',
      username: ada,
      password: 'correct horse',
      scope: 'openid',
    };
    const subject = async () =>
      claimsOf(tokensOf(await platform.post('/token', form, 'portal')).id_token)['sub'];
    const known = await subject();
    expect(known).not.toBe(platform.accounts.get(ada)?.id);
    vault = await nodeWith(next, [former]);
    expect(await subject()).toBe(known);
    await rotate();
    vault = await nodeWith(next);
    expect(await subject()).toBe(known);
  });

  it('does not affect signatures that were made before: of the audit and of archives', async () => {
    const mac = vault.mac('audit', 'entry');
    vault = await nodeWith(next, [former]);
    await rotate();
    vault = await nodeWith(next);
    expect(vault.macs('audit', 'entry')).toContain(mac);
    expect(vault.mac('audit', 'entry')).not.toBe(mac);
    // For no other purpose: a form with the former key is foreign.
    expect(vault.macs('own-form', 'x')).toEqual([vault.mac('own-form', 'x')]);
  });
});

describe('a successor that an older version sealed to the token itself', () => {
  async function sealAsBefore() {
    const { spent, successor } = await spend();
    const { rows } = await platform.store.seals.list('families', '', 10);
    const [row] = rows;
    const sealed = createVault(former, [], { isExtended: () => false }).seal(
      'refresh-successor',
      successor,
      spent,
    );
    await platform.store.seals.replace('families', [{ key: row!.key, former: row!.value, sealed }]);
    return { spent, successor };
  }

  it('is given to each request that proves possession of that token', async () => {
    const { spent, successor } = await sealAsBefore();
    expect(tokensOf(await refresh(platform, spent)).refresh_token).toBe(successor);
  });

  it('cannot be sealed anew: it is left while its window is open, and is deleted after that', async () => {
    const { successor } = await sealAsBefore();
    vault = await nodeWith(next, [former]);
    expect(leftOf(await rotate())).toEqual({ families: 1 });
    platform.clock.advance(3601);
    expect(leftOf(await rotate())).toEqual({});
    expect((await refresh(platform, successor)).status).toBe(200);
  });
});
