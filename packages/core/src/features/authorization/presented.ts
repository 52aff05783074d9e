/**
 * How an authorization request comes: in the open, as an object that its client signed (RFC 9101),
 * or by the reference that it was pushed under (RFC 9126). What a client signed or pushed is read
 * alone: what stands beside it in the address could have been put there by anybody.
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
 * At once for a request in the open. Throws, for a page, since it is not certain where another
 * answer could go: parameter_repeated, parameter_missing, client_unknown, request_uri_invalid,
 * request_object_invalid, keys_unavailable.
 */
export function present(
  core: Core,
  outer: Parameters,
  now: number,
): Presented | Promise<Presented> {
  const { pushedRequests, requestObjects } = core.options.features;
  const [object, reference] = [outer.get('request'), outer.get('request_uri')];
  // What is off is said to the client, where the other checks are.
  if (reference !== undefined && isPushedReference(reference) && pushedRequests)
    return presentOfClient(core, outer, (client) => presentPushed(core, client, reference, now));
  if ((object === undefined && reference === undefined) || !requestObjects)
    return { parameters: outer, isSigned: false };
  return presentOfClient(core, outer, (client) => presentObject(core, client, outer, now));
}

/** RFC 9101 §5, RFC 9126 §4: `client_id` stands outside in any case. */
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

/** The parameters of the object, which is here or at an address. */
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
