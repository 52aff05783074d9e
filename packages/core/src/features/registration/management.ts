/**
 * A client reads, replaces and ends its own registration with its registration access token (RFC
 * 7592).
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

/** RFC 7592 §2.1. Without the secret, because only a digest of it is stored. */
export async function readRegistration(core: Core, request: HttpRequest): Promise<HttpResponse> {
  return answerClient(core, await loadPresented(core, request), 200);
}

/**
 * RFC 7592 §2.2: a member that is left out is removed. Secret and token do not change, unless there
 * was no secret before.
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
    // An administrator has set these. A scope that the client does not request today may be
    // requested again.
    optionalScopes: former.optionalScopes,
    secrets: keepsSecret ? former.secrets : made.client.secrets,
    createdAt: former.createdAt,
  };
  const client = withSealedSecret(core.vault, replaced, undefined);
  assertSameSubjects(former, client);
  // As after a change by an administrator: users were not asked about the client as it is now.
  const ends = endsGrants(former, client);
  // The client was disabled or changed by an administrator meanwhile, and this change stays.
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

/** RFC 7592 §2.2 is about members that the client may set. The client cannot remove the others. */
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

/** RFC 7592 §2.3: with everything that depends on it. */
export async function deleteRegistration(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const { client } = await loadPresented(core, request);
  await core.store.clients.disable(client.id, core.clock.nowSeconds());
  core.events.emit({ type: 'client.registration_deleted', clientId: client.id });
  return empty(204);
}

/**
 * Read from the store, so that a recent change is included. RFC 7592 §2.1: 401 also if there is no
 * such client any more.
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
  // §2.2: "the value of this field MUST match the currently issued client secret". The client
  // cannot choose it.
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
