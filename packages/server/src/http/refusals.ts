/** What the carrier itself refuses, rendered as core renders every refusal. */
import { errorJson, type HttpResponse, OAuthError } from '@keywright/core';

export interface CarrierRefusals {
  readonly bodyTooLarge: HttpResponse;
  readonly bodyNotUtf8: HttpResponse;
  readonly fault: HttpResponse;
}

export function createCarrierRefusals(issuer: string): CarrierRefusals {
  const notUtf8 = new OAuthError('parameter_malformed', { description: 'The body is not valid UTF-8.' });
  return {
    bodyTooLarge: errorJson(new OAuthError('body_too_large'), issuer),
    bodyNotUtf8: errorJson(notUtf8, issuer),
    fault: errorJson(new OAuthError('fault'), issuer),
  };
}
