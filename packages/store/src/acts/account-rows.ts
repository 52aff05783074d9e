/** The columns of an account. */
import type { Account } from '@keywright/core';
import { rowsOf } from '../columns.ts';

export const accountRows = rowsOf<Account>('accounts', {
  id: 'plain',
  email: 'plain',
  emailKey: 'plain',
  emailVerified: 'flag',
  name: 'plain',
  passwordHash: 'plain',
  status: 'plain',
  createdAt: 'plain',
  claims: 'json',
  accepted: 'json',
});

/** For statements that join other tables. */
export const accountColumns = accountRows.names.map((name) => `accounts.${name}`).join(', ');
