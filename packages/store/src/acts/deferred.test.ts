import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  makeAccount,
  makeClient,
  makeDeferred,
  makeDeferredAnswer,
  makeFamily,
  makeId,
  makeRotation,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('deferred requests', (store) => {
  async function ask(over: Parameters<typeof makeDeferred>[1] = {}) {
    const connection = await connect(store());
    const request = makeDeferred(connection, over);
    expect(await store().deferred.add(request, now)).toBe('added');
    return { connection, request };
  }

  /** Makes a request and allows it. */
  async function approve(over: Parameters<typeof makeDeferred>[1] = {}) {
    const { connection, request } = await ask(over);
    const answer = makeDeferredAnswer(request.digest, connection);
    const result = await store().deferred.answer(answer, now);
    if (result.outcome !== 'approved') throw new Error(result.outcome);
    return {
      connection,
      request,
      answer,
      family: makeFamily({ ...connection, grantId: result.grantId }),
    };
  }

  const poll = ({ digest, kind, clientId }: ReturnType<typeof makeDeferred>, at: number) =>
    store().deferred.poll(digest, kind, clientId, at);

  it('are returned as they were made, by their digest and by the hash of their user code', async () => {
    const userCodeMark = makeId('mark-');
    const { request } = await ask({ userCodeMark });
    const kept = { ...request, status: 'pending' };
    expect(await store().deferred.load(request.digest)).toStrictEqual(kept);
    expect(await store().deferred.loadByUserCode(userCodeMark)).toStrictEqual(kept);
    expect(await store().deferred.load('unknown')).toBeUndefined();
    expect(await store().deferred.loadByUserCode('unknown')).toBeUndefined();
  });

  it('never have the same user code', async () => {
    const connection = await connect(store());
    const userCodeMark = makeId('mark-');
    const requests = [
      makeDeferred(connection, { userCodeMark }),
      makeDeferred(connection, { userCodeMark }),
    ];
    const outcomes = await Promise.all(requests.map((one) => store().deferred.add(one, now)));
    expect(outcomes.toSorted()).toEqual(['added', 'code-taken']);
  });

  it('wait for one account in a bounded number, in total and of one client, also when many come at once (ASVS 6.6.4)', async () => {
    const { id: accountId } = makeAccount();
    const most = { ofAccount: 4, ofClient: 2 };
    const of = (clientId: string, createdAt = now) =>
      makeDeferred(
        { clientId },
        { kind: 'ciba', accountId, createdAt, expiresAt: createdAt + 300 },
      );
    const fromOne = await Promise.all(
      Array.from({ length: 10 }, () => store().deferred.add(of('client-a'), now, most)),
    );
    expect(fromOne.filter((outcome) => outcome === 'added')).toHaveLength(2);
    for (const clientId of ['client-b', 'client-c'])
      await store().deferred.add(of(clientId), now, most);
    expect(await store().deferred.add(of('client-d'), now, most)).toBe('too-many');
    // Expired requests no longer count as waiting.
    expect(await store().deferred.add(of('client-d', now + 300), now + 300, most)).toBe('added');
  });

  it('are listed for one account from the newest on, without those of others, of the other kind, answered or expired', async () => {
    const connection = await connect(store());
    const { accountId } = connection;
    const ciba = { kind: 'ciba', accountId } as const;
    const [old, young, answered, lapsed] = [
      makeDeferred(connection, { ...ciba, createdAt: now - 20 }),
      makeDeferred(connection, { ...ciba, createdAt: now - 10 }),
      makeDeferred(connection, ciba),
      makeDeferred(connection, { ...ciba, expiresAt: now }),
    ];
    const others = [
      makeDeferred(connection, { accountId }),
      makeDeferred(connection, { kind: 'ciba', accountId: makeId('usr_') }),
    ];
    for (const one of [old, young, answered, lapsed, ...others])
      await store().deferred.add(one, now - 30);
    await store().deferred.answer({ digest: answered.digest, accountId }, now);
    const listed = await store().deferred.listPending(accountId, 'ciba', now);
    expect(listed.map(({ digest }) => digest)).toEqual([young.digest, old.digest]);
  });

  it('belong to the first user who takes them, and to no later one', async () => {
    const { request, connection } = await ask();
    const people = Array.from({ length: 20 }, () => makeId('usr_'));
    const taken = await Promise.all(
      people.map((accountId) => store().deferred.take(request.digest, accountId, now)),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
    const owner = people[taken.indexOf(true)] ?? '';
    expect(await store().deferred.take(request.digest, owner, now)).toBe(true);
    // B19: a second user can neither allow nor decline.
    const foreign = makeDeferredAnswer(request.digest, connection);
    expect(await store().deferred.answer(foreign, now)).toEqual({ outcome: 'not-pending' });
    expect(
      await store().deferred.answer({ digest: request.digest, accountId: makeId('usr_') }, now),
    ).toEqual({ outcome: 'not-pending' });
    expect((await store().deferred.load(request.digest))?.status).toBe('pending');
  });

  it('cannot be taken when they are answered, expired or unknown', async () => {
    const { request } = await ask();
    expect(await store().deferred.take(request.digest, 'usr_a', now + 600)).toBe(false);
    expect(await store().deferred.take('unknown', 'usr_a', now)).toBe(false);
    const { request: answered, connection } = await approve();
    expect(await store().deferred.take(answered.digest, connection.accountId, now)).toBe(false);
  });

  it('get the answer and the agreement in one act, bound to the user who answers', async () => {
    const { connection, request, answer } = await approve();
    const { accountId, clientId, grantId } = connection;
    expect(await store().deferred.load(request.digest)).toStrictEqual({
      ...request,
      status: 'approved',
      accountId,
      // The id of the active grant, not the one of the agreement.
      agreed: { ...answer.approval.agreed, grantId },
    });
    expect(await store().grants.load(accountId, clientId)).toMatchObject({ id: grantId });
  });

  it('are answered once when fifty answer in parallel, and one agreement is stored', async () => {
    const client = makeClient();
    const people = Array.from({ length: 50 }, () => makeAccount());
    await store().clients.save(client);
    await Promise.all(people.map((person) => store().accounts.add(person)));
    const request = makeDeferred({ clientId: client.id });
    await store().deferred.add(request, now);
    const answers = people.map(({ id }) =>
      makeDeferredAnswer(request.digest, { accountId: id, clientId: client.id }),
    );
    const outcomes = await Promise.all(
      answers.map((answer) => store().deferred.answer(answer, now)),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'approved')).toHaveLength(1);
    const grants = await Promise.all(people.map(({ id }) => store().grants.load(id, client.id)));
    expect(grants.filter((grant) => grant !== undefined)).toHaveLength(1);
  });

  it('cannot be answered after their end', async () => {
    const { connection, request } = await ask();
    const answer = makeDeferredAnswer(request.digest, connection);
    expect(await store().deferred.answer(answer, now + 600)).toEqual({ outcome: 'not-pending' });
  });

  it('get a ping with the answer, and none for an answer that was too late (CIBA §10.2)', async () => {
    const { connection, request } = await ask();
    const makePing = () => ({
      id: makeId('dlv_'),
      kind: 'ciba-ping' as const,
      clientId: connection.clientId,
      url: 'https://app.example/ping',
      headers: { authorization: 'Bearer token' },
      body: '{}',
      nextAt: now,
      expiresAt: now + 600,
    });
    const { accountId } = connection;
    const [first, second] = [makePing(), makePing()];
    await store().deferred.answer({ digest: request.digest, accountId, ping: first }, now);
    await store().deferred.answer({ digest: request.digest, accountId, ping: second }, now);
    const due = await store().deliveries.takeDue(now, 100, 60);
    const ids = due.map(({ id }) => id);
    expect(ids).toContain(first.id);
    expect(ids).not.toContain(second.id);
  });

  it('are pending for a client that keeps the interval, and slow another one down by five seconds (RFC 8628 §3.5)', async () => {
    const { request } = await ask();
    expect(await poll(request, now)).toEqual({ outcome: 'pending' });
    expect(await poll(request, now + 5)).toEqual({ outcome: 'pending' });
    expect(await poll(request, now + 9)).toEqual({ outcome: 'too-soon', intervalSeconds: 10 });
    // Counted from the poll that came too soon.
    expect(await poll(request, now + 18)).toEqual({ outcome: 'too-soon', intervalSeconds: 15 });
    expect(await poll(request, now + 33)).toEqual({ outcome: 'pending' });
  });

  it('count simultaneous polls, and slow no client down beyond a minute', async () => {
    const { request } = await ask();
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => poll(request, now)));
    expect(outcomes.filter(({ outcome }) => outcome === 'pending')).toHaveLength(1);
    expect((await store().deferred.load(request.digest))?.intervalSeconds).toBe(60);
    expect(await poll(request, now + 60)).toEqual({ outcome: 'pending' });
  });

  it('give a polling client the answer at once, however early it polls', async () => {
    const { connection, request } = await ask();
    await poll(request, now);
    await store().deferred.answer({ digest: request.digest, accountId: connection.accountId }, now);
    expect(await poll(request, now + 1)).toEqual({ outcome: 'denied' });
    const { request: allowed, answer, connection: of } = await approve();
    expect(await poll(allowed, now)).toEqual({
      outcome: 'approved',
      accountId: of.accountId,
      agreed: { ...answer.approval.agreed, grantId: of.grantId },
    });
  });

  it('expire, answered or not', async () => {
    const { request } = await ask();
    expect(await poll(request, now + 600)).toEqual({ outcome: 'expired' });
    const { request: allowed, family } = await approve();
    expect(await poll(allowed, now + 600)).toEqual({ outcome: 'expired' });
    expect(await store().deferred.redeem(allowed.digest, family, now + 600)).toEqual({
      outcome: 'expired',
    });
  });

  it('are unknown to another client and to the other grant, and no such poll is counted', async () => {
    const { request } = await ask();
    expect(await poll({ ...request, clientId: 'other' }, now)).toEqual({ outcome: 'unknown' });
    expect(await poll({ ...request, kind: 'ciba' }, now)).toEqual({ outcome: 'unknown' });
    expect(await poll({ ...request, digest: 'unknown' }, now)).toEqual({ outcome: 'unknown' });
    expect(await poll(request, now)).toEqual({ outcome: 'pending' });
  });

  it('are redeemed once when they are presented a hundred times in parallel, and their tokens end', async () => {
    const { request, family } = await approve();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => store().deferred.redeem(request.digest, family, now)),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'redeemed')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'reused')).toHaveLength(99);
    expect(await store().families.rotate(makeRotation(family, 0), now)).toEqual({
      outcome: 'ended',
    });
  });

  it('start a family once, and a second redemption, also a late one, is refused and ends the family', async () => {
    const { request, family } = await approve();
    expect(await store().deferred.redeem(request.digest, family, now)).toEqual({
      outcome: 'redeemed',
    });
    expect(await store().families.load(family.id)).toStrictEqual(family);
    expect(await poll(request, now + 900)).toMatchObject({ outcome: 'approved' });
    expect(await store().deferred.redeem(request.digest, family, now + 900)).toEqual({
      outcome: 'reused',
    });
    expect(await store().families.isAlive(family.id)).toBe(false);
  });

  it('are neither redeemed nor ended by another client', async () => {
    const { request, family } = await approve();
    const foreign = { ...family, clientId: 'other' };
    expect(await store().deferred.redeem(request.digest, foreign, now)).toEqual({
      outcome: 'expired',
    });
    expect(await store().deferred.redeem(request.digest, family, now)).toEqual({
      outcome: 'redeemed',
    });
    expect(await store().deferred.redeem(request.digest, foreign, now)).toEqual({
      outcome: 'expired',
    });
    expect(await store().families.isAlive(family.id)).toBe(true);
  });

  it('are not redeemed before they are allowed, or after they were declined', async () => {
    const { connection, request } = await ask();
    const family = makeFamily(connection);
    expect(await store().deferred.redeem(request.digest, family, now)).toEqual({
      outcome: 'expired',
    });
    await store().deferred.answer({ digest: request.digest, accountId: connection.accountId }, now);
    expect(await store().deferred.redeem(request.digest, family, now)).toEqual({
      outcome: 'expired',
    });
  });

  it.each(['grant', 'account', 'client'] as const)(
    'is not redeemed once its %s has ended',
    async (ended) => {
      const { connection, request, family } = await approve();
      const { accountId, clientId, grantId } = connection;
      if (ended === 'grant') await store().grants.end(grantId, accountId, now);
      if (ended === 'account') await store().accounts.disable(accountId, now);
      if (ended === 'client') await store().clients.disable(clientId, now);
      expect(await store().deferred.redeem(request.digest, family, now)).toEqual({
        outcome: 'expired',
      });
      expect(await store().families.isAlive(family.id)).toBe(false);
    },
  );

  it('are deleted some hours after their end', async () => {
    const { request } = await ask();
    await store().prune(now + 600, 1000);
    expect(await store().deferred.load(request.digest)).toBeDefined();
    await store().prune(now + 600 + 3 * 3600, 1000);
    expect(await store().deferred.load(request.digest)).toBeUndefined();
  });
});
