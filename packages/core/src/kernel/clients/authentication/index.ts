/**
 * Client authentication (RFC 6749 §2.3), before anything else of the request is read. A request
 * may use one method. The client must be registered for it, and its policy must accept it. Each
 * method is a file in this folder.
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
 * The authenticated client, or a public client that named itself. Throws
 * client_authentication_missing, client_authentication_failed or client_authentication_twice. The
 * answer is the same for an unknown client, a disabled one, a wrong method and a wrong proof; only
 * the log says more. A client that has the key also learns what else is wrong with its assertion.
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
  const { fault, isDisclosed, secretId } = proven instanceof Promise ? await proven : proven;
  if (fault !== undefined) throw failed(client, method, fault, isDisclosed);
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
  // RFC 7521 §4.2: a `client_id` next to an assertion "MUST identify the same client". The same
  // holds for Basic.
  if (post !== undefined && post.clientId !== credentials.clientId)
    throw failed(undefined, credentials.method, 'client_id of another client');
  return credentials;
}

/**
 * A request with only a client id comes from a public client, or has a certificate. The
 * certificate is on the connection in any case, because tokens may be bound to it (RFC 8705 §3).
 * So it is a method only for clients that are registered for it.
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
    : 'its profile does not allow this method';
}

function failed(
  client: Client | undefined,
  authentication: ClientAuthenticationMethod,
  fault: string | undefined,
  isDisclosed = false,
): OAuthError {
  const log = { clientId: client?.id, authentication };
  // The log contains the fault in both cases.
  const said =
    isDisclosed && fault !== undefined
      ? { description: fault, log }
      : { log: { ...log, note: fault } };
  return new OAuthError('client_authentication_failed', said);
}
