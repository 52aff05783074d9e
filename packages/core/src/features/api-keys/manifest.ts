/**
 * The manifest (docs/api-keys.md §6): the active keys of one API, as digests, signed. The guard of
 * the API fetches it, and can then check every key itself. Only the services of the API may read
 * it, because it shows who has keys.
 */
import { digest } from '@keywright/jwt';
import { mayHaveApiKeys } from '../../kernel/policy/tiers.ts';
import type { Core } from '../../kernel/core.ts';
import { signingKeyOf } from '../../kernel/keys/key-ring.ts';
import { OAuthError, refusedTo } from '../../model/errors.ts';
import { answerConditionally, type TaggedDocument } from '../../kernel/http/conditional.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import {
  parseParameters,
  type Parameters,
  requireParameter,
} from '../../kernel/http/parameters.ts';
import type { ApiKey, Client } from '../../model/entities.ts';
import { isYoung } from '../../rules/staleness.ts';
import { createRefreshed } from '../../kernel/status/refreshed.ts';
import { assertStandsFor, authenticateService } from './caller.ts';
import { usableScopes } from '../../kernel/tokens/api-key-judgement.ts';
import type { ApiDirectory } from '../../model/services.ts';

/** How long a guard may use a copy while the server cannot be reached. */
const lifetimeSeconds = 300;
/**
 * The manifest is signed again after this time, changed or not, so that each copy is valid for most
 * of its lifetime when it is fetched.
 */
const resignAfterSeconds = 60;
const pageSize = 1000;

interface Manifest {
  /** The signed content. The same keys need no new signature by the same signing key. */
  readonly content: string;
  readonly signedAt: number;
  readonly document: TaggedDocument;
}

interface Entry {
  readonly id: string;
  readonly sha256: string;
  readonly client_id: string;
  readonly env: string;
  readonly scope: string;
  readonly exp?: number;
  readonly networks?: readonly string[];
}

export type ManifestEndpoint = (core: Core, request: HttpRequest) => Promise<HttpResponse>;

/** Caches one manifest for each API. On a request, it looks for changes at most once a second. */
export function createManifestEndpoint(): ManifestEndpoint {
  const loaders = new Map<string, (now: number) => Promise<Manifest>>();
  const load = (core: Core, audience: string, now: number): Promise<Manifest> => {
    const loader =
      loaders.get(audience) ??
      createRefreshed((former: Manifest | undefined, at) =>
        bringUpToDate(core, audience, former, at),
      );
    loaders.set(audience, loader);
    return loader(now);
  };
  return async (core, request) => {
    const now = core.clock.nowSeconds();
    const parameters = parseParameters(request.query);
    assertNoSecret(parameters);
    const client = await authenticateService(core, request, now);
    return refusedTo({ clientId: client.id }, async () => {
      const audience = requireParameter(parameters, 'audience');
      await assertStandsFor(core, client, audience);
      return answerConditionally(request, (await load(core, audience, now)).document);
    });
  };
}

/** RFC 6749 §2.3.1: addresses are written to logs. */
function assertNoSecret(parameters: Parameters): void {
  if (parameters.repeated.size > 0) throw new OAuthError('parameter_repeated');
  if (parameters.get('client_secret') !== undefined) throw new OAuthError('credentials_in_query');
}

async function bringUpToDate(
  core: Core,
  audience: string,
  former: Manifest | undefined,
  now: number,
): Promise<Manifest> {
  const signingKey = signingKeyOf(await core.keys.load(), 'ES256');
  const keys = await listEntries(core, audience, now);
  const content = JSON.stringify([signingKey.kid, keys]);
  if (former?.content === content && isYoung(former.signedAt, now, resignAfterSeconds))
    return former;
  const body = await core.signer.sign(signingKey, 'api-keys+jwt', {
    iss: core.options.issuer,
    aud: audience,
    iat: now,
    exp: now + lifetimeSeconds,
    keys,
  });
  return { content, signedAt: now, document: documentOf(body) };
}

function documentOf(body: string): TaggedDocument {
  return {
    body,
    contentType: 'application/api-keys+jwt',
    etag: `"${digest(body)}"`,
    // For one caller, which may store it but must revalidate it.
    cacheControl: 'private, no-cache',
  };
}

async function listEntries(core: Core, audience: string, now: number): Promise<readonly Entry[]> {
  const apis = await core.loadApis();
  const entries: Entry[] = [];
  let after: string | undefined;
  do {
    const paging = { limit: pageSize, ...(after !== undefined ? { after } : {}) };
    const page = await core.store.apiKeys.list({ audience, aliveAt: now }, paging);
    for (const key of page.items) {
      const entry = entryOf(key, await core.loadClient(key.clientId), apis);
      if (entry !== undefined) entries.push(entry);
    }
    after = page.next;
  } while (after !== undefined);
  return entries;
}

/**
 * Undefined for a key that cannot be used, because its client is disabled or has none of its scopes
 * any more.
 */
function entryOf(key: ApiKey, client: Client | undefined, apis: ApiDirectory): Entry | undefined {
  if (client === undefined || !mayHaveApiKeys(client)) return undefined;
  const scopes = usableScopes(key, client, apis);
  if (scopes.length === 0) return undefined;
  return {
    id: key.id,
    sha256: key.digest,
    client_id: key.clientId,
    env: key.environment,
    scope: scopes.join(' '),
    ...(key.expiresAt !== undefined ? { exp: key.expiresAt } : {}),
    ...(key.networks.length > 0 ? { networks: key.networks } : {}),
  };
}
