import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  makeAccount,
  makeDeferred,
  makeDeferredAnswer,
  makeDelivery,
  enrol as enrolIn,
  makeEnrolment,
  makeId,
  makeSession,
} from '../testing-parts/samples.ts';

const strong = { amr: ['pwd', 'otp', 'mfa'] };

describeOnEveryEngine('second factors', (store) => {
  async function enrol() {
    const account = makeAccount();
    await store().accounts.add(account);
    const enrolment = makeEnrolment(account.id);
    expect(await enrolIn(store(), enrolment)).toBe(true);
    return { account, enrolment };
  }

  it('are returned as they were stored, with the number of recovery codes', async () => {
    const { account, enrolment } = await enrol();
    expect(await store().secondFactors.load(account.id)).toStrictEqual({
      ...enrolment.factor,
      recoveryCodesLeft: 10,
    });
    expect(await store().secondFactors.load('usr_unknown')).toBeUndefined();
  });

  it('are added once, also by fifty at once, and nothing of the others is stored', async () => {
    const account = makeAccount();
    await store().accounts.add(account);
    const all = Array.from({ length: 50 }, () => makeEnrolment(account.id));
    await store().sessions.start(makeSession(account.id, { digest: all[0]!.renewed.formerDigest }));
    const added = await Promise.all(all.map((one) => store().secondFactors.enrol(one, now)));
    expect(added.filter(Boolean)).toHaveLength(1);
    expect((await store().secondFactors.load(account.id))?.recoveryCodesLeft).toBe(10);
    const sessions = await Promise.all(
      all.map(({ renewed }) => store().sessions.load(renewed.session.digest, 900, now)),
    );
    expect(sessions.map((session) => session !== undefined)).toEqual(added);
  });

  it('void approved requests of devices and CIBA that were not redeemed, when they are added', async () => {
    const connection = await connect(store());
    const request = makeDeferred(connection);
    await store().deferred.add(request, now);
    await store().deferred.answer(makeDeferredAnswer(request.digest, connection), now);
    await enrolIn(store(), makeEnrolment(connection.accountId));
    expect((await store().deferred.load(request.digest))?.status).toBe('denied');
  });

  it('end every other session of the account when they are added', async () => {
    const account = makeAccount();
    await store().accounts.add(account);
    const [here, elsewhere] = [makeSession(account.id), makeSession(account.id)];
    await store().sessions.start(here);
    await store().sessions.start(elsewhere);
    const enrolment = makeEnrolment(account.id);
    const { session } = enrolment.renewed;
    const renewed = { session, formerDigest: here.digest };
    await store().secondFactors.enrol({ ...enrolment, renewed }, now);
    const found = await Promise.all(
      [here, elsewhere, session].map(({ digest }) => store().sessions.load(digest, 900, now)),
    );
    expect(found.map((one) => one?.session.id)).toEqual([undefined, undefined, session.id]);
  });

  it('are not added by a session that has ended, and no session starts', async () => {
    const account = makeAccount();
    await store().accounts.add(account);
    const enrolment = makeEnrolment(account.id);
    expect(await store().secondFactors.enrol(enrolment, now)).toBe(false);
    expect(await store().secondFactors.load(account.id)).toBeUndefined();
    const { digest } = enrolment.renewed.session;
    expect(await store().sessions.load(digest, 900, now)).toBeUndefined();
  });

  it('accept a step once, also from fifty at once, and none before it', async () => {
    const { account } = await enrol();
    const use = (step: number) => store().secondFactors.useStep(account.id, step);
    const used = await Promise.all(Array.from({ length: 50 }, () => use(101)));
    expect(used.filter(Boolean)).toHaveLength(1);
    expect([await use(100), await use(101), await use(102)]).toEqual([false, false, true]);
    expect(await store().secondFactors.useStep('usr_unknown', 500)).toBe(false);
  });

  it('accept a recovery code once, also from fifty at once, for its account only', async () => {
    const { account, enrolment } = await enrol();
    const [code = ''] = enrolment.recoveryCodes;
    const { account: other } = await enrol();
    expect(await store().secondFactors.useRecoveryCode(other.id, code, undefined)).toBeUndefined();
    const used = await Promise.all(
      Array.from({ length: 50 }, () =>
        store().secondFactors.useRecoveryCode(account.id, code, makeDelivery()),
      ),
    );
    expect(used.filter((left) => left !== undefined)).toEqual([9]);
  });

  it('replace their recovery codes, and the former ones are void', async () => {
    const { account, enrolment } = await enrol();
    const fresh = [makeId('recovery-'), makeId('recovery-')];
    const { secondFactors } = store();
    expect(await secondFactors.replaceRecoveryCodes(account.id, fresh, makeDelivery())).toBe(true);
    const [former = ''] = enrolment.recoveryCodes;
    expect(await secondFactors.useRecoveryCode(account.id, former, undefined)).toBeUndefined();
    expect(await secondFactors.useRecoveryCode(account.id, fresh[0] ?? '', undefined)).toBe(1);
    expect(await secondFactors.replaceRecoveryCodes('usr_unknown', fresh, undefined)).toBe(false);
  });

  it('are removed once, with their recovery codes', async () => {
    const { account, enrolment } = await enrol();
    const { secondFactors } = store();
    expect(await secondFactors.remove(account.id, makeDelivery())).toBe(true);
    expect(await secondFactors.remove(account.id, undefined)).toBe(false);
    expect(await secondFactors.load(account.id)).toBeUndefined();
    const [code = ''] = enrolment.recoveryCodes;
    expect(await secondFactors.useRecoveryCode(account.id, code, undefined)).toBeUndefined();
  });

  it('allow no session to start without them', async () => {
    const { account } = await enrol();
    const start = (terms: { readonly amr: readonly string[] } | undefined) => {
      const session = makeSession(account.id, terms === undefined ? {} : { terms });
      return store().sessions.start(session, undefined, account.passwordHash);
    };
    expect([await start(undefined), await start({ amr: ['pwd'] })]).toEqual([false, false]);
    expect(await start(strong)).toBe(true);
  });
});
