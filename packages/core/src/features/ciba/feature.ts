/**
 * CIBA: an application asks a user who does not use it at that moment. The user answers on the
 * account page.
 */
import { signingAlgorithms } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleBackchannelAuthentication } from './endpoint.ts';
import { redeemBackchannelRequest } from './grant.ts';
import { handleAnswer, waitingViews } from './page.ts';

const routes = {
  '/bc-authorize': {
    methods: { POST: handleBackchannelAuthentication },
    channel: 'json',
    cors: false,
    announced: { as: 'backchannel_authentication_endpoint', takesCertificates: true },
  },
  '/account/answer': { methods: { POST: handleAnswer }, channel: 'page', cors: false },
} as const;

export const ciba: Feature<'backchannelAuthentication'> = {
  name: 'backchannelAuthentication',
  routes: () => routes,
  metadata,
  grant: { issue: redeemBackchannelRequest, remembersProof: true },
  accountSection: waitingViews,
};

/** CIBA §4. */
function metadata({ options, outbound }: Core): Readonly<Record<string, unknown>> {
  const { features, policies } = options;
  const algorithms = policies.default.signingAlgorithms ?? signingAlgorithms;
  return {
    // A ping needs the outbound client.
    backchannel_token_delivery_modes_supported:
      outbound === undefined ? ['poll'] : ['poll', 'ping'],
    ...(features.requestObjects
      ? { backchannel_authentication_request_signing_alg_values_supported: algorithms }
      : {}),
    backchannel_user_code_parameter_supported: false,
  };
}
