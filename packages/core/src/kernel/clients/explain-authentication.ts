/** How a client proves who it is, and when its secrets were last used: for `keywright explain`. */
import type { ClientAuthenticationMethod } from '@keywright/wire';
import type { Client, ClientSecret } from '../../model/entities.ts';

/** When each client secret was last used, by its id, and the time now. In seconds since 1970. */
export interface SecretHistory {
  readonly uses: ReadonlyMap<string, number>;
  readonly now: number;
}

const texts: Readonly<Record<ClientAuthenticationMethod, string>> = {
  none: 'it cannot keep a secret. PKCE protects its codes, and rotation protects its refresh tokens',
  client_secret_basic: 'it sends its secret in the Authorization header',
  client_secret_post: 'it sends its secret in the form',
  client_secret_jwt: 'it signs an assertion with its secret, by HS256',
  private_key_jwt: 'it signs an assertion with its own key',
  tls_client_auth: 'it sends a certificate of an authority that the operator named',
  self_signed_tls_client_auth: 'it sends the certificate of one of its published keys',
};

export function explainAuthentication(client: Client, history: SecretHistory): readonly string[] {
  const { authenticationMethods: methods, settings } = client;
  const keys =
    settings?.jwksUri ?? (settings?.jwks === undefined ? undefined : 'in its registration');
  const name = settings?.tlsClientAuth;
  return [
    `Authentication  ${methods.join(' or ')}: ${methods.map((method) => texts[method]).join(', or ')}`,
    ...(keys === undefined ? [] : [`Keys            ${keys}`]),
    ...(name === undefined ? [] : [`Certificate     ${name.kind} ${name.value}`]),
    ...(settings?.certificateBoundAccessTokens === true
      ? ['Tokens          bound to its client certificate (RFC 8705 §3)']
      : []),
    ...client.secrets.map((secret) => `Secret          ${explainSecret(secret, client, history)}`),
  ];
}

/**
 * One line about a client secret, such as `sec_1 since 2026-01-01, last used
 * 2026-02-03T04:05:06Z`, and whether it can be removed.
 */
export function explainSecret(
  secret: ClientSecret,
  { secrets }: Client,
  { uses, now }: SecretHistory,
): string {
  const usedAt = uses.get(secret.id);
  const used = usedAt === undefined ? 'no use known' : `last used ${moment(usedAt)}`;
  const ends = secret.expiresAt === undefined ? '' : `, ends ${moment(secret.expiresAt)}`;
  const newest = secrets.at(-1) ?? secret;
  const verdict = newest === secret ? '' : `: ${judge(usedAt, newest, now)}`;
  return `${secret.id} since ${moment(secret.createdAt).slice(0, 10)}, ${used}${ends}${verdict}`;
}

const daySeconds = 86_400;

/** Uses are reported some minutes late at most. A day is much longer than that. */
function judge(usedAt: number | undefined, newest: ClientSecret, now: number): string {
  if (now - newest.createdAt < daySeconds)
    return 'the newer secret is younger than one day, so wait';
  if (usedAt === undefined || usedAt < newest.createdAt)
    return 'not used since the newer secret exists, safe to remove';
  return now - usedAt >= daySeconds ? 'not used for a day, safe to remove' : 'still in use';
}

function moment(seconds: number): string {
  // oxlint-disable-next-line no-restricted-globals -- of the given time
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
