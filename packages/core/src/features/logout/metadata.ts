/**
 * What discovery says of logout: RP-Initiated Logout §2.1, Back-Channel Logout §2.1, Front-Channel
 * Logout §3.
 */
import type { Core } from '../../kernel/core.ts';

export function logoutMetadata({ options, outbound }: Core): Readonly<Record<string, unknown>> {
  if (!options.features.logout) return {};
  return {
    end_session_endpoint: `${options.issuer}/end-session`,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    // Without a way out nobody could be told.
    ...(outbound === undefined
      ? {}
      : { backchannel_logout_supported: true, backchannel_logout_session_supported: true }),
  };
}
