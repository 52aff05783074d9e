/**
 * Checks a password, with limits. An attempt is taken from its buckets first, so that parallel
 * attempts count one by one. It is put back if the password was right, so that only failures count:
 * - account and network: a user who mistypes waits a little, and is refused meanwhile;
 * - network: one network that tries many accounts is slowed down, and refused;
 * - account: many networks that try one account are slowed down. Nobody is refused for it, because
 *   attackers could lock the user out. If its free
 * attempts are used up, callers wait in a line (kernel/limits/turns.ts). The network with the
 * fewest attempts goes first. A browser or device that has signed in to the account before has its
 * own bucket, which nobody else can fill. A proof of work opens a second lane (limits/work.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError, throttled } from '../../model/errors.ts';
import { waitOutside } from '../limits/external-waits.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import { createTurns } from '../limits/turns.ts';
import { takeWithWork } from '../limits/work.ts';
import type { Account } from '../../model/entities.ts';
import type { Bucket, Ports } from '../../model/ports.ts';
import { networkOf, networksAround } from '../../rules/network.ts';
import type { Asking } from './end-user-address.ts';
import type { Semaphore, PasswordTurns } from '../../model/services.ts';
import type { Taken } from '../../model/limit-ports.ts';
import type { SolvedWork } from '../../model/work-ports.ts';

export interface PasswordTry {
  readonly email: string;
  readonly password: string;
  readonly asking: Asking;
  /** The cookie of this browser or device, if it has signed in to this account before. */
  readonly knownBrowser?: string;
  /** A solved challenge, for an attempt where the buckets are used up. */
  readonly work?: SolvedWork | undefined;
}

/** The bucket that is shown to the user. */
const policy = { name: 'password', quota: 10, windowSeconds: 200 };
/**
 * How many checks may wait for the store or for hashing at once. They are slow, and other work must
 * go on beside them. One network has a part of them (`kernel/limits/semaphore.ts`). Right passwords
 * are not counted, so a network that has some could otherwise keep everybody else out.
 */
const mostAtOnce = 64;
const maxEmailLength = 320;
const maxPasswordLength = 1024;

/** Shorter than the time after which proxies give up. */
const mostSecondsInLine = 30;

export function createPasswordSemaphore(): Semaphore {
  return createSemaphore(mostAtOnce, () => new OAuthError('overloaded', { retryAfterSeconds: 1 }));
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

/**
 * Returns the account, or undefined if the address or the password is wrong. Throws throttled or
 * overloaded, with the time for the next attempt.
 */
export async function checkPassword(
  core: Core,
  attempt: PasswordTry,
  now: number,
): Promise<Account | undefined> {
  if (
    attempt.email.length > maxEmailLength ||
    Array.from(attempt.password).length > maxPasswordLength
  )
    return undefined;
  const emailKey = core.accounts.emailKey(attempt.email);
  const taken = await takeTry(core, emailKey, attempt, now);
  const giveBack = () => core.store.throttles.giveBack(taken, now);
  const result = await orElse(giveBack, () =>
    core.passwordSemaphore.use(networksOf(attempt.asking), async () =>
      waitOutside(
        core.externalWaits,
        core.accounts.verifyPassword(attempt.email, attempt.password),
      ),
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

/** An attempt that was not made does not count. */
async function orElse<T>(giveBack: () => Promise<void>, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await giveBack();
    throw error;
  }
}

/** The buckets of the attempt. Throws throttled, overloaded. */
async function takeTry(
  core: Core,
  emailKey: string,
  { asking, knownBrowser, work }: PasswordTry,
  now: number,
): Promise<readonly Bucket[]> {
  const { throttles } = core.store;
  const networks = networksOf(asking);
  if (work !== undefined) {
    const paid = paidBuckets(emailKey, asking);
    const take = () => takeWithWork(core, paid, work, now);
    if (await core.passwordSemaphore.use(networks, take)) return paid;
  }
  const own = ownBuckets(emailKey, asking, knownBrowser);
  const refuse = (seconds: number) =>
    throttled(policy, seconds, { account: accountMark(core, emailKey) });
  const waitSeconds = await core.passwordSemaphore.use(networks, () => throttles.take(own, now));
  if (waitSeconds > 0) throw refuse(waitSeconds);
  if (knownBrowser !== undefined) return own;
  const giveBack = () => throttles.giveBack(own, now);
  const turn = await orElse(giveBack, () =>
    waitOutside(core.externalWaits, waitForTurn(core, emailKey, asking)),
  );
  if ('taken' in turn) return [...own, ...turn.taken];
  await giveBack();
  throw refuse(turn.waitSeconds);
}

/**
 * A keyed hash of an e-mail address, for the log: it tells attempts at different addresses apart,
 * and does not reveal the address.
 */
export function accountMark({ vault }: Pick<Core, 'vault'>, emailKey: string): string {
  return vault.mac('account-mark', emailKey).slice(0, 22);
}

/**
 * Buckets that only callers from the same network use. The keys are digests, so the store has no
 * list of attempted addresses.
 */
function ownBuckets(
  emailKey: string,
  { address, server, isOfServer }: Asking,
  knownBrowser: string | undefined,
): readonly Bucket[] {
  if (knownBrowser !== undefined)
    return [
      { key: `browser:${digest(`${emailKey} ${knownBrowser}`)}`, intervalSeconds: 20, burst: 10 },
      // Each sign-in makes another mark, so an attacker who knew a password may have many.
      {
        key: `browsers:${digest(`${emailKey} ${networkOf(address)}`)}`,
        intervalSeconds: 10,
        burst: 30,
      },
    ];
  // All users of that server have this address. To refuse it would refuse all of them.
  if (isOfServer) return [];
  const network = `${networkOf(address)} ${server ?? ''}`;
  return [
    { key: `account-network:${digest(`${emailKey} ${network}`)}`, intervalSeconds: 20, burst: 10 },
    { key: `network:${digest(network)}`, intervalSeconds: 1, burst: 100 },
  ];
}

/** The second lane: as many attempts again, and nobody waits in a line. */
function paidBuckets(emailKey: string, asking: Asking): readonly Bucket[] {
  const own = [
    ...ownBuckets(emailKey, asking, undefined),
    { key: `account:${digest(emailKey)}`, intervalSeconds: 20, burst: 30 },
  ];
  return own.map((bucket) => ({ ...bucket, key: `paid-${bucket.key}` }));
}

/**
 * For all networks together: 30 at once, 60 more with two seconds between, and then one in ten
 * seconds.
 */
function waitForTurn(
  core: Core,
  emailKey: string,
  asking: Asking,
): Promise<Taken<readonly Bucket[]>> {
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
  return core.passwordTurns.wait(
    account,
    { networks: networksOf(asking), isBounded: !asking.isOfServer },
    take,
  );
}

/** Around the user. A server that does not say where its users are stands for all of them. */
function networksOf({ address, server, isOfServer }: Asking): readonly string[] {
  return isOfServer ? [`server ${server}`] : networksAround(address);
}
