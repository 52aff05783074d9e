/** Clients in the admin API: list, read, create, disable, enable, and a new secret. */
import { digest } from '@keywright/jwt';
import { answerList, pageParameters, parseAddress } from '../../kernel/json-api/listing.ts';
import { missing, parseObject, requireText, wrong } from '../../kernel/json-api/members.ts';
import type { AdminScope } from '../../kernel/apis/admin.ts';
import { withSealedSecret } from '../../kernel/clients/authentication/client-secret-jwt.ts';
import { addedClient, canonicalText } from '../../kernel/clients/changes.ts';
import { renderForAdministrators } from '../../kernel/clients/metadata/rendering.ts';
import {
  clientMemberTypes,
  type ClientRegistration,
  requiredMembers,
} from '../../kernel/clients/client-registration.ts';
import { registerClient } from '../../kernel/clients/registration.ts';
import { addSecret } from '../../kernel/clients/secrets.ts';
import type { Core } from '../../kernel/core.ts';
import { ConfigError, type ConfigProblem, OAuthError } from '../../model/errors.ts';
import { memberOf } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { empty, json } from '../../kernel/http/responses.ts';
import type { Client } from '../../model/entities.ts';
import { readMembers } from '../../kernel/clients/registering/members.ts';
import { refusalOf, refusing } from '../../kernel/clients/registering/metadata.ts';
import { assertSector } from '../../kernel/clients/registering/sector.ts';
import {
  assertManageable,
  assertTrusted,
  assertWithinReach,
  needsTrust,
  problemsBeyond,
} from './reach.ts';
import type { JsonMembers } from '../../model/terms.ts';

const origins: readonly string[] = [
  'config',
  'command',
  'registration',
  'document',
] satisfies readonly Client['origin'][];

/**
 * One client by `client_id`, or all, page by page. With `origin`, only clients of this provenance.
 */
export async function listClients(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseAddress(request, ['client_id', 'origin', ...pageParameters]);
  const id = parameters.get('client_id');
  if (id !== undefined) return answerOne(await loadKnown(core, id));
  const origin = parameters.get('origin');
  if (origin !== undefined && !origins.includes(origin))
    throw wrong(`origin must be one of ${origins.join(', ')}.`);
  const chosen = origin === undefined ? {} : { origin: origin as Client['origin'] };
  return answerList(core, parameters, ['clients', chosen], {
    name: 'clients',
    load: (paging) => core.store.clients.list({ ...chosen, ...paging }),
    render: renderForAdministrators,
  });
}

export async function loadKnown({ store }: Core, id: string): Promise<Client> {
  const client = await store.clients.load(id);
  if (client === undefined)
    throw new OAuthError('object_unknown', { description: 'No client has this id.' });
  return client;
}

/**
 * The answer about a client that was created or changed. Only `clients:read` shows what a client
 * has. Without it, the answer contains the id, what the caller itself sent, and a new secret.
 */
export function answerChanged(
  client: Client,
  sent: JsonMembers,
  granted: readonly AdminScope[],
  { secret, status = 200 }: { readonly secret?: string | undefined; readonly status?: number } = {},
): HttpResponse {
  if (granted.includes('clients:read')) return answerOne(client, secret, status);
  const names = Object.keys(clientMemberTypes).filter((name) => name !== 'client_secret');
  const own = names.map((name) => [name, memberOf(sent, name) ?? undefined] as const);
  return answerWithTag(
    client,
    { ...Object.fromEntries(own), client_id: client.id, client_secret: secret },
    status,
  );
}

/** With the tag for a change (RFC 9110 §8.8.3), and with a new secret if there is one. */
export function answerOne(client: Client, secret?: string, status = 200): HttpResponse {
  const shown = secret === undefined ? {} : { client_secret: secret };
  return answerWithTag(client, { ...renderForAdministrators(client), ...shown }, status);
}

function answerWithTag(
  client: Client,
  body: Readonly<Record<string, unknown>>,
  status: number,
): HttpResponse {
  const { headers, ...answer } = json(body, status);
  return { ...answer, headers: { ...headers, etag: tagOf(client) } };
}

export function tagOf(client: Client): string {
  return `"${digest(canonicalText(client))}"`;
}

