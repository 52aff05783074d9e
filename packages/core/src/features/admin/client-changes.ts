/**
 * Changes a client by a JSON merge patch (RFC 7396). The patch applies only to the version that the
 * caller has read (If-Match).
 */
import { parseAddress } from '../../kernel/json-api/listing.ts';
import { missing, wrong } from '../../kernel/json-api/members.ts';
import type { AdminScope } from '../../kernel/apis/admin.ts';
import { changedMembers } from '../../kernel/clients/changes.ts';
import { changeClient, type ChangedClient } from '../../kernel/clients/editing.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { assertMatch } from '../../kernel/http/conditional.ts';
import { isJsonObject, malformed, parseJsonBody } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import type { Client } from '../../model/entities.ts';
import { refusalOf, refusing } from '../../kernel/clients/registering/metadata.ts';
import { assertSector } from '../../kernel/clients/registering/sector.ts';
import { answerChanged, loadKnown, tagOf } from './clients.ts';
import {
  assertTrusted,
  assertWithinReach,
  hasOtherKeys,
  hasOtherOrigin,
  needsTrust,
  problemsBeyond,
} from './reach.ts';
import type { JsonMembers } from '../../model/terms.ts';

const mediaTypes = ['application/merge-patch+json', 'application/json'];

/**
 * Makes the whole change or nothing. `subjects=change` allows that the client knows its users by
 * other subjects afterwards.
 */
export async function updateClient(
  core: Core,
  request: HttpRequest,
  caller: Client,
  granted: readonly AdminScope[],
): Promise<HttpResponse> {
  const parameters = parseAddress(request, ['client_id', 'subjects']);
  const id = parameters.get('client_id') ?? missing('client_id');
  const subjects = parameters.get('subjects');
  if (subjects !== undefined && subjects !== 'change') throw wrong('subjects must be "change".');
  const patch = parsePatch(request);
  const former = await loadKnown(core, id);
  const by = { client: caller, granted };
  const apis = await core.loadApis();
  assertWithinReach(by, former, apis);
  // Its metadata comes from its document, which would replace the change.
  if (former.origin === 'document')
    throw new OAuthError('resource_forbidden', {
      description: 'The metadata of this client come from the document at its address.',
    });
  assertMatch(request, tagOf(former));
  const changed = change(core, former, patch, subjects !== undefined, apis.all);
  const { client, secret, endsGrants } = changed;
  const hasNewSecret = secret !== undefined && former.kind !== 'service';
  const isOthers = hasNewSecret || hasOtherOrigin(former, client) || hasOtherKeys(former, client);
  if (client.trust !== former.trust || needsTrust(client, apis) || isOthers) assertTrusted(by);
  const beyond = problemsBeyond(by, client);
  if (beyond.length > 0) throw refusalOf(beyond);
  const members = changedMembers(former, client);
  if (members.length === 0) return answerChanged(client, patch, granted);
  if (hasOtherSector(former, client)) await assertSector(core, client);
  const now = core.clock.nowSeconds();
  if (!(await core.store.clients.update(client, former, endsGrants, now)))
    throw new OAuthError('precondition_failed');
  core.events.emit({
    type: 'client.changed',
    clientId: id,
    changed: members,
    endsGrants,
    by: caller.id,
  });
  return answerChanged(client, patch, granted, { secret });
}

/** Whether the sector has changed, or the redirect URIs that the sector must list. */
function hasOtherSector(former: Client, client: Client): boolean {
  const known = new Set(former.redirectUris);
  return (
    former.settings?.sectorIdentifierUri !== client.settings?.sectorIdentifierUri ||
    client.redirectUris.some((uri) => !known.has(uri))
  );
}

function parsePatch(request: HttpRequest): JsonMembers {
  const body = parseJsonBody(request, mediaTypes);
  if (!isJsonObject(body)) throw malformed('The body must be an object.');
  return body;
}

function change(
  { options, clock, random, vault }: Core,
  former: Client,
  patch: JsonMembers,
  allowsOtherSubjects: boolean,
  apis: Parameters<typeof changeClient>[2]['apis'],
): ChangedClient {
  const now = clock.nowSeconds();
  const scopeCeiling = options.registration.scopes;
  const changing = { now, random, vault, scopeCeiling, apis, allowsOtherSubjects };
  return refusing(() => changeClient(former, patch, { ...options, ...changing }));
}
