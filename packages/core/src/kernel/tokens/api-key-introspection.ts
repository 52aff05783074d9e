/**
 * The introspection answer (RFC 7662) for an API key (docs/api-keys.md §7), for an API that does
 * not follow the manifest.
 */
import type { ApiKeyText } from '@keywright/jwt';
import type { Core } from '../core.ts';
import type { Client } from '../../model/entities.ts';
import { judgeApiKey, type LivingApiKey } from './api-key-judgement.ts';
import { recordUse } from './api-key-last-use.ts';

/**
 * Undefined if the key is not valid, or does not concern the caller. Does not check networks,
 * because only the API knows the network of its caller. So the answer contains them.
 */
export async function describeApiKey(
  core: Core,
  caller: Client,
  presented: ApiKeyText,
  now: number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const judgement = await judgeApiKey(core, presented, now);
  if (!judgement.alive) return undefined;
  const { key, client } = judgement.found;
  const asksForApi =
    (await core.loadApis()).find(key.audience)?.introspectors.includes(caller.id) === true;
  if (!asksForApi && client.id !== caller.id) return undefined;
  // Its own client only looks it up. At the API it was presented.
  if (asksForApi) recordUse(core, key, now);
  return answerOf(judgement.found);
}

function answerOf({ key, scopes }: LivingApiKey): Readonly<Record<string, unknown>> {
  return {
    token_type: 'api_key',
    client_id: key.clientId,
    sub: key.clientId,
    scope: scopes.join(' '),
    aud: key.audience,
    ...(key.expiresAt !== undefined ? { exp: key.expiresAt } : {}),
    jti: key.id,
    environment: key.environment,
    ...(key.networks.length > 0 ? { networks: key.networks } : {}),
  };
}
