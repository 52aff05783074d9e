import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { settleIssuer } from '@keywright/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isLong } from '../../jwt/src/testing-parts/series.ts';
import { makeFolder, now } from './testing-parts/contract.ts';
import { type SqliteStoreOptions, openSqliteStore } from './engine-sqlite.ts';
import {
  connect,
  makeFamily,
  makeRotation,
  makeSession,
  startFamily,
} from './testing-parts/samples.ts';
import { StoreUnavailableError } from './unavailable.ts';

const day = 86_400;

let folder: ReturnType<typeof makeFolder>;
let file: string;
beforeEach(() => {
  folder = makeFolder();
  file = join(folder.path, 'store.db');
});
afterEach(() => folder.remove());

const open = (over: Partial<SqliteStoreOptions> = {}) => openSqliteStore({ file, ...over });

it('the embedded store finds after a restart what it acknowledged before it was closed', async () => {
  const first = await open();
  const family = await startFamily(first);
  await first.close();
  const second = await open();
  expect(await second.families.load(family.id)).toStrictEqual(family);
  await second.close();
});

it('the embedded store leaves one file when it is closed, which only its owner may read', async () => {
  const store = await open();
  await store.probe();
  expect([file, `${file}-wal`, `${file}-shm`].map((each) => statSync(each).mode & 0o777)).toEqual([
    0o600, 0o600, 0o600,
  ]);
  await store.close();
  expect([existsSync(file), existsSync(`${file}-wal`)]).toEqual([true, false]);
});

it('the embedded store finishes earlier requests before it closes, and refuses later ones', async () => {
  const store = await open();
  const family = makeFamily(await connect(store));
  const started = store.families.start(family);
  const closed = store.close();
  await expect(store.probe()).rejects.toThrow(StoreUnavailableError);
  await Promise.all([started, closed, store.close()]);
  await expect(store.families.load(family.id)).rejects.toThrow(StoreUnavailableError);
  const again = await open();
  expect(await again.families.load(family.id)).toBeDefined();
  await again.close();
});

it('the embedded store shows one process what another one wrote, as soon as it was acknowledged', async () => {
  const [server, command] = [await open(), await open()];
  const family = await startFamily(command);
  expect(await server.families.load(family.id)).toStrictEqual(family);
  const outcomes = await Promise.all(
    [server, command].map((store) => store.families.rotate(makeRotation(family, 0), now)),
  );
  expect(outcomes.map((each) => each.outcome).toSorted()).toEqual(['replayed', 'rotated']);
  await Promise.all([server.close(), command.close()]);
});

it.each([':memory:', 'a file'])(
  'keeps the neighbours of an act that fails, and nothing of it, in %s',
  async (where) => {
    const store = await open(where === ':memory:' ? { file: where } : {});
    const taken = await startFamily(store);
    const families = Array.from({ length: 20 }, (_, index) =>
      makeFamily(
        taken,
        index % 7 === 3 ? { currentDigest: 'other' } : { id: `fam_neighbour_${index}` },
      ),
    );
    const settled = await Promise.allSettled(
      families.map((family) => store.families.start(family)),
    );
    for (const [index, family] of families.entries()) {
      expect(settled[index]?.status).toBe(family.id === taken.id ? 'rejected' : 'fulfilled');
      expect((await store.families.load(family.id))?.currentDigest).toBe(
        family.id === taken.id ? taken.currentDigest : family.currentDigest,
      );
    }
    await store.close();
  },
);

it('the embedded store distinguishes a mistake in an act from a file that cannot be written', async () => {
  const store = await open();
  const family = await startFamily(store);
  await expect(store.families.start(family)).rejects.not.toThrow(StoreUnavailableError);
  await store.close();
});

it('the embedded store refuses writes to a full file, still reads, and writes again when there is space', async () => {
  const store = await open({ maxPages: 130 });
  const family = await startFamily(store);
  const long = 'x'.repeat(2000);
  const fill = async () => {
    for (;;) await store.sessions.start(makeSession('usr_a', { id: long, expiresAt: now + 10 }));
  };
  await expect(fill()).rejects.toThrow(StoreUnavailableError);
  expect(await store.families.load(family.id)).toStrictEqual(family);
  expect(await store.prune(now + day, 1000)).toBeGreaterThan(10);
  await store.sessions.start(makeSession('usr_a', { id: long }));
  await store.close();
});

