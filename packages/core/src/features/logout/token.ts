/** Logout tokens (Back-Channel Logout §2.4). */
import type { BatchSigner } from '@keywright/jwt';
import { signingKeyOf } from '../../kernel/keys/key-ring.ts';
import type { Client } from '../../model/entities.ts';
import type { LogoutTarget } from '../../model/logout-ports.ts';
import type { Keys } from '../../model/key-ports.ts';

/** §4: at most two minutes. After its end it is not sent any more. */
export const logoutTokenSeconds = 120;

const event = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Names the user and the sign-in. Without a nonce, so that it cannot pass for an ID token (§2.4).
 */
export function signLogoutToken(
  issuer: string,
  keys: Keys,
  signer: BatchSigner,
  client: Client,
  { subject, sid }: LogoutTarget,
  id: string,
  now: number,
): Promise<string> {
  // §2.4: the explicit type, and the algorithm of the client's ID tokens.
  return signer.sign(signingKeyOf(keys, client.idTokenAlgorithm), 'logout+jwt', {
    iss: issuer,
    aud: client.id,
    iat: now,
    exp: now + logoutTokenSeconds,
    jti: id,
    sub: subject,
    sid,
    events: { [event]: {} },
  });
}
