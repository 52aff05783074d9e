/** Two nodes on one database of each engine, whose answers can be lost on purpose. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeFolder, now } from './contract.ts';
import { openPostgresStore } from '../engine-postgres.ts';
import { openSqliteStore } from '../engine-sqlite.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { SqliteWriter } from '../sqlite-writer.ts';
import type { StartWriter } from '../writer-thread.ts';
import type { Crash, MachineParts } from './grant-machine.ts';
import { startProxy } from './proxy.ts';
import { makeSchema } from './shared-cluster.ts';

export interface CrashingNodes extends MachineParts {
  close(): Promise<void>;
}

const clock = { nowSeconds: () => now };

/**
 * A writer that crashes with its batch, before or after the commit. The next batch goes to another
 * writer.
 */
export async function openCrashingSqlite(): Promise<CrashingNodes> {
  const folder = makeFolder();
  const struck: (Crash['when'] | undefined)[] = [undefined, undefined];
  const startAt =
    (node: number): StartWriter =>
    (file, events) => {
      const writer = new SqliteWriter(() =>
        SqliteConnection.openForWriting({ file, busyTimeoutMs: 4000 }),
      );
      return {
        send: (calls) => {
          setImmediate(() => {
            const when = struck[node];
            const answers = when === 'before' ? undefined : writer.commit(calls);
            if (answers !== undefined && when === undefined) return events.onAnswers(answers);
            writer.close();
            events.onLost('killed by a test');
          });
        },
        close: async () => writer.close(),
      };
    };
  const open = (node: number) =>
    openSqliteStore({ file: join(folder.path, 'store.db'), clock, writer: startAt(node) });
  const stores = [await open(0), await open(1)] as const;
  return {
    stores,
    strike: ({ node, when }) => {
      struck[node] = when;
    },
    calm: () => struck.fill(undefined),
    close: async () => {
      await Promise.all(stores.map((store) => store.close()));
      folder.remove();
    },
  };
}

/** Each node has its own connection to the database, which is cut while it is in use. */
export async function openCrashingPostgres(): Promise<CrashingNodes> {
  const schema = await makeSchema();
  const { searchParams } = new URL(schema.address);
  const options = encodeURIComponent(searchParams.get('options') ?? '');
  const start = () => startProxy(searchParams.get('host') ?? '', () => {}, 'TCP');
  const ways = [await start(), await start()] as const;
  const open = (address: string) =>
    openPostgresStore({ address: `${address}&connections=3&options=${options}`, clock });
  const stores = [await open(ways[0].address), await open(ways[1].address)] as const;
  return {
    stores,
    strike: async ({ node, milliseconds }) => {
      if (milliseconds > 0) await wait(milliseconds);
      ways[node]?.setMode('reset');
      ways[node]?.setMode('pass');
    },
    close: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await Promise.all(ways.map((way) => way.close()));
      await schema.drop();
    },
  };
}
