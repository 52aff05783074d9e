import { randomBytes } from 'node:crypto';
import type {
  AnyEvent,
  Clock,
  Delivery,
  Mail,
  Outbound,
  OutboundRequest,
  Store,
} from '@keywright/core';
import { createLogoutTeller, ensureKeys, makeMail } from '@keywright/core';
import { createVault, OutboundError } from '@keywright/jwt';
import { openStore } from '@keywright/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  makeClient,
  makeDeferred,
  makeDelivery,
  makeLogoutTarget,
  makeSession,
} from '../../../store/src/testing-parts/samples.ts';
import { MailFault } from '../mail/mail-server.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';

const begun = 1_800_000_000;
const once = async () => true;

interface Sent extends OutboundRequest {
  readonly url: string;
}

let store: Store;
let clock: Clock & { now: number };
let events: AnyEvent[];
let sent: Sent[];
/** What each address answers; 200 without a word. */
let answers: Map<string, () => Promise<never>>;
let deliveries: Deliveries;
/** What the mail server took, and what it does instead. */
let mails: (readonly [id: string, mail: Mail])[];
let mailFault: MailFault | undefined;
const vault = createVault(randomBytes(32));

beforeEach(async () => {
  clock = {
    now: begun,
    nowSeconds() {
      return this.now;
    },
  };
  store = await openStore({ database: ':memory:', clock });
  events = [];
  sent = [];
  answers = new Map();
  mails = [];
  mailFault = undefined;
  const outbound: Outbound = {
    async send(url, request) {
      sent.push({ url, ...request });
      await answers.get(url)?.();
      return { status: 200, text: '', maxAgeSeconds: undefined };
    },
  };
  const random = { bytes: (length: number) => randomBytes(length) };
  const ports = {
    store,
    vault,
    clock,
    random,
    events: { emit: (event: AnyEvent) => void events.push(event) },
  };
  await ensureKeys(ports, { rsaBits: 2048 });
  deliveries = createDeliveries({
    store,
    clock,
    vault,
    events: { emit: (event) => void events.push(event) },
    outbound,
    mail: {
      async send(id, mail) {
        if (mailFault !== undefined) throw mailFault;
        mails.push([id, mail]);
      },
      close() {},
    },
    tellLogouts: createLogoutTeller('https://as.example', ports),
  });
});
afterEach(async () => {
  await deliveries.stop();
  await store.close();
});

const add = async (over: Partial<Delivery> = {}): Promise<Delivery> => {
  const delivery = makeDelivery({ nextAt: begun, expiresAt: begun + 120, ...over });
  await store.deliveries.add(delivery);
  return delivery;
};
const fails = (url: string, fault: OutboundError['fault'], status?: number) =>
  answers.set(url, () => Promise.reject(new OutboundError(fault, fault, { status })));
const told = (type: string) => events.filter((event) => event.type === type);

