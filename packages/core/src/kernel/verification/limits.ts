/**
 * How many codes are sent: to one address, for one network, and in all. Nobody can fill a mailbox
 * or the store. A browser that has signed in to the account of the address has its own bucket, so
 * that others cannot use up all of its codes.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { throttled } from '../../model/errors.ts';
import type { Bucket } from '../../model/ports.ts';
import { networksAround, sharesOfWider } from '../../rules/network.ts';
import { accountMark } from '../accounts/password-check.ts';
import { takeWithWork } from '../limits/work.ts';
import type { SolvedWork } from '../../model/work-ports.ts';

interface Rate {
  readonly burst: number;
  readonly intervalSeconds: number;
}

const ofKnownBrowser: Rate = { burst: 5, intervalSeconds: 300 };
const ofAddress: Rate = { burst: 6, intervalSeconds: 900 };
/** One network alone cannot use up what there is for an address. */
const ofAddressAndNetwork: Rate = { burst: 3, intervalSeconds: 1800 };
const ofNetwork: Rate = { burst: 20, intervalSeconds: 60 };
const inAll: Rate = { burst: 2000, intervalSeconds: 0.2 };

/** The bucket that is shown to the user. */
const policy = { name: 'codes', quota: 3, windowSeconds: 5400 };

export interface Asker {
  readonly emailKey: string;
  readonly remoteAddress: string;
  readonly knownBrowser?: string | undefined;
  /** A solved challenge, for a code where the buckets are used up. */
  readonly work?: SolvedWork | undefined;
}

/**
 * Called before a code is made. It does not depend on whether the address has an account. Throws
 * throttled.
 */
export async function takeCode(core: Core, asker: Asker, now: number): Promise<void> {
  const { work } = asker;
  if (work !== undefined && (await takeWithWork(core, paidBuckets(asker), work, now))) return;
  const wait = await core.store.throttles.take(bucketsOf(asker), now);
  if (wait === 0) return;
  const [network = ''] = networksAround(asker.remoteAddress);
  throw throttled(policy, wait, { account: accountMark(core, asker.emailKey), network });
}

const bucket = (key: string, rate: Rate): Bucket => ({ key: `codes:${key}`, ...rate });

/**
 * Most mail servers put `ada+1@example.org` into the mailbox of `ada@example.org`. Only limits are
 * counted by it: they are different addresses.
 */
function mailboxOf(emailKey: string): string {
  return emailKey.replace(/^([^+]+)\+.*@/, '$1@');
}

/** The second lane: three more mails to a mailbox at most, and in all no more than before. */
function paidBuckets({ emailKey, remoteAddress }: Asker): readonly Bucket[] {
  const [network = ''] = networksAround(remoteAddress);
  return [
    bucket(`paid-to:${digest(mailboxOf(emailKey))}`, ofAddressAndNetwork),
    bucket(`paid-network:${digest(network)}`, ofNetwork),
    ...sharedBuckets(remoteAddress),
  ];
}

function bucketsOf({ emailKey, remoteAddress, knownBrowser }: Asker): readonly Bucket[] {
  const [network = ''] = networksAround(remoteAddress);
  const mailbox = mailboxOf(emailKey);
  const own =
    knownBrowser === undefined
      ? [
          bucket(`to:${digest(mailbox)}`, ofAddress),
          bucket(`to-network:${digest(`${mailbox} ${network}`)}`, ofAddressAndNetwork),
        ]
      : [bucket(`browser:${digest(`${emailKey} ${knownBrowser}`)}`, ofKnownBrowser)];
  return [...own, bucket(`network:${digest(network)}`, ofNetwork), ...sharedBuckets(remoteAddress)];
}

/** Of the networks around, and of all. */
function sharedBuckets(remoteAddress: string): readonly Bucket[] {
  const [, ...wider] = networksAround(remoteAddress);
  const shares = wider.map((around, index) => {
    const share = sharesOfWider[index] ?? 1;
    const { burst, intervalSeconds } = inAll;
    const part = { burst: burst * share, intervalSeconds: intervalSeconds / share };
    return bucket(`around:${digest(around)}`, part);
  });
  return [...shares, bucket('all', inAll)];
}
