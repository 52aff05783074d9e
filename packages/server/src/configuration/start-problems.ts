/**
 * Checks that a start makes before it opens the database: the sealing key, and the first passwords
 * of accounts.
 */
import { ConfigError, type ConfigProblem } from '@keywright/core';
import { assertNewAccount } from '../accounts/accounts.ts';
import { toNewAccount } from './declared-account.ts';
import type { DeclaredAccount } from './schema.ts';
import { findSealingKeyProblems, type SealingKeyPlace } from './sealing-key.ts';

export type DeclaredAccounts = Iterable<readonly [index: number, account: DeclaredAccount]>;

/** Throws a ConfigError with every problem of the sealing key. Creates no file. */
export async function assertSealingKey(
  place: SealingKeyPlace,
  accounts: DeclaredAccounts,
): Promise<void> {
  const problems = findSealingKeyProblems(place);
  if (problems.length > 0)
    throw new ConfigError([...problems, ...(await findAccountProblems(accounts))]);
}

/**
 * Also checks accounts that exist already, whose password the start does not change. So this runs
 * only if something else stops the start: a new rule for passwords must not stop it because of an
 * old password.
 */
export async function findAccountProblems(
  accounts: DeclaredAccounts,
): Promise<readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  for (const [index, account] of accounts) {
    try {
      await assertNewAccount(toNewAccount(account), `accounts[${index}]`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  return problems;
}
