/**
 * A client's own registration, read, replaced and ended by the token that it was given (RFC 7592).
 */
import { digest, equalDigests } from '@keywright/jwt';
import {
  canKeepSecrets,
  withSealedSecret,
} from '../../kernel/clients/authentication/client-secret-jwt.ts';
import { secretMatches } from '../../kernel/clients/authentication/secret.ts';
import { changedMembers } from '../../kernel/clients/changes.ts';
import {
  clientMemberTypes,
  type ClientRegistration,
  registrationMemberTypes,
} from '../../kernel/clients/client-registration.ts';
import { endsGrants, hasOtherSubjects } from '../../kernel/clients/editing.ts';
import { renderRegistration } from '../../kernel/clients/metadata/rendering.ts';
import { kindRules } from '../../kernel/policy/tiers.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { memberOf } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { empty } from '../../kernel/http/responses.ts';
import { takeOfClient } from '../../kernel/limits/limits.ts';
import type { Client } from '../../model/entities.ts';
import { answerClient } from './answer.ts';
import { readBearer } from './bearer.ts';
import { parseMetadata, withManagement } from './endpoint.ts';
import { makeSelfDescribedClient, refusalOf } from '../../kernel/clients/registering/metadata.ts';
import { assertSector } from '../../kernel/clients/registering/sector.ts';
import { withStatement } from './software-statement.ts';
import type { JsonMembers } from '../../model/terms.ts';

interface Presented {
  readonly client: Client;
  readonly registrationToken: string;
}

/** RFC 7592 §2.1. The secret is not in it: of that, only a digest is kept. */
export async function readRegistration(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return answerClient(core, await loadPresented(core, request), 200);
}

/**
 * RFC 7592 §2.2: what is left out is taken away. Neither the secret nor the token changes, unless
 * there was no secret before.
 */
export async function replaceRegistration(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const presented = await loadPresented(core, request);
  const { client: former, registrationToken } = presented;
  const sent = parseMetadata(core, request);
  assertReplacement(sent, former, now);
  const body = await withStatement(core, sent, now, former.settings?.softwareStatement);
  const { trust, id: clientId } = former;
  const administered = administeredOf(former);
  const made = await makeSelfDescribedClient(
    core,
    body,
    { trust, origin: 'registration', clientId, administered },
    now,
  );
  await assertSector(core, made.client);
  const keepsSecret = made.secret !== undefined && canKeepSecrets(made.client, former.secrets);
  const replaced = {
    ...withManagement(made.client, body, registrationToken),
    // Set by an administrator. What the client does not ask for today it may ask for again.
    optionalScopes: former.optionalScopes,
    secrets: keepsSecret ? former.secrets : made.client.secrets,
    createdAt: former.createdAt,
  };
  const client = withSealedSecret(core.vault, replaced, undefined);
  assertSameSubjects(former, client);
  // As when an administrator changes it: users were not asked about the client that it is now.
  const ends = endsGrants(former, client);
  // Disabled meanwhile, or changed by an administrator: that stands.
  if (!(await core.store.clients.update(client, former, ends, now)))
    throw new OAuthError('object_exists');
  const changed = changedMembers(former, client);
  core.events.emit({ type: 'client.registration_replaced', clientId, changed, endsGrants: ends });
  return answerClient(
    core,
    { client, secret: keepsSecret ? undefined : made.secret, registrationToken },
    200,
  );
}

/** RFC 7592 §2.2 speaks of what the client may say; the rest is not its to take away. */
function administeredOf(client: Client): Partial<ClientRegistration> {
  const {
    client_id: _,
    kind: __,
    trust: ___,
    optional_scope: ____,
    ...said
  } = renderRegistration(client);
  return Object.fromEntries(
    Object.entries(said).filter(
      ([name]) =>
        Object.hasOwn(clientMemberTypes, name) && !Object.hasOwn(registrationMemberTypes, name),
    ),
  );
}

/** RFC 7592 §2.3: with all that hangs on it. */
export async function deleteRegistration(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const { client } = await loadPresented(core, request);
  await core.store.clients.disable(client.id, core.clock.nowSeconds());
  core.events.emit({ type: 'client.registration_deleted', clientId: client.id });
  return empty(204);
}

/**
 * From the store itself: what was just changed is read as it is. RFC 7592 §2.1: 401 also where
 * there is no such client any more.
 */
async function loadPresented(core: Core, request: HttpRequest): Promise<Presented> {
  const registrationToken = readBearer(request);
  if (registrationToken === undefined) throw new OAuthError('token_missing');
  const client = await core.store.clients.load(
    request.path.slice(request.path.lastIndexOf('/') + 1),
  );
  const known = client?.settings?.registrationTokenDigest;
  const isIts = equalDigests(digest(registrationToken), known ?? digest(''));
  if (client === undefined || known === undefined || !isIts || client.status !== 'active')
    throw new OAuthError('registration_token_invalid', { log: { clientId: client?.id } });
  if (request.learned !== undefined) request.learned.clientId = client.id;
  takeOfClient(core, client, request.remoteAddress);
  return { client, registrationToken };
}

const answeredOnly = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
] as const;

function assertReplacement(body: JsonMembers, client: Client, now: number): void {
  // §2.2: "The client MUST include its "client_id" field in the request, and it MUST be the same as
  // its currently issued client identifier."
  if (memberOf(body, 'client_id') !== client.id)
    throw refused('client_id', 'must be the client_id of this client');
  // §2.2: the request "MUST NOT include" these.
  for (const name of answeredOnly)
    if ((memberOf(body, name) ?? undefined) !== undefined)
      throw refused(name, 'is set by the server: leave it out');
  // §2.2: "the value of this field MUST match the currently issued client secret"; it is never the
  // client's to choose.
  const secret = memberOf(body, 'client_secret') ?? undefined;
  if (secret === undefined) return;
  const isIssued =
    typeof secret === 'string' &&
    kindRules[client.kind].confidential &&
    secretMatches(secret, client, now);
  if (!isIssued) throw refused('client_secret', 'must be the issued one, or be left out');
}

/**
 * OpenID Connect Core §8.1: a pairwise client must not learn by which subjects other clients know
 * its users.
 */
function assertSameSubjects(former: Client, client: Client): void {
  if (hasOtherSubjects(former, client))
    throw refused(
      'subject_type',
      'would change the subjects by which this client knows its users: keep it, and name the former host by sector_identifier_uri, or register another client',
    );
}

function refused(path: string, message: string): OAuthError {
  return refusalOf([{ path, message }]);
}
