/**
 * Checks that device and CIBA requests share. The content is read as at the authorization endpoint
 * (`kernel/authorization-details/asked.ts`).
 */
import type { GrantType } from '../../model/features.ts';
import { mayUseUnder } from '../policy/tiers.ts';
import { type Core, policyOf } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';

/**
 * The tier decides, then the policy, whatever was registered (RFC 8628 §3.1, CIBA §13:
 * unauthorized_client). The request comes directly from the client, so it counts as pushed where
 * authorization details must be protected (ASVS 10.4.15).
 */
export function assertMayAsk(core: Core, client: Client, grant: GrantType): void {
  if (!mayUseUnder(policyOf(core, client), client, grant))
    throw new OAuthError('client_not_permitted', {
      description: `This client may not use grant_type=${grant}.`,
      log: { grant },
    });
}

/** §3.2: five is the default. The answer contains it in any case. */
export const pollSeconds = 5;
