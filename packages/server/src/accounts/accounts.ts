/**
 * Accounts that sign in with an e-mail address and a password: core's Accounts port, and adding
 * accounts.
 */
import { availableParallelism } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import {
  type Account,
  type AccountStore,
  type Accounts,
  checkClaims,
  ConfigError,
  type ConfigProblem,
  idPrefixes,
  type Random,
  type Vault,
} from '@keywright/core';
import type { IsBreached } from './breached-passwords.ts';
import { emailKey, findEmailProblem } from './email.ts';
import { hashPassword, isOutdated, isStrongHash, verifyPasswordHash } from './password-hash.ts';
import { findPasswordProblem, maxPasswordLength, passwordLength } from './password-rules.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';
import type { ComputeTag } from './hashing.ts';
import { createHashingThreads } from './hashing-threads.ts';

/**
 * One core is left to the event loop if there are several. 32 waiting checks take a third of a
 * second on one other core.
 */
export const defaultTurnstile = {
  parallel: Math.min(4, Math.max(1, availableParallelism() - 1)),
  waiting: 32,
} as const;

type AccountsOfStore = Pick<AccountStore, 'list' | 'loadByEmailKey' | 'renewPasswordHash'>;

/** The Accounts port over a store of accounts. */
export function createAccounts(
  store: AccountsOfStore,
  vault: Pick<Vault, 'mac'>,
  turnstile: Turnstile = createTurnstile(defaultTurnstile),
  computeTag: ComputeTag = createHashingThreads(),
  isBreached?: IsBreached,
): Accounts {
  return {
    emailKey,
    judgeEmail: findEmailProblem,
    async verifyPassword(email, password) {
      // Before the turnstile, because a slow database must not block the few slots for hashing.
      const key = emailKey(email);
      const account = await store.loadByEmailKey(key);
      // Also read for a known address, so that an unknown address takes no less time.
      const likeness = await hashOfAnother(store, vault, key);
      const matches = await turnstile.pass(() =>
        isPasswordOf(account, password, computeTag, likeness),
      );
      if (matches === undefined) return { outcome: 'busy', retryAfterSeconds: 1 };
      if (account === undefined || !matches) return { outcome: 'wrong' };
      if (!isOutdated(account.passwordHash)) return { outcome: 'verified', account };
      const passwordHash = await turnstile.pass(() => hashPassword(password, computeTag));
      // The next sign-in tries again.
      if (passwordHash === undefined) return { outcome: 'verified', account };
      if (await store.renewPasswordHash(account.id, account.passwordHash, passwordHash))
        return { outcome: 'verified', account: { ...account, passwordHash } };
      // It was changed, or another sign-in hashed it again, after it was read.
      return this.verifyPassword(email, password);
    },
    judgePassword: (email, password) => findPasswordProblem(password, email, isBreached),
    async hashPassword(password) {
      const passwordHash = await turnstile.pass(() => hashPassword(password, computeTag));
      return passwordHash === undefined
        ? { outcome: 'busy', retryAfterSeconds: 1 }
        : { outcome: 'hashed', passwordHash };
    },
  };
}

/**
 * The parameters of an account that a secret and the address select: the account after an id that
 * they produce. So checking an unknown address costs as much as checking that account. Unknown
 * addresses have the same mix of parameters as accounts, each address always the same, and they
 * change to the current parameters as accounts do.
 */
async function hashOfAnother(
  store: AccountsOfStore,
  vault: Pick<Vault, 'mac'>,
  key: string,
): Promise<string | undefined> {
  const after = idPrefixes.account + vault.mac('password-likeness', key).slice(0, 22);
  const { items } = await store.list({ after, limit: 1 });
  return (items[0] ?? (await store.list({ limit: 1 })).items[0])?.passwordHash;
}

/**
 * An unknown address, a disabled account and an impossible password are hashed too, so that the
 * time reveals nothing.
 */
async function isPasswordOf(
  account: Account | undefined,
  password: string,
  computeTag: ComputeTag,
  likeness: string | undefined,
): Promise<boolean> {
  const tooLong = passwordLength(password) > maxPasswordLength;
  const matches = await verifyPasswordHash(
    account?.passwordHash,
    tooLong ? '' : password,
    computeTag,
    likeness,
  );
  return account?.status === 'active' && matches && !tooLong;
}

export interface NewAccount {
  readonly email: string;
  readonly name: string;
  readonly emailVerified?: boolean;
  /** Either the password or an argon2id hash of it as a PHC string. */
  readonly password?: string;
  readonly passwordHash?: string;
  /** Claims by their names in OpenID Connect Core §5.1: `given_name`, `address`. */
  readonly claims?: Account['claims'];
}

