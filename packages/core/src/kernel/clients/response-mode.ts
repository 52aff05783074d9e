/**
 * Response modes (Multiple Response Types §2.1; Form Post Response Mode; JARM §2.3): how the answer
 * is delivered.
 */
import { type ResponseMode, responseModes, type ResponseType } from '@keywright/wire';
import { type Core, policyOf } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Parameters } from '../http/parameters.ts';
import type { Client } from '../../model/entities.ts';

type Held = Pick<Core, 'options'>;

/**
 * `jwt` means one of two modes, by the response type (JARM §2.3.4). A checked request no longer
 * has it.
 */
export type DeliveryMode = Exclude<ResponseMode, 'jwt'>;

/** For discovery. */
export function responseModesOn({ options }: Held): readonly ResponseMode[] {
  const { features, policies } = options;
  // Only `code` can be answered in the query.
  return responseModes.filter((mode) =>
    isSecured(mode)
      ? features.securedResponses
      : mode !== 'query' || !policies.default.plainCodeRefused,
  );
}

export function isSecured(mode: ResponseMode): boolean {
  return mode.endsWith('jwt');
}

/** Throws parameter_unsupported. */
export function parseResponseMode(
  core: Held,
  client: Client,
  parameters: Parameters,
  responseType: ResponseType,
  redirectUri: string,
): DeliveryMode {
  const asked = parameters.get('response_mode') ?? defaultMode(client, responseType);
  const mode = responseModes.find((known) => known === asked);
  if (mode === undefined || (isSecured(mode) && !core.options.features.securedResponses))
    throw unsupported(`response_mode must be one of ${responseModesOn(core).join(', ')}.`);
  const delivered = deliveryOf(mode, responseType);
  // FAPI 1.0 Advanced §5.2.2-2.
  if (responseType === 'code' && policyOf(core, client).plainCodeRefused && !isSecured(mode))
    throw unsupported('response_mode must be jwt, or end in .jwt, with response_type=code.');
  // ASVS 10.4.12.
  const registered = client.settings?.responseModes;
  if (registered !== undefined && !registered.includes(mode) && !registered.includes(delivered))
    throw unsupported('This client has not registered this response_mode.');
  // Multiple Response Types §5, JARM §2.3.1: tokens must not be in the query, which ends in logs
  // and referrers.
  if (delivered.startsWith('query') && responseType !== 'code')
    throw unsupported('This response type cannot be answered in the query.');
  // A form needs a server. A private-use scheme of an application only gets an address, without a
  // body.
  if (delivered.startsWith('form_post') && !/^https?:/.test(redirectUri))
    throw unsupported('form_post needs a redirect URI of http or https.');
  return delivered;
}

/**
 * Where an error answer goes: as the request asks for if possible, else by the default. Never
 * throws.
 */
export function modeOfErrors(
  core: Held,
  client: Client,
  parameters: Parameters,
  redirectUri: string,
): DeliveryMode {
  const words = parameters.get('response_type')?.split(' ') ?? [];
  const type: ResponseType =
    words.includes('token') || words.includes('id_token') ? 'id_token' : 'code';
  try {
    return parseResponseMode(core, client, parameters, type, redirectUri);
  } catch {
    return deliveryOf(defaultMode(client, type), type);
  }
}

/** Multiple Response Types §2.1; signed, where the client registered for nothing else. */
export function defaultMode({ settings }: Client, responseType: ResponseType): ResponseMode {
  if (settings?.responseModes?.every(isSecured) === true) return 'jwt';
  return responseType === 'code' ? 'query' : 'fragment';
}

function deliveryOf(mode: ResponseMode, responseType: ResponseType): DeliveryMode {
  if (mode !== 'jwt') return mode;
  return responseType === 'code' ? 'query.jwt' : 'fragment.jwt';
}

function unsupported(description: string): OAuthError {
  return new OAuthError('parameter_unsupported', { description });
}
