import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  makeClient,
  makeDeferred,
  makeDelivery,
  makeId,
  makeRotation,
  startFamily,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('a sealed value', (store) => {
  it('is stored by its name, and the first value stays', async () => {
    await Promise.all(['one', 'two'].map((value) => store().seals.add('name', value, now)));
    const kept = (await store().seals.load()).get('name');
    expect(['one', 'two']).toContain(kept);
    await store().seals.add('name', 'three', now);
    expect((await store().seals.load()).get('name')).toBe(kept);
  });

  it('is listed in the order of its keys, page by page, with what it is sealed to', async () => {
    const families = await Promise.all([1, 2, 3].map(() => startFamily(store())));
    for (const family of families) await store().families.rotate(makeRotation(family, 0), now + 7);
    const ids = families.map(({ id }) => id).sort();
    const before = ids[0]!.slice(0, -1);
    const { rows: first, next } = await store().seals.list('families', before, 2);
    expect(next).toBe(ids[1]);
    expect(first.map(({ key }) => key)).toEqual(ids.slice(0, 2));
    expect(first[0]).toEqual({ key: ids[0], value: 'sealed.1', about: `${ids[0]}.0`, at: now + 7 });
    const { rows: rest, next: end } = await store().seals.list('families', ids[1]!, 500);
    expect(end).toBeUndefined();
    expect(rest.map(({ key }) => key)).toContain(ids[2]);
    const unused = await startFamily(store());
    expect(
      (await store().seals.list('families', '', 500)).rows.map(({ key }) => key),
    ).not.toContain(unused.id);
  });

  it('is found in clients that sign with a secret, in requests with a ping, and in deliveries of pings', async () => {
    const secret = { id: 'sec_1', digest: 'd', createdAt: now };
    const [plain, signing] = [
      makeClient({ secrets: [secret] }),
      makeClient({ secrets: [{ ...secret, sealed: 's' }] }),
    ];
    for (const client of [plain, signing]) await store().clients.save(client);
    const request = makeDeferred({ clientId: signing.id }, { digest: makeId('deferred-') });
    const ask = { ...request.ask, sealedPing: 'sealed' };
    await store().deferred.add({ ...request, ask }, now);
    await store().deferred.add(makeDeferred({ clientId: signing.id }), now);
    const ping = { ...makeDelivery(), id: makeId('ping_'), kind: 'ciba-ping' as const };
    const mail = { ...makeDelivery(), id: makeId('mail_'), kind: 'mail' as const };
    for (const delivery of [ping, mail, makeDelivery()]) await store().deliveries.add(delivery);
    const keysOf = async (place: 'clients' | 'deferred_requests' | 'deliveries') =>
      (await store().seals.list(place, '', 500)).rows.map(({ key }) => key);
    expect(await keysOf('clients')).toContain(signing.id);
    expect(await keysOf('clients')).not.toContain(plain.id);
    expect(await keysOf('deferred_requests')).toEqual([request.digest]);
    expect(await keysOf('deliveries')).toEqual([mail.id, ping.id]);
  });

  it('is replaced only if it is still as it was read', async () => {
    const [still, moved] = [await startFamily(store()), await startFamily(store())];
    for (const family of [still, moved])
      await store().families.rotate(makeRotation(family, 0), now);
    await store().families.rotate(makeRotation(moved, 1), now);
    const rows = [still, moved].map(({ id: key }) => ({ key, former: 'sealed.1', sealed: 'anew' }));
    expect(await store().seals.replace('families', rows)).toBe(1);
    expect((await store().families.load(still.id))?.sealedSuccessor).toBe('anew');
    expect((await store().families.load(moved.id))?.sealedSuccessor).toBe('sealed.2');
    const gone = [{ key: still.id, former: 'anew', sealed: undefined }];
    expect(await store().seals.replace('families', gone)).toBe(1);
    expect(await store().families.load(still.id)).not.toHaveProperty('sealedSuccessor');
  });
});
