import { join } from 'node:path';
import type { Store } from '@keywright/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isLong } from '../../jwt/src/testing-parts/series.ts';
import { makeFolder } from './testing-parts/contract.ts';
import { openSqliteStore } from './engine-sqlite.ts';
import { connect, makeApi, makeFamily, makeRotation } from './testing-parts/samples.ts';
import { SharedWriter } from './shared-writer.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import type { Call } from './sqlite-writer.ts';
import { StoreUnavailableError } from './unavailable.ts';
import { type StartWriter, WriterThread } from './writer-thread.ts';

let folder: ReturnType<typeof makeFolder>;
let file: string;
let writer: SharedWriter;
beforeEach(async () => {
  folder = makeFolder();
  file = join(folder.path, 'store.db');
  await (await openSqliteStore({ file })).close();
  writer = new SharedWriter(file);
});
afterEach(async () => {
  await writer.close();
  folder.remove();
});

/** The writer of another process, without the channel between the processes. */
const sending: StartWriter = (_, { onAnswers, onLost }) => ({
  send: (calls) =>
    void writer.write(calls).then(onAnswers, (error: Error) => onLost(error.message)),
  close: async () => undefined,
});

async function withStores(
  count: number,
  work: (stores: readonly Store[]) => Promise<void>,
): Promise<void> {
  const stores = await Promise.all(
    Array.from({ length: count }, () => openSqliteStore({ file, writer: sending })),
  );
  await work(stores);
  await Promise.all(stores.map((store) => store.close()));
}

const probe: Call = ['probeWriting'];
/** Breaks a constraint of its table. */
const impossible: Call = ['saveApi', { ...makeApi(), name: null }];

it('the shared writer answers each store with the results of its own acts, in any combination', async () => {
  await withStores(3, async (stores) => {
    const saved = await Promise.all(
      stores.flatMap((store) => Array.from({ length: 40 }, () => store.apis.save(makeApi()))),
    );
    expect(saved).toHaveLength(120);
    expect(await stores[0]?.apis.list()).toHaveLength(120);
  });
});

it('the shared writer lets one of several stores spend a token', async () => {
  await withStores(3, async (stores) => {
    const [first] = stores as [Store, ...Store[]];
    const family = makeFamily(await connect(first));
    await first.families.start(family);
    const attempts = Array.from({ length: 30 }, (_, index) =>
      (stores[index % 3] as Store).families.rotate(
        makeRotation(family, 0, { successorDigest: `successor ${index}` }),
        family.createdAt,
      ),
    );
    const outcomes = (await Promise.all(attempts)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'rotated')).toHaveLength(1);
  });
});

it('the shared writer distinguishes a faulty act from acts of other batches', async () => {
  const [one, faulty, other] = await Promise.all([
    writer.write([probe]),
    writer.write([probe, impossible, probe]),
    writer.write([probe, probe]),
  ]);
  expect(one).toEqual({ values: [undefined] });
  expect([...(faulty.faults?.keys() ?? [])]).toEqual([1]);
  expect(other).toEqual({ values: [undefined, undefined] });
});

it('the shared writer reports acts in progress as unknown when its thread ends, and continues with waiting acts', async () => {
  let isDeadly = true;
  const mortal = new SharedWriter(file, (name, events) => {
    const thread = new WriterThread({ file: name, busyTimeoutMs: 1000 }, events);
    const send = (calls: readonly Call[]) => {
      // A value that is no list of calls ends the thread.
      thread.send(isDeadly ? (undefined as unknown as readonly Call[]) : calls);
      isDeadly = false;
    };
    return { send, close: () => thread.close() };
  });
  const lost = mortal.write([probe]);
  const waiting = mortal.write([probe]);
  await expect(lost).rejects.toBeInstanceOf(StoreUnavailableError);
  expect(await waiting).toEqual({ values: [undefined] });
  await mortal.close();
});

it('the shared writer continues when no thread could be started for a batch', async () => {
  let failures = 2;
  const starved = new SharedWriter(file, (_, { onAnswers }) => ({
    send: (calls) => {
      if ((failures -= 1) >= 0) throw new Error('no more threads');
      queueMicrotask(() => onAnswers({ values: calls.map(() => undefined) }));
    },
    close: async () => undefined,
  }));
  await expect(starved.write([probe])).rejects.toBeInstanceOf(StoreUnavailableError);
  await expect(starved.write([probe])).rejects.toThrow('no more threads');
  expect(await starved.write([probe])).toEqual({ values: [undefined] });
});

it('the shared writer lets no batch wait twice for a file that another process has locked', async () => {
  const patient = new SharedWriter(
    file,
    (name, events) => new WriterThread({ file: name, busyTimeoutMs: 1000 }, events),
  );
  // Starts the thread.
  await patient.write([probe]);
  const holder = SqliteConnection.openForWriting({ file, busyTimeoutMs: 0 });
  holder.execute({ sql: 'BEGIN IMMEDIATE', params: [] });
  const begun = performance.now();
  await patient.write([probe]);
  const once = performance.now() - begun;
  const answers = await Promise.all([patient.write([probe]), patient.write([probe, probe])]);
  const took = performance.now() - begun - once;
  holder.execute({ sql: 'ROLLBACK', params: [] });
  holder.close();
  expect(
    answers.map(({ faults }) => [...(faults?.values() ?? [])].map(({ storage }) => storage)),
  ).toEqual([['busy'], ['busy', 'busy']]);
  if (isLong) expect(took).toBeLessThan(1.8 * once);
  expect(await patient.write([probe])).toEqual({ values: [undefined] });
  await patient.close();
});
