import type { Core } from '../core.ts';
import type { Account } from '../../model/entities.ts';

/**
 * Whether the account demands more at the sign-in than its password: a second factor, a passkey.
 * Then no code that was sent by mail signs the user in.
 */
export async function hasStrongerSignIn(_core: Core, _account: Account): Promise<boolean> {
  return false;
}
