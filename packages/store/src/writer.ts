/**
 * The writer thread. It imports only what it needs, because the first write of the server waits for
 * it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type ConnectionOptions, SqliteConnection } from './sqlite-connection.ts';
import { type Call, SqliteWriter } from './sqlite-writer.ts';

const writer = new SqliteWriter(() =>
  SqliteConnection.openForWriting(workerData as ConnectionOptions),
);

parentPort?.on('message', (calls: readonly Call[] | 'close') => {
  if (calls === 'close') {
    writer.close();
    parentPort?.close();
    return;
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(writer.commit(calls));
});
