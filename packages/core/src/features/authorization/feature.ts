/** The authorization endpoint (RFC 6749 §3.1) with its pages: sign-in, its refusal, consent. */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleConsent, showConsent } from './consent.ts';
import { handleAuthorize } from './endpoint.ts';
import { requestObjectMetadata } from './request-object.ts';
import { securedResponseMetadata } from './secured-response.ts';
import { secondFactorPath } from './pending-sign-in.ts';
import { handleSecondFactor, showSecondFactor } from './second-factor.ts';
import { handleSignIn, showSignIn } from './sign-in.ts';
import { handleSignInRefusal } from './sign-in-refusal.ts';
import { showStepUp } from './step-up.ts';
import { termsPath } from '../../kernel/pages/terms.ts';
import { handleTerms, showTerms } from './terms.ts';
import { stepUpPath } from '../../kernel/pages/step-up.ts';
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest } from '../../kernel/http/message.ts';

const person = { channel: 'page', cors: false } as const;

export const authorization: Feature<'base'> = {
  name: 'base',
  routes: (_core, all) => ({
    '/authorize': { methods: { GET: handleAuthorize, POST: handleAuthorize }, ...person },
    '/sign-in': { methods: { GET: showSignIn, POST: handleSignIn }, ...person },
    [secondFactorPath]: {
      methods: { GET: showSecondFactor, POST: handleSecondFactor },
      ...person,
    },
    [stepUpPath]: {
      methods: {
        GET: (core: Core, request: HttpRequest) =>
          showStepUp(
            core,
            request,
            all.flatMap(({ securitySection }) => securitySection ?? []),
          ),
      },
      ...person,
    },
    [termsPath]: { methods: { GET: showTerms, POST: handleTerms }, ...person },
    '/sign-in/refuse': { methods: { POST: handleSignInRefusal }, ...person },
    '/consent': { methods: { GET: showConsent, POST: handleConsent }, ...person },
  }),
  metadata: (core) => ({ ...requestObjectMetadata(core), ...securedResponseMetadata(core) }),
};
