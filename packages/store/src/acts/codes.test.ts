import type { Agreement } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  makeAgreement,
  makeCode,
  makeFamily,
  makeId,
  makeRotation,
  makeSession,
} from '../testing-parts/samples.ts';

const page = () => ({ id: makeId('page-'), expiresAt: now + 600 });

describeOnEveryEngine('codes', (store) => {
  async function issue(over: Parameters<typeof makeCode>[1] = {}, agreed = false) {
    const connection = await connect(store());
    const code = makeCode(connection, over);
    const agreement = { ...makeAgreement(connection), scopes: code.scopes };
    await store().codes.issue({ code, ...(agreed ? { agreement } : {}) }, now);
    return { code, connection, family: makeFamily(connection, { id: code.familyId }) };
  }

  it('are returned as they were issued, with the active grant', async () => {
    const { code, connection } = await issue({ nonce: 'n-1', redirectUriSent: false });
    expect(await store().codes.load(code.digest)).toStrictEqual({
      ...code,
      grantId: connection.grantId,
    });
    expect(await store().codes.load('unknown')).toBeUndefined();
  });

  it('are stored with the agreement and the replay marker of the page in one act, once', async () => {
    const of = { accountId: makeId('usr_'), clientId: 'client-a' };
    const agreement = makeAgreement(of);
    const marker = page();
    const issues = [makeCode(of), makeCode(of)].map((code) => ({ code, agreement, marker }));
    const outcomes = await Promise.all(issues.map((each) => store().codes.issue(each, now)));
    expect(outcomes).toContainEqual({ outcome: 'issued', grantId: agreement.grantId });
    expect(outcomes).toContainEqual({ outcome: 'answered-before' });
    // The engine decides which of the two is the first.
    const second = outcomes.findIndex(({ outcome }) => outcome === 'answered-before');
    expect(await store().codes.load(issues[second]!.code.digest)).toBeUndefined();
    expect(await store().codes.load(issues[1 - second]!.code.digest)).toBeDefined();
  });

  it('are refused without an active grant that covers them, and nothing of the act is stored', async () => {
    const connection = await connect(store());
    const marker = page();
    const wider = makeCode(connection, { scopes: ['openid', 'buildings:write'] });
    const elsewhere = makeCode(connection, { audiences: ['https://other.example'] });
    const stranger = makeCode({ accountId: makeId('usr_'), clientId: connection.clientId });
    for (const code of [wider, elsewhere, stranger])
      expect(await store().codes.issue({ code, marker }, now)).toEqual({ outcome: 'not-agreed' });
    const agreement = makeAgreement({ ...connection, scopes: ['buildings:write'] });
    expect(await store().codes.issue({ code: wider, marker, agreement }, now)).toMatchObject({
      outcome: 'issued',
    });
  });

  it('are stored only if the grant is still as it was read', async () => {
    const { accountId, clientId, grantId } = await connect(store());
    const seen = await store().grants.load(accountId, clientId);
    const issue = async (scopes: readonly string[] = ['openid']) => {
      const code = makeCode({ accountId, clientId }, { scopes });
      const outcome = await store().codes.issue({ code, ...(seen ? { seen } : {}) }, now);
      expect(await store().codes.load(code.digest)).toStrictEqual(
        outcome.outcome === 'issued' ? { ...code, grantId: outcome.grantId } : undefined,
      );
      return outcome;
    };
    const agree = (over: Partial<Agreement>) =>
      store().grants.agree({ ...makeAgreement({ accountId, clientId }), ...over }, undefined, now);
    expect(await issue()).toEqual({ outcome: 'issued', grantId });
    expect(await issue(['openid', 'buildings:write'])).toEqual({ outcome: 'not-agreed' });
    await agree({ scopes: ['buildings:write'], declinedScopes: ['buildings:read'] });
    expect(await issue()).toEqual({ outcome: 'issued', grantId });
    expect(await issue(['openid', 'buildings:read'])).toEqual({ outcome: 'not-agreed' });
    await store().grants.end(grantId, accountId, now);
    expect(await issue()).toEqual({ outcome: 'not-agreed' });
    const anew = makeId('grt_');
    await agree({ grantId: anew });
    expect(await issue()).toEqual({ outcome: 'issued', grantId: anew });
  });

  it('are spent in the act that starts their family (RFC 6749 §4.1.2)', async () => {
    const { code, family } = await issue();
    expect(await store().codes.redeem(code.digest, family, now + 59)).toEqual({
      outcome: 'redeemed',
    });
    expect(await store().families.load(family.id)).toStrictEqual(family);
  });

  it('are redeemed once when they are presented fifty times in parallel, and their tokens end', async () => {
    const { code, family } = await issue();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => store().codes.redeem(code.digest, family, now)),
    );
    expect(outcomes.filter((each) => each.outcome === 'redeemed')).toHaveLength(1);
    expect(outcomes.filter((each) => each.outcome === 'reused')).toHaveLength(49);
    expect(await store().families.rotate(makeRotation(family, 0), now)).toEqual({
      outcome: 'ended',
    });
  });

  it('end their family when they are used again, also after they expired', async () => {
    const { code, family } = await issue();
    await store().codes.redeem(code.digest, family, now);
    expect(await store().codes.redeem(code.digest, family, now + 3600)).toEqual({
      outcome: 'reused',
      familyId: family.id,
    });
    expect((await store().families.load(family.id))?.endedAt).toBe(now + 3600);
  });

  it('are refused from their expiry on, and start nothing', async () => {
    const { code, family } = await issue();
    expect(await store().codes.redeem(code.digest, family, now + 60)).toEqual({
      outcome: 'expired',
    });
    expect(await store().codes.redeem('unknown', family, now)).toEqual({ outcome: 'expired' });
    expect(await store().families.load(family.id)).toBeUndefined();
  });

  it('are not changed when another client presents them', async () => {
    const { code, family } = await issue();
    const stolen = { ...family, clientId: 'client-thief' };
    expect(await store().codes.redeem(code.digest, stolen, now)).toEqual({ outcome: 'expired' });
    expect(await store().codes.redeem(code.digest, family, now)).toEqual({ outcome: 'redeemed' });
    expect(await store().codes.redeem(code.digest, stolen, now)).toEqual({ outcome: 'expired' });
    expect((await store().families.load(family.id))?.endedAt).toBeUndefined();
  });

  it('start no family but their own', async () => {
    const { code, family, connection } = await issue();
    await expect(store().codes.redeem(code.digest, makeFamily(connection), now)).rejects.toThrow(
      'family',
    );
    expect(await store().codes.redeem(code.digest, family, now)).toEqual({ outcome: 'redeemed' });
  });

  it('are refused if their account or client was disabled meanwhile', async () => {
    const [one, other] = [await issue(), await issue()];
    await store().accounts.disable(one.connection.accountId, now);
    await store().clients.disable(other.connection.clientId, now);
    for (const { code, family } of [one, other])
      expect(await store().codes.redeem(code.digest, family, now)).toEqual({ outcome: 'expired' });
  });

  it('are refused after their session was ended, except those with offline_access', async () => {
    const session = makeSession(makeId('usr_'));
    await store().sessions.start(session);
    const one = await issue({ sessionId: session.id });
    const whileAway = await issue(
      { sessionId: session.id, scopes: ['openid', 'offline_access'] },
      true,
    );
    const other = await issue({ sessionId: 'ses_elsewhere' });
    expect(await store().codes.load(one.code.digest)).toMatchObject({ sessionId: session.id });
    await store().sessions.end(session.digest, now);
    const redeemed = [one, whileAway, other].map(async ({ code, family }) => {
      return (await store().codes.redeem(code.digest, family, now + 1)).outcome;
    });
    expect(await Promise.all(redeemed)).toEqual(['expired', 'redeemed', 'redeemed']);
  });
});
