/**
 * Reads a fetched document, and makes the client that it describes (Client ID Metadata Documents
 * §4).
 */
import type { Core } from '../../kernel/core.ts';
import { isJsonObject, memberOf, parseJsonText } from '../../kernel/http/json-body.ts';
import type { Client } from '../../model/entities.ts';
import { makeSelfDescribedClient } from '../../kernel/clients/registering/metadata.ts';
import { assertSector } from '../../kernel/clients/registering/sector.ts';
import type { JsonMembers } from '../../model/terms.ts';

/** A fault in a document. Only the log shows it. */
export class DocumentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DocumentError';
  }
}

/** Throws DocumentError, or OAuthError for metadata that registration would refuse too. */
export async function readDocument(
  core: Core,
  clientId: string,
  text: string,
  now: number,
): Promise<Client> {
  const body = parseJsonText(text, (problem) => new DocumentError(`It ${problem}`));
  if (!isJsonObject(body)) throw new DocumentError('It is not a JSON object.');
  // §4: "MUST contain a client_id property whose value MUST match the Client Identifier URL", by
  // simple string comparison.
  if (memberOf(body, 'client_id') !== clientId)
    throw new DocumentError('Its client_id is another one.');
  assertNoSecret(body);
  const described = { trust: 'unverified', origin: 'document', clientId } as const;
  const { client } = await makeSelfDescribedClient(core, withMethod(body), described, now);
  // Otherwise, with the sector of another client, it would know users by the subjects of that
  // client. The requests that wait for this document are counted already.
  const { externalWaits: _, ...uncounted } = core;
  await assertSector(uncounted, client);
  return client;
}

const methods: readonly unknown[] = ['none', 'private_key_jwt'];

/**
 * §4.1: everybody can read the document, so it must not contain a secret, or a method that needs
 * one.
 */
function assertNoSecret(body: JsonMembers): void {
  for (const name of ['client_secret', 'client_secret_expires_at'])
    if (memberOf(body, name) !== undefined)
      throw new DocumentError(`It has ${name}, which everybody could read.`);
  const method = memberOf(body, 'token_endpoint_auth_method') ?? 'none';
  if (!methods.includes(method))
    throw new DocumentError('Its token_endpoint_auth_method is neither none nor private_key_jwt.');
}

/**
 * The default method of RFC 7591 §2 needs a secret, which a client with a document cannot have.
 */
function withMethod(body: JsonMembers): JsonMembers {
  return {
    ...body,
    token_endpoint_auth_method: memberOf(body, 'token_endpoint_auth_method') ?? 'none',
  };
}
