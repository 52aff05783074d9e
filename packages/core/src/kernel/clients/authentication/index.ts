/**
 * Client authentication (RFC 6749 §2.3): who calls, before anything else of the request is looked
 * at. One method a request; the client must be registered for the one it used, and its policy must
 * take it. Each method is a file beside this one.
 */
import type { ClientAuthenticationMethod } from '@keywright/wire';
import { type Core, policyOf } from '../../core.ts';
import { OAuthError } from '../../../model/errors.ts';
import type { HttpRequest } from '../../http/message.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Client } from '../../../model/entities.ts';
import { readAssertion } from './client-assertion.ts';
import { readBasicCredentials } from './client-secret-basic.ts';
import { proveSecretSignature } from './client-secret-jwt.ts';
import { readPostCredentials } from './client-secret-post.ts';
import type { Attempt, Credentials, Proof } from './credentials.ts';
import { proveKeySignature } from './private-key-jwt.ts';
import { proveSecret, takeAsLong } from './secret.ts';
import { proveOwnCertificate } from './self-signed-tls-client-auth.ts';
import { proveNamedCertificate } from './tls-client-auth.ts';

/**
 * The authenticated client, or a public one that named itself. Throws
 * client_authentication_missing, client_authentication_failed (the same for unknown, disabled,
 * wrong method and a proof that proves nothing: only the log has more. Whoever has the key is told
 * what else is wrong with its assertion) or client_authentication_twice.
 */
export async function authenticateClient(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  now: number,
): Promise<Client> {
  const credentials = readCredentials(request, parameters);
  const client = await core.loadClient(credentials.clientId, 'current');
  const method = methodOf(credentials, client);
  const refused = refuseMethod(core, client, method);
  if (client === undefined || refused !== undefined) {
    takeAsLong(credentials.secret);
    throw failed(client, method, refused);
  }
  const proven = proofs[method](core, { credentials, method, client, request, now });
  const { fault, isTold, secretId } = proven instanceof Promise ? await proven : proven;
  if (fault !== undefined) throw failed(client, method, fault, isTold);
  if (secretId !== undefined) core.secretUses.record(client.id, secretId, now);
  if (request.learned !== undefined) request.learned.clientId = client.id;
  return client;
}

type Prove = (core: Core, attempt: Attempt) => Proof | Promise<Proof>;

const proofs: Readonly<Record<ClientAuthenticationMethod, Prove>> = {
  // RFC 6749 §3.2.1: a public client only names itself.
  none: () => ({}),
  client_secret_basic: proveSecret,
  client_secret_post: proveSecret,
  client_secret_jwt: proveSecretSignature,
  private_key_jwt: proveKeySignature,
  tls_client_auth: proveNamedCertificate,
  self_signed_tls_client_auth: proveOwnCertificate,
};

function readCredentials(request: HttpRequest, parameters: Parameters): Credentials {
  const basic = readBasicCredentials(request);
  const assertion = readAssertion(parameters);
  const post = readPostCredentials(parameters);
  const secret = parameters.get('client_secret');
  // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
  if (
    Number(basic !== undefined) + Number(assertion !== undefined) + Number(secret !== undefined) >
    1
  )
    throw new OAuthError('client_authentication_twice');
  const credentials = basic ?? assertion ?? post;
  if (credentials === undefined) throw new OAuthError('client_authentication_missing');
  // RFC 7521 §4.2: a `client_id` beside an assertion "MUST identify the same client". So for Basic.
  if (post !== undefined && post.clientId !== credentials.clientId)
    throw failed(undefined, credentials.method, 'client_id of another client');
  return credentials;
}

/**
 * Whoever only names itself is a public client, or shows a certificate. That is there on the
 * connection whatever else is sent, since it may be what tokens are bound to (RFC 8705 §3): so it
 * is a method for those alone that are registered for one.
 */
function methodOf({ method }: Credentials, client: Client | undefined): ClientAuthenticationMethod {
  if (method !== 'none' || client === undefined) return method;
  const byCertificate = (one: ClientAuthenticationMethod) =>
    one === 'tls_client_auth' || one === 'self_signed_tls_client_auth';
  return client.authenticationMethods.find(byCertificate) ?? method;
}

/** Why a client may not use a method, before it is tried. */
function refuseMethod(
  core: Core,
  client: Client | undefined,
  method: ClientAuthenticationMethod,
): string | undefined {
  if (client === undefined) return 'unknown or disabled client';
  if (!client.authenticationMethods.includes(method)) return 'not registered for this method';
  // FAPI 2.0 Security Profile §5.3.2.1, by the profile's list.
  const allowed = policyOf(core, client).clientAuthentication;
  return allowed === undefined || allowed.includes(method)
    ? undefined
    : 'its profile refuses this method';
}

function failed(
  client: Client | undefined,
  authentication: ClientAuthenticationMethod,
  fault: string | undefined,
  isTold = false,
): OAuthError {
  const log = { clientId: client?.id, authentication };
  // What is told is in the log anyway.
  const said =
    isTold && fault !== undefined ? { description: fault, log } : { log: { ...log, note: fault } };
  return new OAuthError('client_authentication_failed', said);
}
