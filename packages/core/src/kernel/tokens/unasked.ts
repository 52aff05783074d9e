/**
 * Tokens for an account whose user is not asked: because of a password, or an assertion. The
 * account page shows what the client has, and the user can end it there.
 */
import type { Core } from '../core.ts';
import { mayUseGrant } from '../policy/tiers.ts';
import type { Account, Client, Family } from '../../model/entities.ts';
import { familyIdOf, idPrefixes, newId } from '../../model/token-id.ts';
import { makeFamily, makeRefreshToken } from './refresh-token.ts';
import type { RequestedAccess } from './requested-access.ts';
import type { TokenRequest } from './token-request.ts';
import type { TokenGrant } from './tokens.ts';

export interface UnaskedAccess {
  /** To be started, in the act that spends the credential if the store has it. */
  readonly family: Family;
  /** For `answerWithTokens`, after that. */
  readonly tokens: TokenGrant;
  /** For the event. */
  readonly facts: {
    readonly clientId: string;
    readonly accountId: string;
    readonly grantId: string;
    readonly familyId: string;
    readonly scopes: readonly string[];
  };
}

/**
 * Keeps the consent. `signedInAt` is undefined if nobody signed in: then no token says when, and
 * there is no refresh token, because a family must have a time, and a refresh says it.
 */
export async function agreeUnasked(
  core: Core,
  { client, confirmation, now }: TokenRequest,
  account: Account,
  { apis, audience, scopes }: RequestedAccess,
  signedInAt: number | undefined,
): Promise<UnaskedAccess> {
  const grantId = await keepConsent(core, account, client, scopes, audience, now);
  const handle = newId(core, '');
  const id = familyIdOf(handle);
  const refreshToken =
    signedInAt !== undefined && mayUseGrant(client, 'refresh_token')
      ? makeRefreshToken(core, handle)
      : undefined;
  const given = { client, scopes, confirmation };
  const family = makeFamily(
    core,
    {
      ...given,
      id,
      grantId,
      accountId: account.id,
      audiences: [audience],
      authenticatedAt: signedInAt ?? now,
    },
    refreshToken,
    now,
  );
  const signedIn = signedInAt === undefined ? {} : { authenticatedAt: signedInAt };
  return {
    family,
    tokens: {
      ...given,
      ...signedIn,
      subject: account.id,
      audience,
      apis,
      parent: id,
      refreshToken,
    },
    facts: { clientId: client.id, accountId: account.id, grantId, familyId: id, scopes },
  };
}

/** Returns the id of the consent. What the user agreed to before stays in it. */
async function keepConsent(
  core: Core,
  account: Account,
  client: Client,
  scopes: readonly string[],
  audience: string,
  now: number,
): Promise<string> {
  const agreement = {
    grantId: newId(core, idPrefixes.grant),
    accountId: account.id,
    clientId: client.id,
    scopes,
    declinedScopes: [],
    audiences: [audience],
  };
  const result = await core.store.grants.agree(agreement, undefined, now);
  if (result.outcome !== 'issued') throw new Error('an agreement without a marker was refused');
  return result.grantId;
}
