import type { Delivery } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import { makeDelivery, makeId } from '../testing-parts/samples.ts';

describeOnEveryEngine('deliveries', (store) => {
  const add = async (over: Partial<Delivery> = {}): Promise<Delivery> => {
    const delivery = makeDelivery(over);
    await store().deliveries.add(delivery);
    return delivery;
  };
  /** Takes all due deliveries, and answers those that the test has made. */
  const take = async (at: number, of: Delivery) =>
    (await store().deliveries.takeDue(at, 1000, 10)).find(({ id }) => id === of.id);

  it('are returned as they were stored, with the first attempt counted, and are due again after the pause', async () => {
    const delivery = await add({ headers: { authorization: 'Bearer x' }, body: '{"a":"ß"}' });
    expect(await take(now, delivery)).toStrictEqual({ ...delivery, attempts: 1, nextAt: now + 10 });
  });

  it('are not returned before their time, and not at their end', async () => {
    const delivery = await add({ nextAt: now + 5, expiresAt: now + 8 });
    expect(await take(now + 4, delivery)).toBeUndefined();
    expect(await take(now + 8, delivery)).toBeUndefined();
    expect(await take(now + 7, delivery)).toBeDefined();
  });

  it('get a pause that doubles each time, up to 64 times the first one', async () => {
    const delivery = await add({ expiresAt: now + 1_000_000 });
    const pauses: number[] = [];
    for (let at = now; pauses.length < 9; ) {
      const taken = await take(at, delivery);
      const next = taken?.nextAt ?? 0;
      pauses.push(next - at);
      expect(await take(next - 1, delivery)).toBeUndefined();
      at = next;
    }
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 640, 640, 640]);
  });

  it('are given to one node only, also when many nodes ask at once', async () => {
    const added = await Promise.all(Array.from({ length: 40 }, () => add()));
    const taken = await Promise.all(
      Array.from({ length: 8 }, () => store().deliveries.takeDue(now, 1000, 10)),
    );
    const ids = taken.flat().map(({ id }) => id);
    for (const { id } of added) expect(ids.filter((one) => one === id)).toHaveLength(1);
  });

  it('are returned in the requested number, those that are due longest first', async () => {
    const url = `https://${makeId('host')}.example/`;
    for (const seconds of [3, 1, 2]) await add({ url, nextAt: now - 100_000 + seconds });
    const taken = await store().deliveries.takeDue(now - 99_000, 2, 10);
    expect(taken.filter((one) => one.url === url)).toHaveLength(2);
    expect(taken.map(({ attempts }) => attempts)).toEqual([1, 1]);
    const [last] = await store().deliveries.takeDue(now - 99_995, 2, 10);
    expect(last?.url).toBe(url);
  });

  it('keep the first of two with one id, and are deleted when they are done', async () => {
    const delivery = await add({ expiresAt: now + 10_000 });
    await store().deliveries.add({ ...delivery, body: 'another' });
    expect((await take(now, delivery))?.body).toBe(delivery.body);
    await store().deliveries.done(delivery.id);
    await store().deliveries.done(delivery.id);
    expect(await take(now + 1000, { ...delivery })).toBeUndefined();
  });
});
