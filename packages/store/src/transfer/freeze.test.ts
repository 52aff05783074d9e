import { changeIssuer, settleIssuer, type Store } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isPostgresLeftOut, now } from '../testing-parts/contract.ts';
import { openStore } from '../open-store.ts';
import {
  makeClient,
  makeCode,
  makeFamily,
  makeRotation,
  makeSession,
  startFamily,
} from '../testing-parts/samples.ts';
import { StoreUnavailableError } from '../unavailable.ts';
import {
  keepInMemory,
  keys,
  load,
  makePlace,
  type Place,
  readAll,
} from './testing-parts/places.ts';
import { exportDatabase, freeze, isFrozen, unfreeze } from './transfer.ts';

describe.each(['SQLite', 'PostgreSQL'] as const)('on %s', (engine) => {
  describe.skipIf(engine === 'PostgreSQL' && isPostgresLeftOut)('a frozen database', () => {
    let place: Place;
    let store: Store;
    beforeEach(async () => {
      place = await makePlace(engine);
      store = await openStore({ database: place.database, clock: { nowSeconds: () => now } });
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    it('accepts no write of a store that was opened before, which can still read', async () => {
      const family = await startFamily(store);
      expect(await freeze(place.database)).toBe(true);
      const writes = [
        () => store.probe(),
        () => store.families.rotate(makeRotation(family, 0), now),
        () => store.families.end(family.id, now),
        () => store.clients.save(makeClient()),
        () => store.codes.issue({ code: makeCode(family) }, now),
        () => store.sessions.start(makeSession(family.accountId)),
        () => store.throttles.take([{ key: 'b', intervalSeconds: 60, burst: 1 }], now),
        () => store.leases.take('pruning', 'node', 60),
        // By then the family has ended long ago.
        () => store.prune(now + 10 * 365 * 86_400, 10),
      ];
      for (const write of writes) await expect(write()).rejects.toThrow(StoreUnavailableError);
      await expect(store.probe()).rejects.toThrow(/exported to be moved/);
      expect(await store.families.load(family.id)).toEqual(family);
      expect(await store.clients.load(family.clientId)).toBeDefined();
    });

    it('does not report something unknown as void, because the new database may have it', async () => {
      expect(await store.families.load('fam_unknown')).toBeUndefined();
      expect(await store.codes.load('unknown')).toBeUndefined();
      await freeze(place.database);
      await expect(store.families.load('fam_unknown')).rejects.toThrow(StoreUnavailableError);
      await expect(store.codes.load('unknown')).rejects.toThrow(StoreUnavailableError);
    });

    it('does not end a family because of an unknown token, and still answers an honest retry with the successor', async () => {
      const family = await startFamily(store);
      await store.families.rotate(makeRotation(family, 0), now);
      await freeze(place.database);
      await expect(store.families.rotate(makeRotation(family, 7), now)).rejects.toThrow(
        StoreUnavailableError,
      );
      expect((await store.families.load(family.id))?.endedAt).toBeUndefined();
      expect(await store.families.rotate(makeRotation(family, 0), now)).toEqual({
        outcome: 'replayed',
        sealedSuccessor: 'sealed.1',
      });
    });

    it('lets a server of any issuer start while none is recorded, and later only a server of the recorded issuer', async () => {
      await freeze(place.database);
      await settleIssuer(store, 'https://any.example', now);
      await expect(changeIssuer(store, 'https://any.example', now)).rejects.toThrow(
        /exported to be moved/,
      );
      await unfreeze(place.database);
      await settleIssuer(store, 'https://one.example', now);
      await freeze(place.database);
      await settleIssuer(store, 'https://one.example', now);
      await expect(settleIssuer(store, 'https://any.example', now)).rejects.toThrow(
        /https:\/\/one\.example/,
      );
    });

    it('accepts writes again when the move is given up', async () => {
      const family = await startFamily(store);
      await freeze(place.database);
      expect([await freeze(place.database), await isFrozen(place.database)]).toEqual([false, true]);
      expect([await unfreeze(place.database), await unfreeze(place.database)]).toEqual([
        true,
        false,
      ]);
      expect(await isFrozen(place.database)).toBe(false);
      expect((await store.families.rotate(makeRotation(family, 0), now)).outcome).toBe('rotated');
    });

    it('has everything that was acknowledged, and so has its copy, although writers never stop', async () => {
      const families = await Promise.all(Array.from({ length: 8 }, () => startFamily(store)));
      const acknowledged = new Map(families.map(({ id }) => [id, 0]));
      const isRefused = async (family: (typeof families)[0]): Promise<void> => {
        for (let token = 0; ; token++) {
          try {
            await store.families.rotate(makeRotation(family, token), now);
            acknowledged.set(family.id, token + 1);
          } catch (error) {
            expect(error).toBeInstanceOf(StoreUnavailableError);
            return;
          }
        }
      };
      const writers = families.map(isRefused);
      const { output, taken } = keepInMemory();
      await expect.poll(() => Math.min(...acknowledged.values())).toBeGreaterThan(2);
      await exportDatabase({ ...keys, database: place.database, output, now });
      await Promise.all(writers);
      const other = await makePlace('SQLite');
      await load(other.database, taken());
      expect(await readAll(other.database)).toEqual(await readAll(place.database));
      const moved = await openStore({ database: other.database });
      for (const [id, token] of acknowledged)
        expect((await moved.families.load(id))?.currentDigest).toBe(`${id}.${token}`);
      await moved.close();
      await other.remove();
    });

    it('is unfrozen again if the copy could not be stored', async () => {
      const family = makeFamily(await startFamily(store), { id: 'fam_after' });
      const output = {
        isSeenEarly: false,
        keep: () => Promise.reject(new Error('The disk is full.')),
      };
      await expect(
        exportDatabase({ ...keys, database: place.database, output, now }),
      ).rejects.toThrow('full');
      expect(await isFrozen(place.database)).toBe(false);
      await store.families.start(family);
    });

    it('stays frozen if a receiver may have the whole copy already', async () => {
      const { output, taken } = keepInMemory();
      const piped = {
        isSeenEarly: true,
        keep: async (archive: Parameters<typeof output.keep>[0]) => {
          await output.keep(archive);
          throw new Error('EPIPE');
        },
      };
      const exporting = exportDatabase({ ...keys, database: place.database, output: piped, now });
      await expect(exporting).rejects.toThrow('EPIPE');
      expect(taken().length).toBeGreaterThan(0);
      expect(await isFrozen(place.database)).toBe(true);
    });
  });
});
