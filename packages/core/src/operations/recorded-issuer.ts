/**
 * The issuer that a database belongs to. All servers that share the database have this one: clients
 * and APIs that know it refuse the tokens of another (OpenID Connect Discovery §4.3, RFC 9068 §4).
 * It is no secret, and is kept as it is.
 */
import { ConfigError } from '../model/errors.ts';
import type { Store } from '../model/ports.ts';
import { plainSealPrefix } from './reseal.ts';

const name = `${plainSealPrefix}issuer`;

type Seals = Pick<Store, 'seals'>;

/**
 * Records the issuer where none is recorded. Throws ConfigError where another one is, and
 * what the store throws where it cannot write. One that was exported may go without a record.
 */
export async function settleIssuer(store: Seals, issuer: string, now: number): Promise<void> {
  let recorded = await loadIssuer(store);
  if (recorded === undefined) {
    await store.seals.add(name, issuer, now).catch(assertFrozen);
    // Another node may have come first.
    recorded = await loadIssuer(store);
  }
  if (recorded === undefined || recorded === issuer) return;
  throw new ConfigError([
    {
      path: 'issuer',
      message: `is ${issuer}, but this database is that of ${recorded}: give that one, or another database. To change it on purpose, stop all nodes and run: keywright issuer change`,
    },
  ]);
}

/**
 * Answers the former issuer, if there was one. Throws ConfigError where somebody else changed it at the
 * same moment.
 */
export async function changeIssuer(store: Seals, issuer: string, now: number): Promise<string | undefined> {
  const former = await loadIssuer(store);
  if (former === undefined) await store.seals.add(name, issuer, now);
  else if (former !== issuer) await store.seals.replace('seals', [{ key: name, former, sealed: issuer }]);
  await settleIssuer(store, issuer, now);
  return former;
}

async function loadIssuer({ seals }: Seals): Promise<string | undefined> {
  return (await seals.load()).get(name);
}

/** A store that cannot write for the moment would let two issuers start: none of them is recorded. */
function assertFrozen(error: Error & { readonly isFrozen?: boolean }): void {
  if (error.isFrozen !== true) throw error;
}
