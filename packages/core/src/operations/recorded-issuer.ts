/**
 * The issuer of a database. All servers that share the database have this issuer, because clients
 * and APIs refuse the tokens of another one (OpenID Connect Discovery §4.3, RFC 9068 §4). It is not
 * secret and is stored as plain text.
 */
import { ConfigError } from '../model/errors.ts';
import type { Store } from '../model/ports.ts';
import { plainSealPrefix } from './reseal.ts';

const name = `${plainSealPrefix}issuer`;

type Seals = Pick<Store, 'seals'>;

/**
 * Records the issuer of a database if none is recorded. Does not write to an exported database.
 * @throws ConfigError if another issuer is recorded
 */
export async function settleIssuer(store: Seals, issuer: string, now: number): Promise<void> {
  let recorded = await loadIssuer(store);
  if (recorded === undefined) {
    await store.seals.add(name, issuer, now).catch(assertFrozen);
    // Another node may have been first.
    recorded = await loadIssuer(store);
  }
  if (recorded === undefined || recorded === issuer) return;
  throw new ConfigError([
    {
      path: 'issuer',
      message: `is ${issuer}, but this database belongs to ${recorded}. Give that issuer, or another database. To change the issuer on purpose, stop all nodes and run: keywright issuer change`,
    },
  ]);
}

/**
 * Records another issuer for a database, and returns the former one, if there was one. Changes no
 * token.
 * @throws ConfigError if somebody else changed it at the same time
 */
export async function changeIssuer(
  store: Seals,
  issuer: string,
  now: number,
): Promise<string | undefined> {
  const former = await loadIssuer(store);
  if (former === undefined) await store.seals.add(name, issuer, now);
  else if (former !== issuer)
    await store.seals.replace('seals', [{ key: name, former, sealed: issuer }]);
  await settleIssuer(store, issuer, now);
  return former;
}

async function loadIssuer({ seals }: Seals): Promise<string | undefined> {
  return (await seals.load()).get(name);
}

/**
 * If the store cannot write, two servers with different issuers could start, because neither is
 * recorded.
 */
function assertFrozen(error: Error & { readonly isFrozen?: boolean }): void {
  if (error.isFrozen !== true) throw error;
}
