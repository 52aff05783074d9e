/** What a start finds before it opens the database: the sealing key, and the first passwords of accounts. */
import { ConfigError, type ConfigProblem } from '@keywright/core';
import { assertNewAccount, toNewAccount } from '../accounts/accounts.ts';
import type { DeclaredAccount } from './schema.ts';
import { findSealingKeyProblems, type SealingKeyPlace } from './sealing-key.ts';

export type DeclaredAccounts = Iterable<readonly [index: number, account: DeclaredAccount]>;

/** Throws ConfigError with every problem where the sealing key has one. Makes no file. */
export async function assertSealingKey(place: SealingKeyPlace, accounts: DeclaredAccounts): Promise<void> {
  const problems = findSealingKeyProblems(place);
  if (problems.length > 0) throw new ConfigError([...problems, ...(await findAccountProblems(accounts))]);
}

/**
 * Also of an account that exists, which the start would leave as it is. So this is asked only where
 * something else stops the start: a new rule for passwords must not stop it because of an old one.
 */
export async function findAccountProblems(accounts: DeclaredAccounts): Promise<readonly ConfigProblem[]> {
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
