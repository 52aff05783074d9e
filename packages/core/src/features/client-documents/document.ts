/** A fetched document and the client that it describes (Client ID Metadata Documents §4). */
import type { Core } from '../../kernel/core.ts';
import { isJsonObject, memberOf, parseJsonText } from '../../kernel/http/json-body.ts';
import type { Client } from '../../model/entities.ts';
import { makeSelfDescribedClient } from '../../kernel/clients/registering/metadata.ts';
import { assertSector } from '../../kernel/clients/registering/sector.ts';
import type { JsonMembers } from '../../model/terms.ts';

/** What is wrong with a document: for the log, and for nobody else. */
export class DocumentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DocumentError';
  }
}

/** Throws DocumentError, or OAuthError for metadata that could not be registered either. */
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
  // Or by a sector that is another's, it would know people by the names that the other one knows.
  // Every request that waits for this document is counted already.
  const { externalWaits: _, ...uncounted } = core;
  await assertSector(uncounted, client);
  return client;
}

const methods: readonly unknown[] = ['none', 'private_key_jwt'];

/** §4.1: everybody can read it, so it holds no secret, and no method that would need one. */
function assertNoSecret(body: JsonMembers): void {
  for (const name of ['client_secret', 'client_secret_expires_at'])
    if (memberOf(body, name) !== undefined)
      throw new DocumentError(`It has ${name}, which everybody could read.`);
  const method = memberOf(body, 'token_endpoint_auth_method') ?? 'none';
  if (!methods.includes(method))
    throw new DocumentError('Its token_endpoint_auth_method is neither none nor private_key_jwt.');
}

/** RFC 7591 §2 has a method with a secret where none is named; here there can be none. */
function withMethod(body: JsonMembers): JsonMembers {
  return {
    ...body,
    token_endpoint_auth_method: memberOf(body, 'token_endpoint_auth_method') ?? 'none',
  };
}
