/**
 * Continues in the browser (OAuth 2.0 for First-Party Applications, §5.2.2.1). The request that was
 * made here counts as a pushed one, so the application need not send it again.
 */
import { keepPushed, pushedSeconds } from '../authorization/pushed.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { type Parameters, parametersOf } from '../../kernel/http/parameters.ts';
import type { Client } from '../../model/entities.ts';

/**
 * What the user typed, and the credentials of the client. They are not part of the request, and are
 * never stored.
 */
const unkept = [
  'username',
  'password',
  'otp',
  'auth_session',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
];

/**
 * The refusal, with a reference to the request if it names a redirect URI. `parameters` were
 * checked. The key that was proved with them binds the code, as for any pushed request (RFC 9449
 * §10.1).
 */
export async function toWeb(
  core: Core,
  client: Client,
  parameters: Parameters,
  thumbprint: string | undefined,
  remoteAddress: string,
  now: number,
): Promise<OAuthError> {
  if (!core.options.features.pushedRequests || parameters.get('redirect_uri') === undefined)
    return new OAuthError('challenge_to_web');
  const kept = parameters.names().filter((name) => !unkept.includes(name));
  const values = kept.map((name) => [
    name,
    name === 'resource' ? parameters.all(name) : (parameters.get(name) ?? ''),
  ]);
  const asked = parametersOf({
    response_type: 'code',
    ...(Object.fromEntries(values) as Record<string, string | readonly string[]>),
    client_id: client.id,
    ...(thumbprint !== undefined ? { dpop_jkt: thumbprint } : {}),
  });
  const presented = { parameters: asked, isSigned: false };
  const reference = await keepPushed(core, client, presented, remoteAddress, now);
  return new OAuthError('challenge_to_web', {
    members: { request_uri: reference, expires_in: pushedSeconds },
  });
}