describe('a message that waits for a client', () => {
  it('is sent once, with its headers and its body, and is done', async () => {
    const { url, headers, body } = await add();
    await deliveries.send(once);
    await deliveries.send(once);
    clock.now += 119;
    await deliveries.send(once);
    expect(sent).toEqual([{ url, method: 'POST', headers, body, accept: 'application/json' }]);
    expect(told('delivery.sent')).toMatchObject([
      { kind: 'logout', clientId: 'client-a', attempts: 1 },
    ]);
  });

  it.each([
    ['unreachable', undefined],
    ['too_slow', undefined],
    ['status_wrong', 503],
    ['status_wrong', 429],
  ] as const)(
    'is tried again after pauses that double, until it expires: %s %s',
    async (fault, status) => {
      const { url } = await add();
      fails(url, fault, status);
      const tries: number[] = [];
      for (let seconds = 0; seconds <= 200; seconds += 5) {
        clock.now = begun + seconds;
        const before = sent.length;
        await deliveries.send(once);
        if (sent.length > before) tries.push(seconds);
      }
      expect(tries).toEqual([0, 15, 45, 105]);
      expect(told('delivery.failed').map(({ isOver }) => isOver)).toEqual([
        false,
        false,
        false,
        true,
      ]);
      expect(told('delivery.failed')[0]).toMatchObject({
        fault,
        ...(status && { answered: status }),
      });
    },
  );

  it.each([
    ['status_wrong', 400],
    ['status_wrong', 404],
    ['address_refused', undefined],
    ['redirect_refused', undefined],
  ] as const)('is not tried again where that would not help: %s %s', async (fault, status) => {
    const { url } = await add();
    fails(url, fault, status);
    await deliveries.send(once);
    clock.now += 60;
    await deliveries.send(once);
    expect(sent).toHaveLength(1);
    expect(told('delivery.failed')).toMatchObject([{ fault, isOver: true }]);
  });

  it('is sent at once, although many other clients do not answer', async () => {
    const hanging = Promise.withResolvers<never>();
    for (let at = 0; at < 150; at += 1) {
      const { url } = await add({
        clientId: `slow-${at}`,
        url: `https://slow-${at}.example/`,
        nextAt: begun - 1,
      });
      answers.set(url, () => hanging.promise);
    }
    const { url } = await add();
    const sending = deliveries.send(once);
    await expect.poll(() => sent.map((one) => one.url)).toContain(url);
    hanging.reject(new OutboundError('too_slow', 'too slow'));
    await sending;
  });

  it.each(['content_wrong', 'too_large'] as const)(
    'has arrived with any success status: %s',
    async (fault) => {
      fails((await add()).url, fault);
      await deliveries.send(once);
      expect(told('delivery.sent')).toHaveLength(1);
    },
  );

  it('is sent to the others while one does not answer, which gets no more in this round', async () => {
    const slow = 'https://slow.example/';
    const hanging = Promise.withResolvers<never>();
    answers.set(slow, () => hanging.promise);
    for (let one = 0; one < 5; one += 1) await add({ clientId: 'slow', url: slow });
    const others = Array.from({ length: 60 }, (_, one) => `https://client-${one}.example/`);
    for (const url of others) await add({ clientId: url, url });
    const sending = deliveries.send(once);
    await expect.poll(() => told('delivery.sent').length).toBe(60);
    hanging.reject(new OutboundError('too_slow', 'slow'));
    await sending;
    expect(sent.filter(({ url }) => url === slow)).toHaveLength(1);
  });

  it('is not delayed by a slow client with hundreds of messages: that client gets one in this round', async () => {
    let milliseconds = 0;
    const watch = vi.spyOn(performance, 'now').mockImplementation(() => milliseconds);
    const slow = 'https://slow.example/';
    answers.set(slow, async () => void (milliseconds += 1500) as never);
    for (let one = 0; one < 450; one += 1) await add({ clientId: 'slow', url: slow });
    await add({ clientId: 'quick', nextAt: begun + 1 });
    clock.now += 1;
    await deliveries.send(once);
    watch.mockRestore();
    expect(sent.filter(({ url }) => url === slow)).toHaveLength(1);
    expect(told('delivery.sent').map(({ clientId }) => clientId)).toEqual(['slow', 'quick']);
  });

  it('is sent in as many batches as needed, while the node has the lease', async () => {
    for (let one = 0; one < 450; one += 1) await add({ clientId: `client-${one % 20}` });
    await deliveries.send(async () => false);
    expect(sent).toHaveLength(200);
    await deliveries.send(once);
    expect(sent).toHaveLength(450);
  });

  it('is sent soon after the watched store wrote it', async () => {
    const watched = deliveries.watch(store);
    await watched.deliveries.add(makeDelivery({ nextAt: begun, expiresAt: begun + 120 }));
    await expect.poll(() => sent.length).toBe(1);
  });

  it('is not started after the stop', async () => {
    const watched = deliveries.watch(store);
    await deliveries.stop();
    await watched.deliveries.add(makeDelivery({ nextAt: begun, expiresAt: begun + 120 }));
    await deliveries.stop();
    expect(sent).toEqual([]);
  });
});

