/**
 * The usage report (docs/api-keys.md §7). An API that checks keys itself reports from time to time
 * when each was last used. It can only move these times forward, never past now, and only for its
 * own keys.
 */
import type { Core } from '../../kernel/core.ts';
import { OAuthError, refusedTo } from '../../model/errors.ts';
import { isJsonObject, malformed, memberOf, parseJsonBody } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { empty } from '../../kernel/http/responses.ts';
import type { ApiKeyUse } from '../../model/api-key-ports.ts';
import { assertStandsFor, authenticateService } from './caller.ts';

const mostUses = 1000;

export async function handleApiKeyUsage(core: Core, request: HttpRequest): Promise<HttpResponse> {
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  const now = core.clock.nowSeconds();
  const client = await authenticateService(core, request, now);
  return refusedTo({ clientId: client.id }, async () => {
    const { audience, uses } = readReport(parseJsonBody(request));
    await assertStandsFor(core, client, audience);
    if (uses.length > 0) await core.store.apiKeys.touch(audience, uses, now);
    return empty(204);
  });
}

function readReport(body: unknown): {
  readonly audience: string;
  readonly uses: readonly ApiKeyUse[];
} {
  if (!isJsonObject(body)) throw malformed('The body must be an object.');
  const audience = memberOf(body, 'audience');
  if (typeof audience !== 'string') throw malformed('audience must be a string.');
  const used = memberOf(body, 'used');
  if (!isJsonObject(used)) throw malformed('used must be an object of seconds by key id.');
  const uses = Object.entries(used);
  if (uses.length > mostUses) throw malformed(`used may have at most ${mostUses} members.`);
  return { audience, uses: uses.map(([id, at]) => ({ id, at: readSeconds(at) })) };
}

function readSeconds(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed('A time must be whole seconds since 1970.');
  return value;
}
