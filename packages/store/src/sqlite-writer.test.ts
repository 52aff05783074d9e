import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from './testing-parts/contract.ts';
import { openSqliteStore } from './engine-sqlite.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { SqliteWriter } from './sqlite-writer.ts';

it('the writer opens the file again after a fault that may have broken the connection', async () => {
  const folder = makeFolder();
  const options = { file: join(folder.path, 'store.db'), busyTimeoutMs: 0 };
  await (await openSqliteStore(options)).close();
  // The first one represents a disk that is now mounted read-only.
  const connections = [
    SqliteConnection.openForReading(options),
    SqliteConnection.openForWriting(options),
  ];
  const writer = new SqliteWriter(() => connections.shift() as SqliteConnection);

  const refused = writer.commit([['probeWriting'], ['probeWriting']]);
  expect([...(refused.faults ?? [])].map(([place, fault]) => [place, fault.storage])).toEqual([
    [0, 'broken'],
    [1, 'broken'],
  ]);
  expect(writer.commit([['probeWriting']]).faults).toBeUndefined();
  writer.close();
  folder.remove();
});