describe('a ping to a client (CIBA §10.2)', () => {
  const ping = (sealedBy = vault): Delivery => {
    const secrets = JSON.stringify({ authReqId: 'the-request', notificationToken: 'the-token' });
    const body = sealedBy.seal('ciba-ping', secrets, 'digest');
    return makeDelivery({
      id: 'ping_digest',
      kind: 'ciba-ping',
      headers: {},
      body,
      nextAt: begun,
      expiresAt: begun + 300,
    });
  };

  it('is sealed until it is sent with the token of the client and the id of its request', async () => {
    await add(ping());
    await deliveries.send(once);
    expect(sent).toMatchObject([
      { headers: { authorization: 'Bearer the-token' }, body: '{"auth_req_id":"the-request"}' },
    ]);
  });

  it('is sent soon after the answer with which it was stored', async () => {
    const client = makeClient();
    await store.clients.save(client);
    const request = makeDeferred(
      { clientId: client.id },
      { kind: 'ciba', accountId: 'usr_a', createdAt: begun },
    );
    await store.deferred.add(request, begun);
    const watched = deliveries.watch(store);
    await watched.deferred.answer(
      { digest: request.digest, accountId: 'usr_a', ping: ping() },
      begun,
    );
    await expect.poll(() => sent.length).toBe(1);
  });

  it('that was sealed with a removed key is given up, and this is logged', async () => {
    await add(ping(createVault(randomBytes(32))));
    await deliveries.send(once);
    await deliveries.send(once);
    expect(sent).toEqual([]);
    expect(told('delivery.failed')).toMatchObject([{ fault: 'sealed_otherwise', isOver: true }]);
  });
});

describe('the clients of a session that has ended', () => {
  it('are notified soon, each at its own address, except disabled ones and those without an address', async () => {
    const backchannelLogoutUri = 'https://app.example/back';
    const client = makeClient({ settings: { backchannelLogoutUri } });
    const disabled = makeClient({ status: 'disabled', settings: { backchannelLogoutUri } });
    const framed = makeClient({ settings: { frontchannelLogoutUri: 'https://app.example/front' } });
    const session = makeSession('usr_a', { expiresAt: begun + 9000 });
    await store.sessions.start(session);
    for (const one of [client, disabled, framed]) {
      await store.clients.save(one);
      await store.logouts.add(
        makeLogoutTarget({ sessionId: session.id, accountId: 'usr_a', clientId: one.id }),
      );
    }
    await deliveries.watch(store).sessions.end(session.digest, begun);
    await expect.poll(() => sent.length).toBe(1);
    expect(sent[0]?.url).toBe(backchannelLogoutUri);
    expect(sent[0]?.body).toMatch(/^logout_token=ey/);
    expect(await store.logouts.listEnded(10)).toEqual([]);
  });

  it('do not wait for a client whose logout token cannot be signed, which is logged', async () => {
    const backchannelLogoutUri = 'https://app.example/back';
    const unsigned = makeClient({ idTokenAlgorithm: 'PS256', settings: { backchannelLogoutUri } });
    const client = makeClient({ settings: { backchannelLogoutUri } });
    const session = makeSession('usr_a', { expiresAt: begun + 9000 });
    await store.sessions.start(session);
    for (const one of [unsigned, client]) {
      await store.clients.save(one);
      await store.logouts.add(
        makeLogoutTarget({ sessionId: session.id, accountId: 'usr_a', clientId: one.id }),
      );
    }
    await store.sessions.end(session.digest, begun);
    await deliveries.send(once);
    expect(sent).toHaveLength(1);
    expect(told('delivery.failed')).toEqual([
      {
        type: 'delivery.failed',
        kind: 'logout',
        clientId: unsigned.id,
        fault: 'not_signed',
        isOver: true,
      },
    ]);
    expect(await store.logouts.listEnded(10)).toEqual([]);
  });
});

