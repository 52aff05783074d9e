/** The APIs of the server itself. They are not in the store, and exist only while they are on. */
import { grantsApi } from '../../rules/grant-scopes.ts';
import type { Api } from '../../model/entities.ts';
import type { ResolvedOptions } from '../policy/options.ts';
import { adminApi } from './admin.ts';

export function builtInApis({
  issuer,
  features,
}: Pick<ResolvedOptions, 'issuer' | 'features'>): readonly Api[] {
  const admin = adminApi(issuer, features);
  return features.grantManagement ? [admin, grantsApi(issuer)] : [admin];
}