it('the embedded store accepts a smaller act that fits into a full file', async () => {
  const store = await open({ maxPages: 125 });
  const family = await startFamily(store);
  const huge = makeSession('usr_a', { id: 'x'.repeat(400_000) });
  const [filling, rotating] = await Promise.allSettled([
    store.sessions.start(huge),
    store.families.rotate(makeRotation(family, 0), now),
  ]);
  expect([filling.status, rotating.status]).toEqual(['rejected', 'fulfilled']);
  await store.close();
});

it('the embedded store refuses writes while another process locks the file for too long, and recovers', async () => {
  const store = await open({ busyTimeoutMs: 20 });
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const refused = await Promise.allSettled([
    store.probe(),
    store.probe(),
    store.sessions.end('x', now),
  ]);
  expect(
    refused.map(
      (each) => each.status === 'rejected' && each.reason instanceof StoreUnavailableError,
    ),
  ).toEqual([true, true, true]);
  other.exec('ROLLBACK');
  other.close();
  await store.probe();
  await store.close();
});

it('the embedded store lets no server start without a record of its issuer while another process locks the file', async () => {
  const store = await open({ busyTimeoutMs: 20 });
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  await expect(settleIssuer(store, 'https://one.example', now)).rejects.toThrow(
    StoreUnavailableError,
  );
  other.exec('ROLLBACK');
  other.close();
  await settleIssuer(store, 'https://one.example', now);
  await expect(settleIssuer(store, 'https://two.example', now)).rejects.toThrow(
    'https://one.example',
  );
  await store.close();
});

it('the embedded store lets no act wait twice for a locked file', async () => {
  const store = await open({ busyTimeoutMs: 1200 });
  await store.probe();
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const began = performance.now();
  const first = store.probe().catch(() => performance.now() - began);
  // After two turns of the event loop, the first batch is in progress.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const second = store.probe().catch(() => performance.now() - began);
  const once = await first;
  expect(once).toBeGreaterThan(1000);
  const both = await second;
  if (isLong) expect(both).toBeLessThan(1.8 * Number(once));
  other.exec('ROLLBACK');
  other.close();
  await store.probe();
  await store.close();
});

it('the embedded store refuses more acts than may wait, and accepts acts again when earlier ones are written', async () => {
  const store = await open({ maxPendingActs: 10 });
  const settled = await Promise.allSettled(Array.from({ length: 15 }, () => store.probe()));
  expect(settled.filter((each) => each.status === 'fulfilled')).toHaveLength(10);
  await store.probe();
  await store.close();
});

it('the embedded store cannot be opened without permission to write, and can be opened with it', async () => {
  const asNobody = process.getuid?.() === 0;
  await (await open()).close();
  chmodSync(file, 0o444);
  chmodSync(folder.path, 0o555);
  // A superuser may write everywhere, so the test changes its user for a moment.
  if (asNobody) process.seteuid?.(65_534);
  const opened = await Promise.allSettled([open()]);
  if (asNobody) process.seteuid?.(0);
  expect(opened).toMatchObject([{ status: 'rejected', reason: { name: 'StoreUnavailableError' } }]);
  chmodSync(folder.path, 0o755);
  chmodSync(file, 0o600);
  await (await open()).close();
});

it('the embedded store cannot be opened in a folder that does not exist', async () => {
  await expect(open({ file: join(folder.path, 'missing', 'store.db') })).rejects.toThrow(
    StoreUnavailableError,
  );
});

it('the embedded store cannot be opened on a file that is not a database, and does not change that file', async () => {
  writeFileSync(
    file,
    'not a database, but long enough to look like one to somebody in a hurry'.repeat(20),
  );
  await expect(open()).rejects.toThrow(StoreUnavailableError);
});