describe('a stored mail', () => {
  const content = { kind: 'password_changed', by: 'user' } as const;
  const newSecret = () => randomBytes(32).toString('base64url');

  function make(
    over: Partial<Delivery> = {},
    seals = vault,
    about: Mail['content'] = content,
  ): Delivery {
    const ports = { options: { sendsMail: true }, vault: seals, newSecret };
    const mail = makeMail(ports, { email: 'ada@example.com', name: 'Ada' }, about, begun);
    if (mail === undefined) throw new Error('no mail was made');
    return { ...mail, ...over };
  }

  it('is sent once, and is done', async () => {
    const delivery = make();
    await store.deliveries.add(delivery);
    await deliveries.send(once);
    clock.now += 3600;
    await deliveries.send(once);
    expect(mails).toEqual([
      [delivery.id, { to: 'ada@example.com', name: 'Ada', content, at: begun }],
    ]);
    expect(told('delivery.sent')).toMatchObject([{ kind: 'mail', attempts: 1 }]);
    expect(JSON.stringify(events)).not.toContain('ada@example.com');
  });

  it('is tried again while the mail server cannot be reached, for three days', async () => {
    await store.deliveries.add(make());
    mailFault = new MailFault('unreachable', undefined, undefined);
    await deliveries.send(once);
    expect(told('delivery.failed')).toMatchObject([{ fault: 'mail_unreachable', isOver: false }]);
    mailFault = undefined;
    clock.now += 15;
    await deliveries.send(once);
    expect(mails).toHaveLength(1);
    await store.deliveries.add(make());
    clock.now = begun + 3 * 86_400;
    await deliveries.send(once);
    expect(mails).toHaveLength(1);
  });

  it('is not tried again where the mail server has refused it for good', async () => {
    await store.deliveries.add(make());
    mailFault = new MailFault('refused', 550, undefined);
    await deliveries.send(once);
    mailFault = undefined;
    clock.now += 3600;
    await deliveries.send(once);
    expect(mails).toEqual([]);
    expect(told('delivery.failed')).toMatchObject([
      { fault: 'mail_refused', answered: 550, isOver: true },
    ]);
  });

  it('is not sent where the account had five of its kind, until an hour has passed', async () => {
    for (let count = 0; count < 90; count += 1) await store.deliveries.add(make());
    await deliveries.send(once);
    expect(mails).toHaveLength(5);
    expect(told('delivery.failed')).toHaveLength(85);
    expect(told('delivery.failed')[0]).toMatchObject({ fault: 'mail_limited', isOver: true });
    await store.deliveries.add(
      make({}, vault, { kind: 'passkey_added', passkey: 'x', network: 'y' }),
    );
    await deliveries.send(once);
    expect(mails).toHaveLength(6);
    clock.now += 3600;
    await store.deliveries.add(make());
    await deliveries.send(once);
    expect(mails).toHaveLength(7);
  });

  it('is sent if it undoes a change, however many there were', async () => {
    const expiresAt = begun + 60;
    const change = {
      kind: 'email_changed',
      email: 'm@example.org',
      network: 'y',
      undo: 'z',
      expiresAt,
    } as const;
    for (let count = 0; count < 20; count += 1) await store.deliveries.add(make({}, vault, change));
    await deliveries.send(once);
    expect(mails).toHaveLength(20);
  });

  it('is given up where it was sealed with a removed key', async () => {
    await store.deliveries.add(make({}, createVault(randomBytes(32))));
    await deliveries.send(once);
    expect(told('delivery.failed')).toMatchObject([{ fault: 'sealed_otherwise', isOver: true }]);
  });

  it('is sent soon when it was stored with a new password or a new sign-in', async () => {
    const watched = deliveries.watch(store);
    await watched.accounts.changePassword('usr_a', { passwordHash: 'x', mail: make() }, begun);
    await store.deliveries.add(make());
    await watched.sessions.start(makeSession('usr_a'), undefined, undefined, make());
    await vi.waitFor(() => expect(mails).toHaveLength(2));
  });
});
