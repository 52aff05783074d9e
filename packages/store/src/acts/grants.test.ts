import type { ConsentTerms } from '@keywright/core';
import { describe, expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  makeAccount,
  makeAgreement,
  makeClient,
  makeCode,
  makeFamily,
  makeId,
  makeRotation,
} from '../testing-parts/samples.ts';

const page = () => ({ id: makeId('page-'), expiresAt: now + 600 });

describeOnEveryEngine('grants', (store) => {
  it('start with what the user agreed to', async () => {
    const agreement = makeAgreement({
      accountId: 'usr_a',
      clientId: 'start',
      declinedScopes: ['email'],
    });
    expect(await store().grants.agree(agreement, page(), now)).toEqual({
      outcome: 'issued',
      grantId: agreement.grantId,
    });
    const { grantId: id, ...agreed } = agreement;
    expect(await store().grants.load('usr_a', 'start')).toStrictEqual({
      id,
      ...agreed,
      createdAt: now,
      lastUsedAt: now,
    });
  });

  it('get later agreements merged into the active grant, where the last answer counts', async () => {
    const of = { accountId: 'usr_a', clientId: 'merge' };
    const first = makeAgreement({
      ...of,
      scopes: ['a', 'b'],
      declinedScopes: ['c', 'd'],
      audiences: ['x'],
    });
    const later = makeAgreement({
      ...of,
      scopes: ['c'],
      declinedScopes: ['b', 'e'],
      audiences: ['y', 'x'],
    });
    await store().grants.agree(first, undefined, now);
    expect(await store().grants.agree(later, undefined, now + 9)).toEqual({
      outcome: 'issued',
      grantId: first.grantId,
    });
    expect(await store().grants.load('usr_a', 'merge')).toMatchObject({
      id: first.grantId,
      scopes: ['a', 'c'],
      declinedScopes: ['d', 'b', 'e'],
      audiences: ['x', 'y'],
      createdAt: now,
      lastUsedAt: now + 9,
    });
  });

  it('take a scope that is left out later from their families too', async () => {
    const of = { accountId: makeId('usr_'), clientId: 'unticked' };
    const first = makeAgreement({ ...of, scopes: ['a', 'b', 'c'] });
    await store().grants.agree(first, undefined, now);
    const family = makeFamily({ ...of, grantId: first.grantId }, { scopes: ['a', 'b'] });
    await store().families.start(family);
    await store().grants.agree(
      makeAgreement({ ...of, scopes: ['a'], declinedScopes: ['b'] }),
      undefined,
      now,
    );
    expect((await store().families.load(family.id))?.scopes).toEqual(['a']);
  });

  it('have one active row for each account and client when many agree at once', async () => {
    const of = { accountId: 'usr_a', clientId: 'race' };
    const scopes = Array.from({ length: 20 }, (_, index) => `scope-${index}`);
    const answers = await Promise.all(
      scopes.map((scope) =>
        store().grants.agree(makeAgreement({ ...of, scopes: [scope] }), undefined, now),
      ),
    );
    const grant = await store().grants.load('usr_a', 'race');
    for (const answer of answers) expect(answer).toEqual({ outcome: 'issued', grantId: grant?.id });
    expect(grant?.scopes.toSorted()).toEqual(scopes.toSorted());
  });

  it('accept one answer to a page, and do not change by another', async () => {
    const marker = page();
    const of = { accountId: 'usr_a', clientId: 'page' };
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((scope) =>
        store().grants.agree(makeAgreement({ ...of, scopes: [scope] }), marker, now),
      ),
    );
    expect(answers.filter((answer) => answer.outcome === 'answered-before')).toHaveLength(2);
    expect((await store().grants.load('usr_a', 'page'))?.scopes).toHaveLength(1);
  });

  it('end with their codes and families, once, and only for their own account', async () => {
    const connection = await connect(store());
    const family = makeFamily(connection);
    const code = makeCode(connection);
    await store().families.start(family);
    await store().codes.issue({ code }, now);
    expect(await store().grants.end(connection.grantId, 'usr_somebody_else', now)).toBeUndefined();
    const { grantId: id, accountId } = connection;
    expect(await store().grants.end(id, accountId, now)).toMatchObject({ id, accountId });
    expect(await store().grants.end(connection.grantId, connection.accountId, now)).toBeUndefined();
    expect(await store().grants.load(connection.accountId, connection.clientId)).toBeUndefined();
    expect(await store().families.rotate(makeRotation(family, 0), now)).toEqual({
      outcome: 'ended',
    });
    const started = makeFamily(connection, { id: code.familyId });
    expect(await store().codes.redeem(code.digest, started, now)).toEqual({ outcome: 'expired' });
    expect(await store().families.load(code.familyId)).toBeUndefined();
  });

  it('get nothing added by a user whose sign-in has ended meanwhile', async () => {
    const connection = await connect(store());
    const { accountId, clientId, grantId } = connection;
    const more = makeAgreement({
      accountId,
      clientId,
      scopes: ['invoices:read'],
      sessionId: makeId('ses_'),
    });
    const code = { ...makeCode(connection), scopes: ['invoices:read'] };
    const issued = await store().codes.issue({ code, agreement: more }, now);
    expect(issued).toEqual({ outcome: 'issued', grantId: more.grantId });
    expect(await store().grants.find(more.grantId)).toBeUndefined();
    expect((await store().grants.find(grantId))?.scopes).not.toContain('invoices:read');
    const started = makeFamily(connection, { id: code.familyId });
    expect(await store().codes.redeem(code.digest, started, now)).toEqual({ outcome: 'expired' });
  });

  it('can start again after one was ended', async () => {
    const { accountId, clientId, grantId } = await connect(store());
    await store().grants.end(grantId, accountId, now);
    const again = makeAgreement({ accountId, clientId, scopes: ['openid'] });
    await store().grants.agree(again, undefined, now);
    expect(await store().grants.load(accountId, clientId)).toMatchObject({
      id: again.grantId,
      scopes: ['openid'],
    });
  });

  it('are listed for an account while they are active, by their newest use or refresh, page by page', async () => {
    const accountId = makeId('usr_');
    const grants = ['one', 'two', 'three'].map((clientId) =>
      makeAgreement({ accountId, clientId }),
    );
    for (const [index, agreement] of grants.entries())
      await store().grants.agree(agreement, undefined, now + index);
    const [oldest, middle, newest] = grants.map((agreement) => agreement.grantId);
    const family = makeFamily({ accountId, clientId: 'one', grantId: oldest ?? '' });
    await store().families.start(family);
    await store().families.rotate(makeRotation(family, 0), now + 50);

    const first = await store().grants.list(accountId, { limit: 2 });
    expect(first.items.map((grant) => [grant.id, grant.lastUsedAt])).toEqual([
      [oldest, now + 50],
      [newest, now + 2],
    ]);
    const rest = await store().grants.list(accountId, { limit: 2, after: first.next ?? '' });
    expect(rest.items.map((grant) => grant.id)).toEqual([middle]);
    expect(rest.next).toBeUndefined();
  });

  it('are stored as ended if their account or client was disabled just before, and no code of them is redeemed', async () => {
    const [account, client] = [makeAccount(), makeClient()];
    await Promise.all([store().accounts.add(account), store().clients.save(client)]);
    await Promise.all([
      store().accounts.disable(account.id, now),
      store().clients.disable(client.id, now),
    ]);
    for (const of of [
      { accountId: account.id, clientId: 'client-a' },
      { accountId: makeId('usr_'), clientId: client.id },
    ]) {
      const code = makeCode(of);
      const agreement = makeAgreement(of);
      await store().codes.issue({ code, agreement }, now);
      expect(await store().grants.load(of.accountId, of.clientId)).toBeUndefined();
      const family = makeFamily({ ...of, grantId: agreement.grantId }, { id: code.familyId });
      expect((await store().codes.redeem(code.digest, family, now)).outcome).toBe('expired');
      const { list, index } = await store().statuses.assign(agreement.grantId);
      expect(await store().statuses.ended(list, now, now)).toContain(index);
    }
  });

  describe('with details', () => {
    const part = (name: string, actions: readonly string[] = ['read']) => ({
      type: 'access',
      actions,
      buildings: [name],
    });
    const agreeing = (of: { accountId: string; clientId: string }, terms: ConsentTerms) =>
      store().grants.agree(makeAgreement({ ...of, scopes: ['a'], terms }), undefined, now);

    it('keep those that were agreed to and those that were left out, where the last answer counts', async () => {
      const of = { accountId: 'usr_a', clientId: 'details' };
      await agreeing(of, { authorizationDetails: [part('1'), part('2')] });
      await agreeing(of, { authorizationDetails: [part('3')], declinedDetails: [part('1')] });
      expect((await store().grants.load('usr_a', 'details'))?.terms).toEqual({
        authorizationDetails: [part('2'), part('3')],
        declinedDetails: [part('1')],
      });
    });

    it('take a detail that is left out later from their families, which keep the rest', async () => {
      const of = { accountId: makeId('usr_'), clientId: 'narrowed' };
      await agreeing(of, { authorizationDetails: [part('1', ['read', 'write']), part('2')] });
      const grantId = (await store().grants.load(of.accountId, of.clientId))?.id ?? '';
      const family = makeFamily(
        { ...of, grantId },
        { terms: { acr: 'x', authorizationDetails: [part('1', ['read', 'write']), part('2')] } },
      );
      const bare = makeFamily({ ...of, grantId }, { terms: { authorizationDetails: [part('1')] } });
      await Promise.all([store().families.start(family), store().families.start(bare)]);
      await agreeing(of, { authorizationDetails: [part('2')], declinedDetails: [part('1')] });
      expect((await store().families.load(family.id))?.terms).toEqual({
        acr: 'x',
        authorizationDetails: [part('2')],
      });
      expect(await store().families.load(bare.id)).not.toHaveProperty('terms');
    });

    it('void an earlier code when a scope and a detail are left out at once', async () => {
      const { accountId } = await connect(store());
      const { id: clientId } = makeClient();
      await store().clients.save(makeClient({ id: clientId }));
      const of = { accountId, clientId };
      const terms = { authorizationDetails: [part('1'), part('2')] };
      const agreement = makeAgreement({ ...of, scopes: ['a', 'b'], terms });
      const code = makeCode(of, { scopes: ['a', 'b'], terms });
      await store().codes.issue({ code, agreement }, now);
      const less = { authorizationDetails: [part('2')], declinedDetails: [part('1')] };
      const later = makeAgreement({ ...of, scopes: ['a'], declinedScopes: ['b'], terms: less });
      await store().grants.agree(later, undefined, now);
      const family = makeFamily({ ...of, grantId: agreement.grantId }, { id: code.familyId });
      expect((await store().codes.redeem(code.digest, family, now)).outcome).not.toBe('redeemed');
    });

    it('lose a single one once, by their own account, and their families lose it too', async () => {
      const of = { accountId: makeId('usr_'), clientId: 'withdrawn' };
      await agreeing(of, { authorizationDetails: [part('1'), part('2')] });
      const grantId = (await store().grants.load(of.accountId, of.clientId))?.id ?? '';
      const family = makeFamily(
        { ...of, grantId },
        { terms: { authorizationDetails: [part('1'), part('2')] } },
      );
      await store().families.start(family);
      expect(await store().grants.withdraw(grantId, 'usr_somebody_else', part('1'), now)).toBe(
        false,
      );
      expect(await store().grants.withdraw(grantId, of.accountId, part('1'), now)).toBe(true);
      expect(await store().grants.withdraw(grantId, of.accountId, part('1'), now)).toBe(false);
      expect((await store().grants.find(grantId))?.terms).toEqual({
        authorizationDetails: [part('2')],
      });
      expect((await store().families.load(family.id))?.terms).toEqual({
        authorizationDetails: [part('2')],
      });
    });

    it('lose two that are withdrawn at the same moment', async () => {
      const of = { accountId: makeId('usr_'), clientId: 'withdrawn-at-once' };
      const names = Array.from({ length: 8 }, (_, index) => part(String(index)));
      await agreeing(of, { authorizationDetails: names });
      const grantId = (await store().grants.load(of.accountId, of.clientId))?.id ?? '';
      const answers = await Promise.all(
        names.map((one) => store().grants.withdraw(grantId, of.accountId, one, now)),
      );
      expect(answers).not.toContain(false);
      expect(await store().grants.find(grantId)).not.toHaveProperty('terms');
    });

    it('give a code without an agreement only those of the active grant', async () => {
      const of = { accountId: makeId('usr_'), clientId: 'covered' };
      await agreeing(of, { authorizationDetails: [part('1', ['read', 'write'])] });
      const code = (...details: ReturnType<typeof part>[]) =>
        makeCode(of, { scopes: ['a'], audiences: [], terms: { authorizationDetails: details } });
      expect((await store().codes.issue({ code: code(part('1')) }, now)).outcome).toBe('issued');
      expect((await store().codes.issue({ code: code(part('2')) }, now)).outcome).toBe(
        'not-agreed',
      );
    });
  });

  describe('as a client asks for it (Grant Management §5.2)', () => {
    async function connected() {
      const connection = await connect(store());
      const family = makeFamily(connection);
      await store().families.start(family);
      return { connection, family };
    }

    it('are found by their id while they are active', async () => {
      const { connection } = await connected();
      expect(await store().grants.find(connection.grantId)).toMatchObject({
        clientId: connection.clientId,
      });
      await store().grants.end(connection.grantId, connection.accountId, now);
      expect(await store().grants.find(connection.grantId)).toBeUndefined();
    });

    it('are replaced by create with a fresh one, and the former one ends with its families', async () => {
      const { connection, family } = await connected();
      const agreement = makeAgreement({
        ...connection,
        scopes: ['z'],
        action: { action: 'create' },
      });
      const fresh = { ...agreement, grantId: makeId('grt_') };
      expect(await store().grants.agree(fresh, undefined, now)).toEqual({
        outcome: 'issued',
        grantId: fresh.grantId,
      });
      expect(await store().grants.find(connection.grantId)).toBeUndefined();
      expect(await store().families.isAlive(family.id)).toBe(false);
      expect((await store().grants.find(fresh.grantId))?.scopes).toEqual(['z']);
    });

    it.each(['replace', 'merge'] as const)(
      '%s keeps the id, and ends its earlier tokens',
      async (word) => {
        const { connection, family } = await connected();
        const before = await store().grants.find(connection.grantId);
        const action = { action: word, grantId: connection.grantId };
        const agreement = {
          ...makeAgreement({ ...connection, scopes: ['z'], action }),
          grantId: makeId('grt_'),
        };
        expect(await store().grants.agree(agreement, undefined, now)).toEqual({
          outcome: 'issued',
          grantId: connection.grantId,
        });
        expect(await store().families.isAlive(family.id)).toBe(false);
        expect((await store().grants.find(connection.grantId))?.scopes).toEqual(
          word === 'replace' ? ['z'] : [...(before?.scopes ?? []), 'z'],
        );
      },
    );

    it('do not change if the named one is no longer active, and the page can be answered again', async () => {
      const { connection, family } = await connected();
      const action = { action: 'replace', grantId: 'grt_of_before' } as const;
      const marker = page();
      const agreement = makeAgreement({ ...connection, scopes: ['z'], action });
      expect((await store().grants.agree(agreement, marker, now)).outcome).toBe('not-agreed');
      expect(await store().families.isAlive(family.id)).toBe(true);
      const { action: _, ...plain } = agreement;
      expect((await store().grants.agree(plain, marker, now)).outcome).toBe('issued');
    });
  });
});
