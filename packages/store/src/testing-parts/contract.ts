/**
 * The contract of the store is one suite, which runs on every engine: the tests beside the acts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@keywright/core';
import { afterAll, beforeAll, describe } from 'vitest';
import { openPostgresStore } from '../engine-postgres.ts';
import { openSqliteStore } from '../engine-sqlite.ts';
import { findPostgres, isPostgresRequired } from './postgres-programs.ts';
import { makeSchema } from './shared-cluster.ts';

export interface Opened {
  readonly store: Store;
  readonly close: () => Promise<void>;
}

export interface EngineUnderTest {
  readonly name: 'SQLite in memory' | 'SQLite on a file, with its writer thread' | 'PostgreSQL';
  /** A new, empty store. */
  readonly open: () => Promise<Opened>;
  readonly isLeftOut: boolean;
}

/** The time of every act in the contract, unless a test moves it. */
export const now = 1_800_000_000;

const clock = { nowSeconds: () => now };

/** Without PostgreSQL on this machine, its tests are skipped. On a build machine they fail. */
export const isPostgresLeftOut = findPostgres() === undefined && !isPostgresRequired();

const everyEngine: readonly EngineUnderTest[] = [
  { name: 'SQLite in memory', open: openInMemory, isLeftOut: false },
  { name: 'SQLite on a file, with its writer thread', open: openOnFile, isLeftOut: false },
  { name: 'PostgreSQL', open: openOnPostgres, isLeftOut: isPostgresLeftOut },
];

export const engines = everyEngine.filter((engine) => !engine.isLeftOut);

/**
 * Describes acts on each engine, and passes its name. The tests of one description share a store,
 * so each makes its own ids.
 */
export function describeOnEveryEngine(
  acts: string,
  describeActs: (store: () => Store, engine: EngineUnderTest['name']) => void,
): void {
  for (const { name, open, isLeftOut } of everyEngine)
    describe.skipIf(isLeftOut)(`${acts}, ${name}`, () => {
      let opened: Opened | undefined;
      beforeAll(async () => {
        opened = await open();
      });
      afterAll(() => opened?.close());
      describeActs(() => {
        if (opened === undefined) throw new Error('The store is not open yet.');
        return opened.store;
      }, name);
    });
}

/** A folder for the files of one test. Remove it when the store is closed. */
export function makeFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'keywright-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

async function openInMemory(): Promise<Opened> {
  const store = await openSqliteStore({ file: ':memory:', clock });
  return { store, close: () => store.close() };
}

async function openOnFile(): Promise<Opened> {
  const folder = makeFolder();
  const store = await openSqliteStore({ file: join(folder.path, 'store.db'), clock });
  return {
    store,
    close: async () => {
      await store.close();
      folder.remove();
    },
  };
}

async function openOnPostgres(): Promise<Opened> {
  const schema = await makeSchema();
  // The contract requests a thousand acts at once, on a machine that also runs other tests.
  const store = await openPostgresStore({ address: schema.address, clock, timeoutMs: 20_000 });
  return {
    store,
    close: async () => {
      await store.close();
      await schema.drop();
    },
  };
}
