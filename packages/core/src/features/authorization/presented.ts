/**
 * The forms of an authorization request: plain parameters, an object that its client signed (RFC
 * 9101), or a reference to a pushed request (RFC 9126). Of a signed or pushed request, only its own
 * content is read, because anybody can add parameters to the address.
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { assertNotRepeated, type Parameters } from '../../kernel/http/parameters.ts';
import type { Client } from '../../model/entities.ts';
import type { Presented } from './presented-request.ts';
import { isPushedReference, presentPushed } from './pushed.ts';
import { readRequestObject } from './request-object.ts';
import { fetchRequestObject } from './request-uri.ts';

/**
 * At once for plain parameters. Throws, for a page, because the address of the answer is not
 * certain yet: parameter_repeated, parameter_missing, client_unknown, request_uri_invalid,
 * request_object_invalid, keys_unavailable.
 */
export function present(
  core: Core,
  outer: Parameters,
  now: number,
): Presented | Promise<Presented> {
  const { pushedRequests, requestObjects } = core.options.features;
  const [object, reference] = [outer.get('request'), outer.get('request_uri')];
  // If the feature is off, the other checks report it to the client.
  if (reference !== undefined && isPushedReference(reference) && pushedRequests)
    return presentOfClient(core, outer, (client) => presentPushed(core, client, reference, now));
  if ((object === undefined && reference === undefined) || !requestObjects)
    return { parameters: outer, isSigned: false };
  return presentOfClient(core, outer, (client) => presentObject(core, client, outer, now));
}

/** RFC 9101 §5, RFC 9126 §4: `client_id` is outside of the object in any case. */
async function presentOfClient(
  core: Core,
  outer: Parameters,
  presentIt: (client: Client) => Promise<Presented>,
): Promise<Presented> {
  assertNotRepeated(outer);
  const clientId = outer.get('client_id');
  if (clientId === undefined)
    throw new OAuthError('parameter_missing', { description: 'client_id is required.' });
  const client = await core.loadClient(clientId);
  if (client === undefined) throw new OAuthError('client_unknown');
  return presentIt(client);
}

/** The parameters of the object, which is in the request or at an address. */
export async function presentObject(
  core: Core,
  client: Client,
  outer: Parameters,
  now: number,
): Promise<Presented> {
  const [object, reference] = [outer.get('request'), outer.get('request_uri')];
  // RFC 9101 §5: "If one of these parameters is used, the other MUST NOT be used in the same
  // request."
  if (object !== undefined && reference !== undefined)
    throw new OAuthError('parameter_malformed', {
      description: 'request and request_uri cannot be sent together.',
    });
  const text = object ?? (await fetchRequestObject(core, client, reference ?? ''));
  return { parameters: await readRequestObject(core, client, text, now), isSigned: true };
}
