/**
 * An audit on a database of its own, with a clock that tests move, and a way to change rows behind
 * the server's back.
 */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AuditStore } from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { openStore } from '@keywright/store';
import { writeInProcess } from '../../../../store/src/testing-parts/writer-in-process.ts';
import { createRecorder, type RecorderOptions } from '../recorder.ts';
import { readStoredAudit } from '../stored.ts';
import { verifyAudit, type VerifyOptions } from '../verification.ts';

export const start = Date.UTC(2026, 10, 24);

let empty: Promise<string> | undefined;

/** Its tables are made once for all tests of a file. */
async function makeEmpty(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-audit-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'empty.db');
  await (await openStore({ database: file })).close();
  return file;
}

export async function openAudited() {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-audit-'));
  const file = join(folder, 'store.db');
  empty ??= makeEmpty();
  copyFileSync(await empty, file);
  const store = await openStore({ database: file, writer: writeInProcess });
  const vault = createVault(randomBytes(32));
  const clock = { ms: start };
  const told: (readonly [string, Readonly<Record<string, unknown>>])[] = [];

  /** One process. */
  function record(over: Partial<RecorderOptions> = {}, audit: AuditStore = store.audit) {
    return createRecorder({
      store: audit,
      signer: vault,
      nowMs: () => clock.ms,
      process: { process: 'serve', host: 'a', pid: 1, retentionDays: 400 },
      onFault: ({ type, ...detail }) => told.push([type, detail]),
      ...over,
    });
  }

  /** A recorder that has recorded this number of sign-outs, and continues. */
  async function recordSome(count: number, name = 'usr') {
    const recorder = record();
    for (let n = 1; n <= count; n += 1) {
      clock.ms += 1000;
      recorder.record({ type: 'sign_out', accountId: `${name}_${n}` });
    }
    await recorder.flush();
    return recorder;
  }

  return {
    folder,
    file,
    store,
    vault,
    clock,
    told,
    record,
    recordSome,
    verify: (over: Partial<VerifyOptions> = {}) =>
      verifyAudit(readStoredAudit(store.audit), { signer: vault, nowMs: clock.ms, ...over }),
    /** The chain of an account's event. */
    chainOf: async (account: string) => {
      const { items } = await store.audit.list({ accounts: [account] });
      return items[0]?.chain ?? '';
    },
    ...behindItsBack(file),
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function behindItsBack(file: string) {
  return {
    /** As somebody who can write the database, and has not the key. */
    tamper: (sql: string, ...params: (string | number)[]) => {
      const database = new DatabaseSync(file);
      const { changes } = database.prepare(sql).run(...params);
      database.close();
      return Number(changes);
    },
    query: (sql: string, ...params: (string | number)[]) => {
      const database = new DatabaseSync(file);
      const rows = database.prepare(sql).all(...params) as Record<string, string | number | null>[];
      database.close();
      return rows;
    },
  };
}

export type Audited = Awaited<ReturnType<typeof openAudited>>;
