import type { VerificationCode } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import { makeDelivery, makeId } from '../testing-parts/samples.ts';

function makeCode(over: Partial<VerificationCode> = {}): VerificationCode {
  return {
    id: makeId('vco_'),
    purpose: 'recovery',
    mac: makeId('mac-'),
    expiresAt: now + 600,
    ...over,
  };
}

const tryOf = ({ id, purpose, mac }: VerificationCode, macs: readonly string[] = [mac]) => ({
  id,
  purpose,
  macs,
  mostTries: 5,
});

const redeemed = { outcome: 'redeemed' };
const gone = { outcome: 'gone' };

describeOnEveryEngine('verification codes', (store) => {
  const add = async (over: Partial<VerificationCode> = {}) => {
    const code = makeCode(over);
    await store().verificationCodes.add(code, undefined);
    return code;
  };
  const redeem = (code: VerificationCode, macs?: readonly string[], at = now) =>
    store().verificationCodes.redeem(tryOf(code, macs), at);

  it('are redeemed once, by any of the MACs that are accepted', async () => {
    const code = await add();
    expect(await redeem(code, ['former', code.mac])).toEqual(redeemed);
    expect(await redeem(code)).toEqual(gone);
  });

  it('are redeemed once when fifty callers try at once', async () => {
    const code = await add();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => redeem(code)));
    expect(outcomes.filter(({ outcome }) => outcome === 'redeemed')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'gone')).toHaveLength(49);
  });

  it('count each wrong try, and are deleted after the fifth', async () => {
    const code = await add();
    for (const triesLeft of [4, 3, 2, 1, 0])
      expect(await redeem(code, ['wrong'])).toEqual({ outcome: 'wrong', triesLeft });
    expect(await redeem(code)).toEqual(gone);
  });

  it('count fifty tries at once one by one', async () => {
    const code = await add();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => redeem(code, ['wrong'])));
    const left = outcomes.flatMap((result) =>
      result.outcome === 'wrong' ? [result.triesLeft] : [],
    );
    expect(left).toHaveLength(5);
    expect(new Set(left)).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(await redeem(code)).toEqual(gone);
  });

  it('are not accepted after their end, for another purpose, or if they do not exist', async () => {
    const code = await add();
    expect(await redeem({ ...code, purpose: 'sign_up' })).toEqual(gone);
    expect(await redeem(code, [code.mac], code.expiresAt)).toEqual(gone);
    expect(await redeem(makeCode())).toEqual(gone);
    expect(await redeem(code, [code.mac], code.expiresAt - 1)).toEqual(redeemed);
  });

  it('are stored together with their mail, or not at all', async () => {
    const [code, mail] = [makeCode(), makeDelivery({ nextAt: now, expiresAt: now + 60 })];
    await store().verificationCodes.add(code, mail);
    const other = makeDelivery({ nextAt: now, expiresAt: now + 60 });
    await expect(store().verificationCodes.add(code, other)).rejects.toThrow();
    const due = await store().deliveries.takeDue(now, 100, 60);
    const ids = due.map(({ id }) => id);
    expect([ids.includes(mail.id), ids.includes(other.id)]).toEqual([true, false]);
  });

  it('are deleted some time after their end', async () => {
    const dead = await add({ expiresAt: now - 86_400 });
    const alive = await add();
    await store().prune(now, 1000);
    expect(await redeem(dead, ['wrong'], 0)).toEqual(gone);
    expect(await redeem(alive)).toEqual(redeemed);
  });
});
