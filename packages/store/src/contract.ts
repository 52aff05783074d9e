/** The contract of the store is one suite, which runs on every engine: the tests beside the acts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@keywright/core';
import { afterAll, beforeAll, describe } from 'vitest';
import { openSqliteStore } from './engine-sqlite.ts';

export interface Opened {
  readonly store: Store;
  readonly close: () => Promise<void>;
}

export interface EngineUnderTest {
  readonly name: string;
  /** A new, empty store. */
  readonly open: () => Promise<Opened>;
}

/** The time of every act in the contract, unless a test moves on from it. */
export const now = 1_800_000_000;

const clock = { nowSeconds: () => now };

export const engines: readonly EngineUnderTest[] = [
  { name: 'SQLite in memory', open: openInMemory },
  { name: 'SQLite on a file, with its writer thread', open: openOnFile },
];

/** Describes acts on each engine. The tests of one description share a store, so each makes ids of its own. */
export function describeOnEveryEngine(acts: string, describeActs: (store: () => Store) => void): void {
  describe.each(engines)(`${acts}, $name`, ({ open }) => {
    let opened: Opened | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());
    describeActs(() => {
      if (opened === undefined) throw new Error('The store is not open yet.');
      return opened.store;
    });
  });
}

/** A folder for the files of one test; remove it when the store is closed. */
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
