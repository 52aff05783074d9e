/** What the table of accounts holds of one. */
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
});

/** Where other tables are joined. */
export const accountColumns = accountRows.names.map((name) => `accounts.${name}`).join(', ');
