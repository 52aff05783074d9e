import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ActQueue } from './act-queue.ts';
import { makeFolder } from './testing-parts/contract.ts';
import { openSqliteStore } from './engine-sqlite.ts';
import type { Call } from './sqlite-writer.ts';
import { StoreUnavailableError } from './unavailable.ts';
import { WriterThread } from './writer-thread.ts';

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

async function startThread(
  send = (thread: WriterThread, calls: readonly Call[]) => thread.send(calls),
) {
  const file = join(folder.path, 'store.db');
  await (await openSqliteStore({ file })).close();
  const queue: ActQueue = new ActQueue((calls) => send(thread, calls), 100);
  const thread = new WriterThread(
    { file, busyTimeoutMs: 1000 },
    { onAnswers: (answers) => queue.settle(answers), onLost: (reason) => queue.lose(reason) },
  );
  return { queue, thread };
}

it('the writer refuses the acts of a thread that ended, and starts another one for later acts', async () => {
  let deadly = true;
  const { queue, thread } = await startThread((thread, calls) => {
    thread.send(deadly ? (undefined as unknown as readonly Call[]) : calls);
    deadly = false;
  });
  const lost = Promise.allSettled([queue.add(['probeWriting']), queue.add(['probeWriting'])]);
  for (const each of await lost)
    expect(each).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
  expect(await queue.add(['probeWriting'])).toBeUndefined();
  await thread.close();
});

it('the writer continues after a request that cannot be sent to a thread', async () => {
  const { queue, thread } = await startThread();
  await expect(queue.add(['endSession', () => 'a function'])).rejects.toThrow(
    /could not be cloned/,
  );
  expect(await queue.add(['probeWriting'])).toBeUndefined();
  await thread.close();
});
