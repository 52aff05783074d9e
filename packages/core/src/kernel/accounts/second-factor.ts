/**
 * The second factor of an account: a code of an authenticator app (RFC 6238), or one of ten
 * recovery codes. A code is checked only after the right password, so nobody else can use up the
 * attempts.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError, throttled } from '../../model/errors.ts';
import { makeMail } from '../mail/mail.ts';
import type { Account } from '../../model/entities.ts';
import type { Bucket } from '../../model/ports.ts';
import type { KeptSecondFactor } from '../../model/second-factor-ports.ts';
import { networkOf } from '../../rules/network.ts';

/** The purpose for which the secret is sealed. The context is the id of the account. */
export const secretPurpose = 'totp-secret';

/** How a user with a second factor was authenticated (RFC 8176 §2). */
export const passwordAndCode: readonly string[] = ['pwd', 'otp', 'mfa'];

/**
 * The limit that is shown to the user. After five wrong codes, one attempt in five minutes is
 * allowed.
 */
const policy = { name: 'second-factor', quota: 5, windowSeconds: 1500 };
const tries = { burst: 5, intervalSeconds: 300 };

/** Longer than every code, with spaces. */
const longestCode = 100;

export interface FactorTry {
  readonly account: Account;
  readonly factor: KeptSecondFactor;
  /** As it was typed: a code of the app, or a recovery code. */
  readonly code: string;
  readonly remoteAddress: string;
  /** The cookie of this browser, if it has signed in to this account before. */
  readonly knownBrowser?: string | undefined;
}

/**
 * Spends a code. The caller has checked the password. A browser that has signed in to the account
 * has tries of its own, which nobody else can use up. Throws second_factor_wrong, throttled.
 */
export async function checkSecondFactor(core: Core, attempt: FactorTry, now: number) {
  const { account, remoteAddress } = attempt;
  const buckets = bucketsOf(attempt);
  const waitSeconds = await core.store.throttles.take(buckets, now);
  if (waitSeconds > 0) throw throttled(policy, waitSeconds, { accountId: account.id });
  const isRight = await spend(core, attempt, now);
  if (!isRight) {
    const network = networkOf(remoteAddress);
    core.events.emit({ type: 'second_factor.wrong', accountId: account.id, network });
    throw new OAuthError('second_factor_wrong', { log: { accountId: account.id } });
  }
  await core.store.throttles.giveBack(buckets, now);
}

/** Each sign-in marks its browser, so all browsers that are known share a bucket as well. */
function bucketsOf({ account, knownBrowser }: FactorTry): readonly Bucket[] {
  if (knownBrowser === undefined) return [{ key: `second-factor:${digest(account.id)}`, ...tries }];
  return [
    { key: `second-factor:${digest(`${account.id} ${knownBrowser}`)}`, ...tries },
    { key: `second-factor-known:${digest(account.id)}`, ...tries, burst: 10 },
  ];
}

async function spend(core: Core, attempt: FactorTry, now: number): Promise<boolean> {
  if (attempt.code.length > longestCode) return false;
  const code = attempt.code.replaceAll(/[\s-]/g, '').toLowerCase();
  return /^\d{6}$/.test(code)
    ? spendTotp(core, attempt, code, now)
    : spendRecoveryCode(core, attempt, code, now);
}

/** RFC 6238 §5.2: a code is accepted once, also when it is sent twice at the same time. */
async function spendTotp(
  { oneTimePasswords, vault, store }: Core,
  { account, factor }: FactorTry,
  code: string,
  now: number,
): Promise<boolean> {
  const secret = vault.unseal(secretPurpose, factor.sealedSecret, account.id);
  const step = secret && (await oneTimePasswords?.findStep(secret, code, now));
  return step !== undefined && store.secondFactors.useStep(account.id, step);
}

async function spendRecoveryCode(
  core: Core,
  { account, remoteAddress }: FactorTry,
  code: string,
  now: number,
): Promise<boolean> {
  const network = networkOf(remoteAddress);
  const content = {
    kind: 'second_factor',
    change: 'recovery_code_used',
    by: 'user',
    network,
  } as const;
  const mail = makeMail(core, account, content, now);
  const key = digestOfRecoveryCode(account.id, code);
  const left = await core.store.secondFactors.useRecoveryCode(account.id, key, mail);
  if (left === undefined) return false;
  const event = { accountId: account.id, network, left };
  core.events.emit({ type: 'account.recovery_code_used', ...event });
  return true;
}

/** Without characters that look like others. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
const recoveryCodes = 10;
const recoveryCodeLength = 16;

/** Ten new recovery codes. Each has 80 random bits, so nobody can find it from its digest. */
export function newRecoveryCodes({ random }: Pick<Core, 'random'>): readonly string[] {
  return Array.from({ length: recoveryCodes }, () => {
    const letters = [...random.bytes(recoveryCodeLength)].map((byte) => alphabet[byte % 32]);
    return letters.join('').replaceAll(/.{4}(?=.)/g, '$&-');
  });
}

/** The digest of a code, which may be typed with or without its hyphens. */
export function digestOfRecoveryCode(accountId: string, code: string): string {
  return digest(`recovery code ${accountId} ${code.replaceAll('-', '')}`);
}
