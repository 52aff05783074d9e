/**
 * A process for migrate-killed.test.ts, which kills it: it opens a store, which migrates it, and
 * prints a line before and after.
 */
import { writeSync } from 'node:fs';
import { openStore } from '../open-store.ts';

const [database = ''] = process.argv.slice(2);
writeSync(1, 'begins\n');
const store = await openStore({ database });
writeSync(1, 'is up to date\n');
await store.close();
