/**
 * The token with which this server asks an API about its resources (RFC 9068): for this API alone,
 * with one scope that no client can have, and for one minute.
 */
import type { Api } from '../../model/entities.ts';
import { newId } from '../../model/token-id.ts';
import { describeScope } from '../../rules/describe-scope.ts';
import type { Core } from '../core.ts';
import { signingKeyOf } from '../keys/key-ring.ts';

const lifetimeSeconds = 60;

/** Always a JWT, also for an API with opaque tokens: nothing is stored for it. */
export async function makeServiceToken(core: Core, api: Api): Promise<string> {
  const { issuer } = core.options;
  const now = core.clock.nowSeconds();
  const keys = await core.keys.load();
  return core.signer.sign(signingKeyOf(keys, api.settings?.signingAlgorithm ?? 'ES256'), 'at+jwt', {
    iss: issuer,
    // There is no user. The server is its own client.
    sub: issuer,
    client_id: issuer,
    aud: api.identifier,
    iat: now,
    exp: now + lifetimeSeconds,
    jti: newId(core, ''),
    scope: describeScope,
  });
}
