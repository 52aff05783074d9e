/** All things that the store keeps, and what is derived from this list. */
import type { Store } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { type Keeps, type Kept, oneByOne, type Pruning, single, type Verb } from '../kept.ts';
import type { Migration } from '../migration.ts';
import type { Operation, Written } from '../operation.ts';
import { accessTokens } from './access-tokens.ts';
import { accounts } from './accounts.ts';
import { apiKeys } from './api-keys.ts';
import { apis } from './apis.ts';
import { audit } from './audit.ts';
import { claims } from './claims.ts';
import { clients } from './clients.ts';
import { codes } from './codes.ts';
import { deferred } from './deferred.ts';
import { deliveries } from './deliveries.ts';
import { families } from './families.ts';
import { formerEmails } from './former-emails.ts';
import { grants } from './grants.ts';
import { invitations } from './invitations.ts';
import { keys } from './keys.ts';
import { leases } from './leases.ts';
import { logouts } from './logouts.ts';
import { passkeys } from './passkeys.ts';
import { permissions } from './permissions.ts';
import { pushedRequests } from './pushed-requests.ts';
import { seals } from './seals.ts';
import { secondFactors } from './second-factors.ts';
import { sessions } from './sessions.ts';
import { statuses } from './statuses.ts';
import { throttles } from './throttles.ts';
import { verificationCodes } from './verification-codes.ts';

/** The members of the store that hold the verbs of one thing each. */
export type Things = Omit<Store, 'prune' | 'probe' | 'close'>;

/**
 * Pruned in this order. Families come before grants, because pruning a family carries over its last
 * use to its grant.
 */
export const kept: { readonly [N in keyof Things]: Kept<Things[N]> } = {
  codes,
  claims,
  sessions,
  throttles,
  families,
  grants,
  keys,
  apiKeys,
  clients,
  pushedRequests,
  deferred,
  accessTokens,
  logouts,
  deliveries,
  verificationCodes,
  invitations,
  formerEmails,
  secondFactors,
  accounts,
  passkeys,
  apis,
  seals,
  permissions,
  statuses,
  audit,
  leases,
};

/** Any thing of the list. */
export interface Thing {
  readonly tables: Readonly<Record<string, Pruning | Keeps>>;
  readonly verbs: Readonly<Record<string, Verb<unknown>>>;
  readonly migrations?: readonly Migration[];
}
const things: readonly Thing[] = Object.values(kept);

/** The pruning rule of every table. */
export const tables: ReadonlyMap<string, Pruning | Keeps> = new Map(
  things.flatMap((thing) => Object.entries(thing.tables)),
);

/** The tables from which dead rows are deleted. */
export const prunedTables: readonly string[] = [...tables]
  .filter(([, rule]) => typeof rule === 'function')
  .map(([table]) => table);

export const migrationsOfThings: readonly Migration[] = things.flatMap(
  ({ migrations = [] }) => migrations,
);

/** One act for each table, so that the acts of requests run in between. */
function* pruneTable(table: string, now: number, limit: number): Act<number> {
  const rule = tables.get(table);
  return typeof rule === 'function' ? yield* rule(now, limit) : 0;
}

/** Writes a value that is already there. The write reaches the disk and changes nothing. */
function* probeWriting(): Act<void> {
  yield statement('UPDATE migrations SET applied_at = applied_at WHERE version = 1');
}

/** Acts on the whole store. */
export const wholeStore = {
  prune: oneByOne({ pruneTable }),
  probe: single({ probeWriting }),
};

const verbs = [wholeStore, ...things.map((thing) => thing.verbs)].flatMap((each) =>
  Object.values(each),
);

/** Acts by name. Only the name is sent to the writer. */
export const writtenActs: ReadonlyMap<string, Written> = byName(
  verbs.flatMap(({ written }) => written),
);
export const reads: ReadonlyMap<string, Operation> = byName(verbs.flatMap(({ read }) => read));

/** Throws if two acts have one name. */
function byName<O extends Operation>(operations: readonly O[]): ReadonlyMap<string, O> {
  const named = new Map<string, O>();
  for (const operation of operations) {
    const { name, act } = operation;
    if ((named.get(name)?.act ?? act) !== act) throw new Error(`Two acts are named ${name}.`);
    named.set(name, operation);
  }
  return named;
}
