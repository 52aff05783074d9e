import { statement } from '../act.ts';
import { frozenMessage, frozenState, isFrozenOnPostgres } from '../frozen.ts';
import { performRead } from '../postgres-transaction.ts';
import { inLongTransaction } from './postgres-session.ts';
import { countMigrations } from './source.ts';
import { describeTables } from './tables.ts';

const opening = 'BEGIN ISOLATION LEVEL READ COMMITTED';

const createRefusal = `CREATE OR REPLACE FUNCTION keywright_frozen() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${frozenState}', MESSAGE = '${frozenMessage}'; END $$`;

/** Waits for writes in progress. Later writes find the trigger. */
export function freezePostgres(address: string): Promise<void> {
  return inLongTransaction(address, {
    opening,
    repeats: true,
    work: async (session) => {
      const names = describeTables(await performRead(countMigrations(), session)).map(
        ({ name }) => name,
      );
      await session.run([
        statement(createRefusal),
        statement(`LOCK TABLE ${names.join(', ')} IN SHARE ROW EXCLUSIVE MODE`),
      ]);
      for (const name of names)
        await session.run([
          statement(`CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON ${name}
            FOR EACH ROW EXECUTE FUNCTION keywright_frozen()`),
        ]);
    },
  });
}

export function isPostgresFrozen(address: string): Promise<boolean> {
  return inLongTransaction(address, {
    opening: `${opening} READ ONLY`,
    work: (session) => performRead(isFrozenOnPostgres(), session),
  });
}

export function thawPostgres(address: string): Promise<void> {
  return inLongTransaction(address, {
    opening,
    repeats: true,
    work: async (session) => {
      // CASCADE drops the triggers too.
      await session.run([statement('DROP FUNCTION keywright_frozen() CASCADE')]);
    },
  });
}
