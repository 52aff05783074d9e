/**
 * Checking a password, throttled first. A try is taken from three buckets before it is made, so that parallel guesses
 * count one by one, and put back when it was right, so that only failures count:
 * - account and network: a person who mistypes waits a little;
 * - account alone: many networks guessing at one account are slowed, too;
 * - network alone: one network guessing at many accounts is slowed.
 * A browser that has signed in to the account before has an account bucket of its own: nobody else can fill it, so
 * guessing from elsewhere does not lock the person out.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError, throttled } from '../errors.ts';
import { waitElsewhere } from '../limits/elsewhere.ts';
import { createPlaces, type Places } from '../limits/places.ts';
import type { Account } from '../model.ts';
import type { Bucket } from '../ports.ts';
import { networkOf } from '../rules/network.ts';

export interface PasswordTry {
  readonly email: string;
  readonly password: string;
  readonly remoteAddress: string;
  /** A mark of this browser's, when it has signed in to this very account before. */
  readonly knownBrowser?: string;
}

/** What is told of the three buckets: the one that a person meets. */
const policy = { name: 'password', quota: 10, windowSeconds: 200 };
/** Checks that wait for the store or for being hashed, at once: they are slow, and leave room for all else. */
const mostAtOnce = 64;
const maxEmailLength = 320;
const maxPasswordLength = 1024;

export function createPasswordPlaces(): Places {
  return createPlaces(mostAtOnce, () => new OAuthError('overloaded', { retryAfterSeconds: 1 }));
}

/** The account, or undefined when address or password are wrong. Throws throttled or overloaded, with when to try again. */
export async function checkPassword(
  core: Core,
  attempt: PasswordTry,
  now: number,
): Promise<Account | undefined> {
  if (attempt.email.length > maxEmailLength || Array.from(attempt.password).length > maxPasswordLength)
    return undefined;
  return core.passwordPlaces.use(() => checkThrottled(core, attempt, now));
}

async function checkThrottled(core: Core, attempt: PasswordTry, now: number): Promise<Account | undefined> {
  const emailKey = core.accounts.emailKey(attempt.email);
  const buckets = bucketsOf(emailKey, attempt);
  const retryAfterSeconds = await core.store.throttles.take(buckets, now);
  if (retryAfterSeconds > 0)
    throw throttled(policy, retryAfterSeconds, { account: accountMark(core, emailKey) });
  const result = await waitElsewhere(
    core.elsewhere,
    core.accounts.verifyPassword(attempt.email, attempt.password),
  );
  if (result.outcome === 'wrong') {
    core.events.emit({
      type: 'password.wrong',
      account: accountMark(core, emailKey),
      network: networkOf(attempt.remoteAddress),
    });
    return undefined;
  }
  await core.store.throttles.giveBack(buckets, now);
  if (result.outcome === 'busy')
    throw new OAuthError('overloaded', { retryAfterSeconds: result.retryAfterSeconds });
  return result.account;
}

/** For the log: tells tries at one address from those at another, and cannot be guessed back to the address. */
export function accountMark({ vault }: Pick<Core, 'vault'>, emailKey: string): string {
  return vault.mac('account-mark', emailKey).slice(0, 22);
}

/** The keys are digests: the store keeps no list of addresses that were tried. */
function bucketsOf(emailKey: string, { remoteAddress, knownBrowser }: PasswordTry): readonly Bucket[] {
  const network = networkOf(remoteAddress);
  const account =
    knownBrowser === undefined
      ? { key: `account:${digest(emailKey)}`, intervalSeconds: 10, burst: 30 }
      : { key: `browser:${digest(`${emailKey} ${knownBrowser}`)}`, intervalSeconds: 10, burst: 30 };
  return [
    {
      key: `account-network:${digest(`${emailKey} ${network} ${knownBrowser ?? ''}`)}`,
      intervalSeconds: 20,
      burst: 10,
    },
    account,
    { key: `network:${digest(network)}`, intervalSeconds: 1, burst: 100 },
  ];
}
