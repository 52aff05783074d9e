/**
 * A process to be killed, for migrate-killed.test.ts: opens a store, which brings it up to date,
 * and says so before and after.
 */
import { writeSync } from 'node:fs';
import { openStore } from '../open-store.ts';

const [database = ''] = process.argv.slice(2);
writeSync(1, 'begins\n');
const store = await openStore({ database });
writeSync(1, 'is up to date\n');
await store.close();
