/**
 * Where the operator demands two factors (`secondFactor`), and what an account can sign in with.
 * The demand is enforced wherever a user gives a client access, before anything is issued.
 */
import type { Core } from '../core.ts';
import { takesPasskeys } from '../passkeys/request.ts';
import { tierNameOf } from '../policy/tiers.ts';
import type { Account, Client, Session } from '../../model/entities.ts';
import { hasTwoFactors } from './acr.ts';

/** Whether this sign-in is too weak for what the operator demands for the client and the scopes. */
export function lacksTwoFactors(
  core: Pick<Core, 'options'>,
  client: Client,
  scopes: readonly string[],
  session: Pick<Session, 'terms'>,
): boolean {
  const { secondFactor } = core.options;
  if (secondFactor === undefined || hasTwoFactors(core, session)) return false;
  const tier = tierNameOf(client);
  return (
    (tier !== undefined && secondFactor.tiers.includes(tier)) ||
    secondFactor.clients.includes(client.id) ||
    scopes.some((scope) => secondFactor.scopes.includes(scope))
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
