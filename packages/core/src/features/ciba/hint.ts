/**
 * The user who is asked (CIBA §7.1): named by an address, or by an ID token that this client got
 * for them.
 */
import { digest } from '@keywright/jwt';
import { isPairwise } from '../../kernel/accounts/subject.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError, throttled } from '../../model/errors.ts';
import type { Parameters } from '../../kernel/http/parameters.ts';
import { readIdTokenHint } from '../../kernel/tokens/id-token-hint.ts';
import type { Account, Client } from '../../model/entities.ts';

const hints = ['login_hint', 'login_hint_token', 'id_token_hint'] as const;

/** Limits a client that guesses users. Only hints for unknown users count. */
const policy = { name: 'unknown-hint', quota: 20, windowSeconds: 600 };

/**
 * Throws parameter_missing or hint_twice unless there is exactly one hint; user_unknown; throttled.
 */
export async function loadHinted(
  core: Core,
  parameters: Parameters,
  client: Client,
  now: number,
): Promise<Account> {
  const given = hints.filter((hint) => parameters.get(hint) !== undefined);
  // §7.1: exactly one.
  if (given.length !== 1)
    throw new OAuthError(given.length === 0 ? 'parameter_missing' : 'parameter_malformed', {
      description: 'Send exactly one of login_hint and id_token_hint.',
    });
  if (given[0] === 'login_hint_token')
    throw new OAuthError('parameter_unsupported', {
      description: 'login_hint_token is not supported: use login_hint or id_token_hint.',
    });
  const bucket = { key: `unknown-hint:${digest(client.id)}`, intervalSeconds: 30, burst: 20 };
  const wait = await core.store.throttles.take([bucket], now);
  if (wait > 0) throw throttled(policy, wait, {});
  const account = await findHinted(core, parameters, client);
  // §13. A disabled user counts as unknown.
  if (account?.status !== 'active') throw new OAuthError('user_unknown');
  await core.store.throttles.giveBack([bucket], now);
  return account;
}

const longestAddress = 320;

async function findHinted(
  core: Core,
  parameters: Parameters,
  client: Client,
): Promise<Account | undefined> {
  const email = parameters.get('login_hint');
  if (email === undefined)
    return loadBySubject(core, parameters.get('id_token_hint') ?? '', client);
  if (email.length > longestAddress) return undefined;
  return core.store.accounts.loadByEmailKey(core.accounts.emailKey(email));
}

/** §7.1: an ID token of this server, for this client. It may have expired. */
async function loadBySubject(
  core: Core,
  idToken: string,
  client: Client,
): Promise<Account | undefined> {
  // The account of a pairwise subject cannot be found from it, on purpose.
  if (isPairwise(client))
    throw new OAuthError('parameter_unsupported', {
      description: 'id_token_hint is not supported with pairwise subjects: use login_hint.',
    });
  const hint = await readIdTokenHint(core, idToken, client);
  if (hint === undefined)
    throw new OAuthError('parameter_malformed', {
      description: 'id_token_hint is not an ID token that was issued to this client.',
    });
  return core.store.accounts.load(hint.subject);
}
