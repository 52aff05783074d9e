/** The pages of a user's own account. */
import type { Feature } from '../../kernel/routing/feature.ts';
import { accountRoutes } from './routes.ts';

export const account: Feature<'base'> = {
  name: 'base',
  routes: (core, all) =>
    accountRoutes(
      core,
      all.flatMap(({ accountSection }) => accountSection ?? []),
      all.flatMap(({ securitySection }) => securitySection ?? []),
    ),
};
