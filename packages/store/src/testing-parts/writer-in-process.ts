/** A writer without a thread, for tests that open many stores and do not test the thread. */
import { SqliteConnection } from '../sqlite-connection.ts';
import { SqliteWriter } from '../sqlite-writer.ts';
import type { StartWriter } from '../writer-thread.ts';

export const writeInProcess: StartWriter = (file, events) => {
  const writer = new SqliteWriter(() =>
    SqliteConnection.openForWriting({ file, busyTimeoutMs: 4000 }),
  );
  return {
    // Not at once, because a thread also answers later.
    send: (calls) => void setImmediate(() => events.onAnswers(writer.commit(calls))),
    close: async () => writer.close(),
  };
};
