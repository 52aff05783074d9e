/**
 * Dynamic client registration (RFC 7591; OpenID Connect Registration 1.0): checks the caller and
 * the metadata, stores the client, and answers.
 */
import { digest } from '@keywright/jwt';
import { parseObject } from '../../kernel/json-api/members.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { malformed, memberOf } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import type { Client } from '../../model/entities.ts';
import { networkOf } from '../../rules/network.ts';
import { type Admission, assertMayRegister } from './admission.ts';
import { answerClient } from './answer.ts';
import { makeSelfDescribedClient } from '../../kernel/clients/registering/metadata.ts';
import { assertSector } from '../../kernel/clients/registering/sector.ts';
import { withStatement } from './software-statement.ts';
import type { JsonMembers } from '../../model/terms.ts';

/** RFC 7591 §3.1. */
export async function handleRegister(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const now = core.clock.nowSeconds();
  const admission = await assertMayRegister(core, request, now);
  const body = await withStatement(core, parseMetadata(core, request), now);
  const { trust } = core.options.registration;
  const { client, secret } = await makeSelfDescribedClient(
    core,
    body,
    { trust, origin: 'registration' },
    now,
  );
  await assertSector(core, client);
  const registrationToken = core.newSecret();
  const managed = withManagement(client, body, registrationToken);
  await admission.spend();
  await add(core, managed, admission, now);
  tellRegistered(core, managed, request);
  return answerClient(core, { client: managed, secret, registrationToken }, 201);
}

/**
 * In characters. Clients are stored, so the limit for an unauthenticated caller is lower than for
 * other bodies.
 */
const longestMetadata = 16 * 1024;

/** Throws content_type_wrong or body_malformed. */
export function parseMetadata({ options }: Core, request: HttpRequest): JsonMembers {
  if (request.body.length > longestMetadata) throw malformed('The body is too long.');
  const body = parseObject(request);
  // RFC 7591 §2: the server may replace a requested value. This is before the software statement,
  // whose scopes must stay.
  return options.policies.default.registeredScopes === 'open' ? { ...body, scope: null } : body;
}

/**
 * Additional stored data: the digest of the registration access token, and the unchanged software
 * statement.
 */
export function withManagement(
  client: Client,
  body: JsonMembers,
  registrationToken: string,
): Client {
  const statement = memberOf(body, 'software_statement');
  return {
    ...client,
    settings: {
      ...client.settings,
      ...(typeof statement === 'string' ? { softwareStatement: statement } : {}),
      registrationTokenDigest: digest(registrationToken),
    },
  };
}

/**
 * Unauthenticated callers create rows. So the number of clients that no user agreed to is limited,
 * and they are removed after some days.
 */
async function add(core: Core, client: Client, admission: Admission, now: number): Promise<void> {
  const { unusedSeconds, mostUnused } = core.options.registration;
  const isAdded = await core.store.clients.add(client, { unusedSeconds, mostUnused }, now);
  if (isAdded) return;
  await admission.giveBack();
  throw new OAuthError('registration_full', { retryAfterSeconds: 3600 });
}

function tellRegistered(core: Core, client: Client, request: HttpRequest): void {
  const { id: clientId, kind, trust, grantTypes, scopes } = client;
  const network = networkOf(request.remoteAddress);
  core.events.emit({
    type: 'client.registered',
    clientId,
    kind,
    trust,
    grantTypes,
    scopes,
    network,
  });
}