export interface NewAccountContext {
  readonly now: number;
  readonly random: Random;
  /** The path of the account in the configuration, for the problems: `accounts[0]`. */
  readonly path?: string;
  readonly isBreached?: IsBreached | undefined;
}

/**
 * Checks and stores a new account. Throws a ConfigError with every problem, also if the address is
 * taken.
 */
export async function addAccount(
  store: AccountStore,
  input: NewAccount,
  context: NewAccountContext,
): Promise<Account> {
  await assertNewAccount(input, context.path, context.isBreached);
  const passwordHash = input.passwordHash ?? (await hashPassword(input.password ?? ''));
  const account = makeAccount(input, passwordHash, context);
  if (await store.add(account)) return account;
  throw new ConfigError([{ path: at(context.path, 'email'), message: 'already has an account' }]);
}

/** Does not check the input. */
export function makeAccount(
  input: Omit<NewAccount, 'password'>,
  passwordHash: string,
  { now, random }: Pick<NewAccountContext, 'now' | 'random'>,
): Account {
  return {
    id: idPrefixes.account + Buffer.from(random.bytes(16)).toString('base64url'),
    email: input.email.normalize('NFKC').trim(),
    emailKey: emailKey(input.email),
    emailVerified: input.emailVerified ?? false,
    name: input.name.trim(),
    passwordHash,
    status: 'active',
    createdAt: now,
    ...(hasClaims(input.claims) ? { claims: input.claims } : {}),
  };
}

/**
 * Replaces the claims of an account. Returns false if they are the same already. Throws a
 * ConfigError with every problem. Changes nothing else: not the password, not the name.
 */
export async function replaceClaims(
  store: AccountStore,
  account: Account,
  claims: NonNullable<Account['claims']>,
  path?: string,
): Promise<boolean> {
  const problems = findClaimProblems(claims, path);
  if (problems.length > 0) throw new ConfigError(problems);
  if (isDeepStrictEqual(account.claims ?? {}, claims)) return false;
  return store.saveClaims(account.id, hasClaims(claims) ? claims : undefined);
}

function hasClaims(claims: Account['claims']): claims is NonNullable<Account['claims']> {
  return claims !== undefined && Object.keys(claims).length > 0;
}

function findClaimProblems(
  claims: Account['claims'],
  path: string | undefined,
): readonly ConfigProblem[] {
  return checkClaims(claims ?? {}).map(({ name, message }) => ({
    path: at(path, `claims.${name}`),
    message,
  }));
}

/** `accounts[0].email`, or `email` without a path. */
function at(path: string | undefined, field: string): string {
  return path === undefined ? field : `${path}.${field}`;
}

/** Throws a ConfigError with every problem. Does not check whether the address is taken. */
export async function assertNewAccount(
  input: NewAccount,
  path?: string,
  isBreached?: IsBreached,
): Promise<void> {
  const secret = await findSecretProblem(input, isBreached);
  const field = input.passwordHash === undefined ? 'password' : 'password_hash';
  const problems = findProfileProblems(input, path);
  if (secret !== undefined) problems.push({ path: at(path, field), message: secret });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** What is wrong with the address, the name and the claims. */
export function findProfileProblems(
  { email, name, claims }: Pick<NewAccount, 'email' | 'name' | 'claims'>,
  path?: string,
): ConfigProblem[] {
  const found: readonly [string, string | undefined][] = [
    ['email', findEmailProblem(email)],
    [
      'name',
      /^\P{C}{1,200}$/u.test(name.trim()) ? undefined : 'must be 1 to 200 printable characters',
    ],
  ];
  return [
    ...found.flatMap(([field, message]) =>
      message === undefined ? [] : [{ path: at(path, field), message }],
    ),
    ...findClaimProblems(claims, path),
  ];
}

async function findSecretProblem(
  { email, password, passwordHash }: NewAccount,
  isBreached: IsBreached | undefined,
): Promise<string | undefined> {
  if (passwordHash !== undefined && password !== undefined)
    return 'is set together with password: give only one of them';
  if (passwordHash !== undefined) {
    return !isStrongHash(passwordHash)
      ? 'must be an argon2id hash as a PHC string, of at least m=19456,t=2 or a setting of equal strength'
      : undefined;
  }
  if (password === undefined) return 'is required, or password_hash';
  return findPasswordProblem(password, email, isBreached);
}
