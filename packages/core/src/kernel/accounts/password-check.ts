/**
 * Checking a password, throttled first. A try is taken from its buckets before it is made, so that parallel guesses count one by one, and put
 * back when it was right, so that only failures count:
 * - account and network: a person who mistypes waits a little, and is refused while they must;
 * - network alone: one network guessing at many accounts is slowed, and refused;
 * - account alone: many networks guessing at one account are slowed. Nobody is refused for it: strangers could keep the person out. Those who
 *   come when its free tries are used up wait in line for one (kernel/limits/turns.ts), and where the fewest tries came from goes first.
 * A browser or device that has signed in to the account before is counted by itself: nobody else can fill its bucket.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError, throttled } from '../../model/errors.ts';
import { waitElsewhere } from '../limits/elsewhere.ts';
import { createPlaces } from '../limits/places.ts';
import { createTurns } from '../limits/turns.ts';
import type { Account } from '../../model/entities.ts';
import type { Bucket, Ports } from '../../model/ports.ts';
import { networkOf, networksAround } from '../../rules/network.ts';
import type { Asking } from './end-user-address.ts';
import type { Places, PasswordTurns } from '../../model/services.ts';
import type { Taken } from '../../model/limit-ports.ts';

export interface PasswordTry {
  readonly email: string;
  readonly password: string;
  readonly asking: Asking;
  /** A mark of this browser's or device's, when it has signed in to this very account before. */
  readonly knownBrowser?: string;
}

/** What is told of the buckets: the one that a person meets. */
const policy = { name: 'password', quota: 10, windowSeconds: 200 };
/** Checks that wait for the store or for being hashed, at once: they are slow, and leave room for all else. */
const mostAtOnce = 64;
const maxEmailLength = 320;
const maxPasswordLength = 1024;

/** Below the time after which proxies give a request up. */
const mostSecondsInLine = 30;

export function createPasswordPlaces(): Places {
  return createPlaces(mostAtOnce, () => new OAuthError('overloaded', { retryAfterSeconds: 1 }));
}

export function createPasswordTurns({
  clock,
  pause = (seconds) => sleep(seconds * 1000),
}: Pick<Ports, 'clock' | 'pause'>): PasswordTurns {
  return createTurns({
    clock,
    pause,
    mostSeconds: mostSecondsInLine,
    mostInLine: 100,
    mostOfNetwork: 10,
    mostInAll: 1000,
  });
}

/** The account, or undefined when address or password are wrong. Throws throttled or overloaded, with when to try again. */
export async function checkPassword(
  core: Core,
  attempt: PasswordTry,
  now: number,
): Promise<Account | undefined> {
  if (attempt.email.length > maxEmailLength || Array.from(attempt.password).length > maxPasswordLength)
    return undefined;
  const emailKey = core.accounts.emailKey(attempt.email);
  const taken = await takeTry(core, emailKey, attempt, now);
  const giveBack = () => core.store.throttles.giveBack(taken, now);
  const result = await orElse(giveBack, () =>
    core.passwordPlaces.use(async () =>
      waitElsewhere(core.elsewhere, core.accounts.verifyPassword(attempt.email, attempt.password)),
    ),
  );
  if (result.outcome === 'wrong') {
    core.events.emit({
      type: 'password.wrong',
      account: accountMark(core, emailKey),
      network: networkOf(attempt.asking.address),
    });
    return undefined;
  }
  await giveBack();
  if (result.outcome === 'busy')
    throw new OAuthError('overloaded', { retryAfterSeconds: result.retryAfterSeconds });
  return result.account;
}

/** A try that was not made counts for nothing. */
async function orElse<T>(giveBack: () => Promise<void>, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await giveBack();
    throw error;
  }
}

/** The buckets that the try was taken from. Throws throttled, overloaded. */
async function takeTry(
  core: Core,
  emailKey: string,
  { asking, knownBrowser }: PasswordTry,
  now: number,
): Promise<readonly Bucket[]> {
  const { throttles } = core.store;
  const own = ownBuckets(emailKey, asking, knownBrowser);
  const refuse = (seconds: number) => throttled(policy, seconds, { account: accountMark(core, emailKey) });
  const waitSeconds = await core.passwordPlaces.use(() => throttles.take(own, now));
  if (waitSeconds > 0) throw refuse(waitSeconds);
  if (knownBrowser !== undefined) return own;
  const giveBack = () => throttles.giveBack(own, now);
  const turn = await orElse(giveBack, () =>
    waitElsewhere(core.elsewhere, waitForTurn(core, emailKey, asking)),
  );
  if ('taken' in turn) return [...own, ...turn.taken];
  await giveBack();
  throw refuse(turn.waitSeconds);
}

/** For the log: tells tries at one address from those at another, and cannot be guessed back to the address. */
export function accountMark({ vault }: Pick<Core, 'vault'>, emailKey: string): string {
  return vault.mac('account-mark', emailKey).slice(0, 22);
}

/** What only those use up who come from the same place. The keys are digests: the store keeps no list of addresses that were tried. */
function ownBuckets(
  emailKey: string,
  { address, server, isOfServer }: Asking,
  knownBrowser: string | undefined,
): readonly Bucket[] {
  if (knownBrowser !== undefined)
    return [{ key: `browser:${digest(`${emailKey} ${knownBrowser}`)}`, intervalSeconds: 20, burst: 10 }];
  // Behind one address are all users of that server: to refuse it would be to refuse them.
  if (isOfServer) return [];
  const network = `${networkOf(address)} ${server ?? ''}`;
  return [
    { key: `account-network:${digest(`${emailKey} ${network}`)}`, intervalSeconds: 20, burst: 10 },
    { key: `network:${digest(network)}`, intervalSeconds: 1, burst: 100 },
  ];
}

/** Of all networks together: 30 at once, 60 more two seconds apart, and in the long run one each ten seconds. */
function waitForTurn(core: Core, emailKey: string, asking: Asking): Promise<Taken<readonly Bucket[]>> {
  const account = digest(emailKey);
  const free: readonly Bucket[] = [{ key: `account:${account}`, intervalSeconds: 20, burst: 30 }];
  const inTurn: readonly Bucket[] = [
    { key: `account-turn:${account}`, intervalSeconds: 20, burst: 60 },
    { key: `account-pace:${account}`, intervalSeconds: 2, burst: 1 },
  ];
  const { throttles } = core.store;
  const take = async (): Promise<Taken<readonly Bucket[]>> => {
    const now = core.clock.nowSeconds();
    const untilFree = await throttles.take(free, now);
    if (untilFree === 0) return { taken: free };
    const untilTurn = await throttles.take(inTurn, now);
    if (untilTurn === 0) return { taken: inTurn };
    return { waitSeconds: Math.min(untilFree, untilTurn) };
  };
  const networks = asking.isOfServer ? [`server ${asking.server}`] : networksAround(asking.address);
  return core.passwordTurns.wait(account, { networks, isBounded: !asking.isOfServer }, take);
}
