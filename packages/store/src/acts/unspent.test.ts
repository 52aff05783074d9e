import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  makeAgreement,
  makeCode,
  makeDeferred,
  makeDeferredAnswer,
  makeFamily,
  makeId,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('an agreement that was not redeemed yet', (store) => {
  const detail = { type: 'access', buildings: ['1'] };

  /**
   * Makes a code, an allowed request of a device, and a code of another client for the same
   * account.
   */
  async function agreed() {
    const of = { accountId: makeId('usr_'), clientId: makeId('client-') };
    const agreement = { ...makeAgreement(of), terms: { authorizationDetails: [detail] } };
    const code = makeCode(of, { expiresAt: now + 60 });
    await store().codes.issue({ code, agreement }, now);
    const request = makeDeferred(of);
    await store().deferred.add(request, now);
    await store().deferred.answer(makeDeferredAnswer(request.digest, of), now);
    const other = { ...of, clientId: makeId('client-') };
    const code2 = makeCode(other, { expiresAt: now + 60 });
    await store().codes.issue({ code: code2, agreement: makeAgreement(other) }, now);
    return { of, code, request, other, code2 };
  }

  it('is void when a part of it is taken back, and that of another client is not', async () => {
    const { of, code, request, other, code2 } = await agreed();
    const grant = await store().grants.load(of.accountId, of.clientId);
    expect(await store().grants.withdraw(grant?.id ?? '', of.accountId, detail, now)).toBe(true);
    const family = makeFamily({ ...of, grantId: grant?.id ?? '' }, { id: code.familyId });
    expect(await store().codes.redeem(code.digest, family, now)).toEqual({ outcome: 'expired' });
    expect((await store().deferred.poll(request.digest, 'device', of.clientId, now)).outcome).toBe(
      'denied',
    );
    const grant2 = await store().grants.load(other.accountId, other.clientId);
    const family2 = makeFamily({ ...other, grantId: grant2?.id ?? '' }, { id: code2.familyId });
    expect(await store().codes.redeem(code2.digest, family2, now)).toEqual({ outcome: 'redeemed' });
  });

  it('is void when another answer narrows the grant, except for the code of that answer', async () => {
    const { of, code, request } = await agreed();
    const second = makeDeferred(of);
    await store().deferred.add(second, now);
    const answer = makeDeferredAnswer(second.digest, of);
    const agreement = {
      ...answer.approval.agreement,
      scopes: ['openid'],
      declinedScopes: ['buildings:read'],
    };
    await store().deferred.answer({ ...answer, approval: { ...answer.approval, agreement } }, now);
    const poll = (digest: string) => store().deferred.poll(digest, 'device', of.clientId, now);
    expect((await poll(request.digest)).outcome).toBe('denied');
    expect((await poll(second.digest)).outcome).toBe('approved');
    expect(await store().codes.load(code.digest)).toBeUndefined();
  });

  it('stays spent as a code when it becomes void', async () => {
    const { of, code } = await agreed();
    const grant = await store().grants.load(of.accountId, of.clientId);
    const family = makeFamily({ ...of, grantId: grant?.id ?? '' }, { id: code.familyId });
    await store().codes.redeem(code.digest, family, now);
    await store().grants.withdraw(grant?.id ?? '', of.accountId, detail, now);
    expect((await store().codes.redeem(code.digest, family, now)).outcome).toBe('reused');
  });
});
