import type { Core } from '../core.ts';
import type { Account } from '../../model/entities.ts';

/**
 * Whether the account demands more at the sign-in than its password: a second factor. Then no code
 * that was sent by mail signs the user in.
 */
export async function hasStrongerSignIn({ store }: Core, { id }: Account): Promise<boolean> {
  return (await store.secondFactors.load(id)) !== undefined;
}
