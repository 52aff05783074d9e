/**
 * Where the operator demands two factors (`secondFactor`), and what an account can sign in with.
 * The demand is enforced wherever a user gives a client access, before anything is issued.
 */
import type { Core } from '../core.ts';
import { takesPasskeys } from '../passkeys/request.ts';
import { tierNameOf } from '../policy/tiers.ts';
import { anyAction } from '../../model/access.ts';
import type { Account, Client, Session } from '../../model/entities.ts';
import { hasTwoFactors } from './acr.ts';

/**
 * Whether this sign-in is too weak for what the operator demands for the client, the scopes, and
 * the groups of the account. The groups are read only if the demand has some.
 */
export async function lacksTwoFactors(
  core: Pick<Core, 'options' | 'store'>,
  client: Client,
  scopes: readonly string[],
  session: Pick<Session, 'terms' | 'accountId'>,
): Promise<boolean> {
  const { secondFactor } = core.options;
  if (secondFactor === undefined || hasTwoFactors(core, session)) return false;
  const tier = tierNameOf(client);
  return (
    (tier !== undefined && secondFactor.tiers.includes(tier)) ||
    secondFactor.clients.includes(client.id) ||
    scopes.some((scope) => secondFactor.scopes.includes(scope)) ||
    isDemandedOf(core, session.accountId)
  );
}

/**
 * Whether the operator demands two factors of this account, at every client: it is in one of the
 * groups, or in a group that is in one of them.
 */
export async function isDemandedOf(
  { options, store }: Pick<Core, 'options' | 'store'>,
  accountId: string,
): Promise<boolean> {
  const groups = options.secondFactor?.groups ?? [];
  if (groups.length === 0) return false;
  const subject = { type: 'user', id: accountId };
  const facts = await store.permissions.loadFacts(subject, anyAction, subject);
  // It is in so many groups that not all were read. One of them may be meant.
  if (facts.outcome === 'too-much') return true;
  return facts.groups.some(({ type, id }) =>
    groups.some((group) => group.type === type && group.id === id),
  );
}

/** What an account can sign in with at this server. */
export interface WaysIn {
  readonly hasPassword: boolean;
  readonly hasApp: boolean;
  readonly hasPasskey: boolean;
}

export async function loadWaysIn(core: Core, { id, passwordHash }: Account): Promise<WaysIn> {
  const [app, passkeys] = await Promise.all([
    core.store.secondFactors.load(id),
    takesPasskeys(core) ? core.store.passkeys.list(id) : [],
  ]);
  return {
    hasPassword: passwordHash !== '',
    hasApp: app !== undefined,
    hasPasskey: passkeys.length > 0,
  };
}
