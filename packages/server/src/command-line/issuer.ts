/** `keywright issuer change`: gives the database the issuer of the configuration. */
import { randomUUID } from 'node:crypto';
import { changeIssuer, type Store } from '@keywright/core';
import { planMigrations } from '@keywright/store';
import { type GlobalOptions, readConfiguration, withStoreOf } from './context.ts';
import { CommandError, print, warn } from './output.ts';

export async function changeRecordedIssuer(global: GlobalOptions): Promise<void> {
  const configuration = await readConfiguration(global);
  await assertDatabase(configuration.database);
  return withStoreOf(configuration, async ({ store, now, events }) => {
    const { issuer } = configuration.options;
    if (await isServed(store))
      warn(
        'A server uses this database, or ended without a regular stop. Stop all nodes. If one was killed, start it and stop it again.',
      );
    const former = await changeIssuer(store, issuer, now);
    if (former === issuer) return print(`The issuer of this database is ${issuer} already.`);
    events.emit({ type: 'issuer.changed', former, issuer });
    return print(`The issuer of this database is now ${issuer}. Start every node with it.`);
  });
}

/**
 * Opening a missing database would create it, and the name is probably mistyped. The address may
 * contain a password.
 */
async function assertDatabase(database: string): Promise<void> {
  if ((await planMigrations(database)).schema > 0) return;
  throw new CommandError(
    'This is not a database of Keywright. Nothing was changed. See `database`.',
  );
}

/**
 * Each server takes this lease within seconds of its start. The lease lasts a little longer than
 * that.
 */
async function isServed({ leases }: Store): Promise<boolean> {
  const holder = randomUUID();
  if (!(await leases.take('prune', holder, 1))) return true;
  await leases.take('prune', holder, 0);
  return false;
}
