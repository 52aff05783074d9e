/**
 * client_secret_jwt (OpenID Connect Core §9): an assertion with an HMAC with the client's secret.
 * Only HS256: each secret has 256 bits, and a longer hash would add nothing. The secret itself is
 * needed, so it is stored sealed in addition to its digest, only for clients with this method.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { digest, keyOf, type ParsedJwt } from '@keywright/jwt';
import type { Core } from '../../core.ts';
import type { Client, ClientSecret } from '../../../model/entities.ts';
import type { Vault } from '../../../model/ports.ts';
import { refuseAlgorithm, settleAssertion } from './client-assertion.ts';
import type { Attempt, Proof } from './credentials.ts';
import { isLiving } from './secret.ts';

export const secretAlgorithm = 'HS256';
const purpose = 'client-secret';

export async function proveSecretSignature(core: Core, attempt: Attempt): Promise<Proof> {
  const { client, credentials, now } = attempt;
  const assertion = credentials.assertion as ParsedJwt;
  const { algorithm } = keyOf(assertion.header);
  if (algorithm !== secretAlgorithm) return { fault: 'assertion: alg' };
  const refused = refuseAlgorithm(core, attempt, algorithm);
  if (refused !== undefined) return { fault: `assertion: ${refused}` };
  const signing = client.secrets.find(
    (secret) => isLiving(secret, now) && isSignedWith(core.vault, client.id, secret, assertion),
  );
  if (signing === undefined) return { fault: 'assertion: signature' };
  const settled = await settleAssertion(core, attempt, assertion);
  return settled.fault === undefined ? { secretId: signing.id } : settled;
}

function isSignedWith(
  vault: Vault,
  clientId: string,
  kept: ClientSecret,
  { signingInput, signature }: ParsedJwt,
): boolean {
  const secret = open(vault, clientId, kept);
  if (secret === undefined) return false;
  const expected = createHmac('sha256', secret).update(signingInput, 'latin1').digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function open(
  vault: Vault,
  clientId: string,
  { id, sealed }: ClientSecret,
): Uint8Array | undefined {
  return sealed === undefined ? undefined : vault.unseal(purpose, sealed, contextOf(clientId, id));
}

/** Purpose and context of a sealed secret, for code that seals it again. */
export function openedSecrets(clientId: string, secretId: string) {
  return { purpose, context: contextOf(clientId, secretId) };
}

/** A sealed secret cannot be used for another client, or as another secret. */
function contextOf(clientId: string, secretId: string): string {
  return `${clientId} ${secretId}`;
}

/**
 * The client with its secret sealed if it signs with it (`client_secret_jwt`), and with digests
 * only if it does not. `secret` is a new secret or the one in the configuration.
 */
export function withSealedSecret(vault: Vault, client: Client, secret: string | undefined): Client {
  if (!signsWithSecret(client))
    return client.secrets.some(isSealed) ? withoutSealed(client) : client;
  if (secret === undefined) return client;
  const own = digest(secret);
  const seal = (one: ClientSecret) => vault.seal(purpose, secret, contextOf(client.id, one.id));
  const secrets = client.secrets.map((one) =>
    one.digest !== own || open(vault, client.id, one) !== undefined
      ? one
      : { ...one, sealed: seal(one) },
  );
  return { ...client, secrets };
}

/**
 * Whether these secrets serve the client as it is now registered. A client that signs with its
 * secret needs the sealed secret, not only a digest.
 */
export function canKeepSecrets(client: Client, secrets: Client['secrets']): boolean {
  return secrets.length > 0 && (!signsWithSecret(client) || secrets.every(isSealed));
}

function isSealed({ sealed }: ClientSecret): boolean {
  return sealed !== undefined;
}

function withoutSealed(client: Client): Client {
  return { ...client, secrets: client.secrets.map(({ sealed: _, ...secret }) => secret) };
}

/** Whether a client may authenticate with `client_secret_jwt` (OpenID Connect Core §9). */
export function signsWithSecret({
  authenticationMethods,
}: Pick<Client, 'authenticationMethods'>): boolean {
  return authenticationMethods.includes('client_secret_jwt');
}
