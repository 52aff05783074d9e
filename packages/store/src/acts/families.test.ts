import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  connect,
  makeFamily,
  makeRotation,
  makeUse,
  startFamily,
} from '../testing-parts/samples.ts';

describeOnEveryEngine('families', (store) => {
  it('are returned with their state, and without a token if they have none', async () => {
    const { currentDigest: _, ...family } = makeFamily(await connect(store()));
    await store().families.start(family);
    expect(await store().families.load(family.id)).toStrictEqual(family);
    expect(await store().families.load('fam_unknown')).toBeUndefined();
  });

  it('spend the presented token and store its successor', async () => {
    const family = await startFamily(store());
    expect(await store().families.rotate(makeRotation(family, 0), now + 10)).toEqual({
      outcome: 'rotated',
    });
    expect(await store().families.load(family.id)).toStrictEqual({
      ...family,
      currentDigest: `${family.id}.1`,
      previousDigest: `${family.id}.0`,
      sealedSuccessor: 'sealed.1',
      rotatedAt: now + 10,
    });
  });

  it('move their idle end with each use, never past the absolute end', async () => {
    const family = await startFamily(store(), {
      expiresAt: now + 100,
      absoluteExpiresAt: now + 150,
    });
    await store().families.rotate(makeRotation(family, 0, { expiresAt: now + 120 }), now + 20);
    expect((await store().families.load(family.id))?.expiresAt).toBe(now + 120);
    await store().families.rotate(makeRotation(family, 1, { expiresAt: now + 999 }), now + 110);
    expect((await store().families.load(family.id))?.expiresAt).toBe(now + 150);
    expect(await store().families.rotate(makeRotation(family, 2), now + 150)).toEqual({
      outcome: 'ended',
    });
  });

  it('never start with an idle end after the absolute end', async () => {
    const family = await startFamily(store(), {
      expiresAt: now + 9000,
      absoluteExpiresAt: now + 150,
    });
    expect((await store().families.load(family.id))?.expiresAt).toBe(now + 150);
  });

  it('get one successor from twenty parallel uses of one token', async () => {
    const family = await startFamily(store());
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const own = {
          successorDigest: `${family.id}.1.${index}`,
          sealedSuccessor: `sealed.${index}`,
        };
        return store().families.rotate(makeRotation(family, 0, own), now);
      }),
    );
    expect(outcomes.filter((each) => each.outcome === 'rotated')).toHaveLength(1);
    const winner = outcomes.findIndex((each) => each.outcome === 'rotated');
    const replayed = outcomes.filter((each) => each.outcome === 'replayed');
    expect(replayed).toHaveLength(19);
    expect(new Set(replayed.map((each) => each.sealedSuccessor))).toEqual(
      new Set([`sealed.${winner}`]),
    );
    expect((await store().families.load(family.id))?.currentDigest).toBe(
      `${family.id}.1.${winner}`,
    );
  });

  it('accept an honest retry within the retry time, and treat it as theft after that', async () => {
    const family = await startFamily(store());
    await store().families.rotate(makeRotation(family, 0), now);
    expect(await store().families.rotate(makeRotation(family, 0), now + 30)).toEqual({
      outcome: 'replayed',
      sealedSuccessor: 'sealed.1',
    });
    expect(await store().families.rotate(makeRotation(family, 0), now + 31)).toEqual({
      outcome: 'reused',
    });
    expect(await store().families.rotate(makeRotation(family, 1), now + 31)).toEqual({
      outcome: 'ended',
    });
  });

  it('answer a retry until the successor is used, if this is requested, and no longer', async () => {
    const family = await startFamily(store());
    const open = { retrySeconds: 'until_used', expiresAt: now + 4000 } as const;
    await store().families.rotate(makeRotation(family, 0, open), now);
    for (const later of [now, now + 31, now + 3999])
      expect(await store().families.rotate(makeRotation(family, 0, open), later)).toEqual({
        outcome: 'replayed',
        sealedSuccessor: 'sealed.1',
      });
    await store().families.rotate(makeRotation(family, 1, open), now + 3999);
    expect(await store().families.rotate(makeRotation(family, 0, open), now + 3999)).toEqual({
      outcome: 'reused',
    });
  });

  it('treat any retry as theft if there is no retry time', async () => {
    const family = await startFamily(store());
    await store().families.rotate(makeRotation(family, 0), now);
    expect(
      await store().families.rotate(makeRotation(family, 0, { retrySeconds: 0 }), now),
    ).toEqual({
      outcome: 'reused',
    });
  });

  it('end when a token is presented whose successor was used', async () => {
    const family = await startFamily(store());
    await store().families.rotate(makeRotation(family, 0), now);
    await store().families.rotate(makeRotation(family, 1), now);
    expect(await store().families.rotate(makeRotation(family, 0), now)).toEqual({
      outcome: 'reused',
    });
    expect((await store().families.load(family.id))?.endedAt).toBe(now);
    expect(await store().families.rotate(makeRotation(family, 2), now)).toEqual({
      outcome: 'ended',
    });
  });

  it('answer a retry with ended after their end', async () => {
    const family = await startFamily(store());
    await store().families.rotate(makeRotation(family, 0), now);
    await store().families.end(family.id, now + 1);
    expect(await store().families.rotate(makeRotation(family, 0), now + 2)).toEqual({
      outcome: 'ended',
    });
  });

  it('do not change when another client presents a token (RFC 6749 §6)', async () => {
    const family = await startFamily(store());
    await store().families.rotate(makeRotation(family, 0), now);
    const before = await store().families.load(family.id);
    for (const from of [0, 1, 7]) {
      const foreign = makeRotation(family, from, { clientId: 'client-thief' });
      expect(await store().families.rotate(foreign, now)).toEqual({ outcome: 'ended' });
    }
    expect(await store().families.load(family.id)).toStrictEqual(before);
  });

  it('allow many uses of a token without rotation, and each use moves the idle end, never past the absolute one', async () => {
    const family = await startFamily(store(), {
      expiresAt: now + 100,
      absoluteExpiresAt: now + 150,
    });
    expect(await store().families.use(makeUse(family, 0, { expiresAt: now + 120 }), now + 20)).toBe(
      true,
    );
    expect(await store().families.load(family.id)).toStrictEqual({
      ...family,
      rotatedAt: now + 20,
      expiresAt: now + 120,
    });
    expect(
      await store().families.use(makeUse(family, 0, { expiresAt: now + 999 }), now + 110),
    ).toBe(true);
    expect((await store().families.load(family.id))?.expiresAt).toBe(now + 150);
    expect(await store().families.use(makeUse(family, 0), now + 150)).toBe(false);
  });

  it('allow twenty simultaneous uses of a token without rotation', async () => {
    const family = await startFamily(store());
    const uses = Array.from({ length: 20 }, () => store().families.use(makeUse(family, 0), now));
    expect(await Promise.all(uses)).toEqual(Array.from({ length: 20 }, () => true));
  });

  it('do not change by the use of another token, by another client, or after their end', async () => {
    const family = await startFamily(store());
    for (const use of [makeUse(family, 1), makeUse(family, 0, { clientId: 'client-thief' })])
      expect(await store().families.use(use, now + 1)).toBe(false);
    expect(await store().families.load(family.id)).toStrictEqual(family);
    await store().families.end(family.id, now + 1);
    expect(await store().families.use(makeUse(family, 0), now + 2)).toBe(false);
    const disabled = await startFamily(store());
    await store().clients.disable(disabled.clientId, now);
    expect(await store().families.use(makeUse(disabled, 0), now)).toBe(false);
  });

  it('give no successor for an earlier spent token after a use without rotation', async () => {
    const family = await startFamily(store());
    await store().families.rotate(makeRotation(family, 0), now);
    expect(await store().families.use(makeUse(family, 1), now + 1)).toBe(true);
    expect(await store().families.rotate(makeRotation(family, 0), now + 2)).toEqual({
      outcome: 'reused',
    });
    expect(await store().families.use(makeUse(family, 1), now + 3)).toBe(false);
  });

  it('keep their first end when they are ended twice', async () => {
    const family = await startFamily(store());
    await store().families.end(family.id, now + 1);
    await store().families.end(family.id, now + 2);
    expect((await store().families.load(family.id))?.endedAt).toBe(now + 1);
  });

  it('are stored as ended if their grant, account or client ended just before', async () => {
    const connections = [
      await connect(store()),
      await connect(store()),
      await connect(store()),
    ] as const;
    await store().grants.end(connections[0].grantId, connections[0].accountId, now);
    await store().accounts.disable(connections[1].accountId, now);
    await store().clients.disable(connections[2].clientId, now);
    for (const connection of connections) {
      const family = makeFamily(connection);
      await store().families.start(family);
      expect((await store().families.load(family.id))?.endedAt).toBe(now);
    }
  });
});