/** As by `keywright clients add`, within the limits of the caller. */
export async function createClient(
  core: Core,
  request: HttpRequest,
  caller: Client,
  granted: readonly AdminScope[],
): Promise<HttpResponse> {
  const body = parseObject(request);
  const registration = readRegistration(body);
  const apis = await core.loadApis();
  const { client, secret } = register(core, registration, apis.all);
  if (needsTrust(client, apis)) assertTrusted({ client: caller, granted });
  const beyond = problemsBeyond({ client: caller, granted }, client);
  if (beyond.length > 0) throw refusalOf(beyond);
  await assertSector(core, client);
  if (!(await core.store.clients.add(client, undefined, core.clock.nowSeconds())))
    throw new OAuthError('object_exists', { description: 'A client with this id exists already.' });
  core.events.emit({ ...addedClient(client), by: caller.id });
  return answerChanged(client, body, granted, { secret, status: 201 });
}

function readRegistration(body: JsonMembers): ClientRegistration {
  const problems: ConfigProblem[] = [];
  const said = readMembers(
    body,
    clientMemberTypes,
    (path, message) => void problems.push({ path, message }),
  );
  for (const name of requiredMembers)
    if (said[name] === undefined) problems.push({ path: name, message: 'is required' });
  if (problems.length > 0) throw refusalOf(problems);
  return said as ClientRegistration;
}

function register(
  { options, clock, random, vault }: Core,
  registration: ClientRegistration,
  apis: Parameters<typeof registerClient>[1]['apis'],
) {
  const now = clock.nowSeconds();
  const making = { ...options, now, random, apis, origin: 'command', path: '' } as const;
  const { client, secret } = refusing(() => registerClient(registration, making));
  return { client: withSealedSecret(vault, client, secret), secret };
}

/**
 * Idempotent: 204, also if it was disabled before. Disabling gives no access, so a caller may
 * disable more clients than it may change.
 */
export async function disableClient(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const id = parseAddress(request, ['client_id']).get('client_id') ?? missing('client_id');
  const client = await loadKnown(core, id);
  assertManageable(client);
  await core.store.clients.disable(id, core.clock.nowSeconds());
  if (client.status === 'active')
    core.events.emit({ type: 'client.disabled', clientId: id, by: caller.id });
  return empty(204);
}

/** Idempotent: 204, also if it was not disabled. Nothing that ended is restored. */
export async function enableClient(
  core: Core,
  request: HttpRequest,
  caller: Client,
  granted: readonly AdminScope[],
): Promise<HttpResponse> {
  const client = await loadKnown(core, requireText(parseObject(request), 'client_id'));
  // There was a reason to disable it, so the caller needs the same rights as for a change.
  assertWithinReach({ client: caller, granted }, client, await core.loadApis());
  if (await core.store.clients.enable(client.id, core.clock.nowSeconds()))
    core.events.emit({ type: 'client.enabled', clientId: client.id, by: caller.id });
  return empty(204);
}

const longestOverlapSeconds = 90 * 86_400;

/** A new secret, shown once. The former one stays valid for `overlap_seconds`. */
export async function renewClientSecret(
  core: Core,
  request: HttpRequest,
  caller: Client,
  granted: readonly AdminScope[],
): Promise<HttpResponse> {
  const body = parseObject(request);
  const id = requireText(body, 'client_id');
  const overlapSeconds = memberOf(body, 'overlap_seconds') ?? 86_400;
  if (!isSpan(overlapSeconds))
    throw wrong(`overlap_seconds must be a whole number up to ${longestOverlapSeconds}.`);
  const client = await loadKnown(core, id);
  assertWithinReach({ client: caller, granted }, client, await core.loadApis());
  // Users may have consented to the client. They would not be asked about the caller that gets its
  // new secret.
  if (client.kind !== 'service') assertTrusted({ client: caller, granted });
  const renewed = renew(core, client, overlapSeconds);
  const { secrets } = renewed.client;
  if (!(await core.store.clients.replaceSecrets(id, client.secrets, secrets)))
    throw new OAuthError('object_exists', {
      description: 'The client is disabled, or it got a secret at the same time.',
    });
  core.events.emit({ type: 'client.secret_renewed', clientId: id, overlapSeconds, by: caller.id });
  return json({ client_id: id, client_secret: renewed.secret });
}

function isSpan(value: unknown): value is number {
  return (
    Number.isSafeInteger(value) &&
    (value as number) >= 0 &&
    (value as number) <= longestOverlapSeconds
  );
}

function renew({ random, clock, vault }: Core, client: Client, overlapSeconds: number) {
  try {
    const { client: added, secret } = addSecret(client, random, clock.nowSeconds(), overlapSeconds);
    return { client: withSealedSecret(vault, added, secret), secret };
  } catch (error) {
    if (error instanceof ConfigError)
      throw wrong('client_id belongs to a client that has no secret.');
    throw error;
  }
}
