import type { NewAccount } from '../accounts/accounts.ts';
import type { DeclaredAccount } from './schema.ts';

/** An account with the names of the configuration. */
export function toNewAccount(declared: DeclaredAccount): NewAccount {
  const { email, name, email_verified, password, password_hash, claims } = declared;
  return {
    email,
    name,
    emailVerified: email_verified,
    ...(password === undefined ? {} : { password }),
    ...(password_hash === undefined ? {} : { passwordHash: password_hash }),
    ...(claims === undefined ? {} : { claims }),
  };
}
