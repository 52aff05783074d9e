/**
 * How a client authenticates, by its registration (RFC 7591 §2): its kind, its keys, and what its
 * policy accepts.
 */
import { type ClientAuthenticationMethod, clientAuthenticationMethods } from '@keywright/wire';
import type { ClientKind } from '../../../model/entities.ts';
import type { Policy } from '../../policy/policy.ts';
import type { ClientRegistration, Say } from '../client-registration.ts';
import { kindRules } from '../../policy/tiers.ts';

const bySecret: readonly ClientAuthenticationMethod[] = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
];

/** A client that names no method may use both methods that send the secret itself. */
const whenNoneIsNamed = ['client_secret_basic', 'client_secret_post'] as const;

/**
 * The authentication methods. If the client has other problems, the result does not matter,
 * because they were reported.
 */
export function checkMethods(
  input: ClientRegistration,
  kind: ClientKind,
  policy: Policy,
  say: Say,
): readonly ClientAuthenticationMethod[] {
  const named = input.token_endpoint_auth_method;
  const method = clientAuthenticationMethods.find((known) => known === named);
  if (named !== undefined && method === undefined)
    say('token_endpoint_auth_method', `must be one of ${clientAuthenticationMethods.join(', ')}`);
  const { confidential } = kindRules[kind];
  if (!confidential && method !== undefined && method !== 'none')
    say('token_endpoint_auth_method', `must be none for a ${kind} client`);
  if (confidential && method === 'none')
    say('token_endpoint_auth_method', `a ${kind} client must authenticate`);
  const methods = confidential ? methodsOf(method) : (['none'] as const);
  assertTaken(methods, policy, say);
  const algorithm = input.token_endpoint_auth_signing_alg;
  if (algorithm !== undefined && policy.signingAlgorithms?.includes(algorithm) === false)
    say('token_endpoint_auth_signing_alg', `must be one of ${policy.signingAlgorithms.join(', ')}`);
  checkMaterial(input, methods, say);
  return methods;
}

function methodsOf(
  method: ClientAuthenticationMethod | undefined,
): readonly ClientAuthenticationMethod[] {
  return method === undefined ? whenNoneIsNamed : [method];
}

function assertTaken(
  methods: readonly ClientAuthenticationMethod[],
  { clientAuthentication: taken }: Policy,
  say: Say,
): void {
  if (taken === undefined || methods.every((method) => taken.includes(method))) return;
  const what = methods.includes('none')
    ? 'a client that cannot authenticate'
    : methods.join(' or ');
  say(
    'token_endpoint_auth_method',
    `must be one of ${taken.join(', ')}: the profile does not allow ${what}`,
  );
}

/** Reports what a method needs and is missing, and what no method uses. */
function checkMaterial(
  { client_secret: secret, jwks, jwks_uri: jwksUri, ...input }: ClientRegistration,
  methods: readonly ClientAuthenticationMethod[],
  say: Say,
): void {
  const [method = 'none'] = methods;
  if (secret !== undefined && !usesSecret(methods))
    say(
      'client_secret',
      method === 'none'
        ? `a ${input.kind} client cannot keep a secret; remove it`
        : `has no effect with ${method}; remove it`,
    );
  if (secret !== undefined && usesSecret(methods) && secret.length < 32)
    say('client_secret', 'must be at least 32 random characters; leave it out to have one made');
  const hasKeys = jwks !== undefined || jwksUri !== undefined;
  if ((method === 'private_key_jwt' || method === 'self_signed_tls_client_auth') && !hasKeys)
    say('jwks', `or jwks_uri is required for ${method}`);
  // RFC 8705 §2.2.2: the certificate is that of a key in the set.
  if (method === 'self_signed_tls_client_auth' && jwks !== undefined && !hasCertificate(jwks))
    say('jwks', 'needs a key with x5c, the certificate of the client');
}

function hasCertificate(jwks: NonNullable<ClientRegistration['jwks']>): boolean {
  return Array.isArray(jwks.keys) && jwks.keys.some((jwk) => Array.isArray(jwk?.['x5c']));
}

/** Whether a client of these methods has a secret. */
export function usesSecret(methods: readonly ClientAuthenticationMethod[]): boolean {
  return methods.some((method) => bySecret.includes(method));
}

/** If mutual TLS is off, a client that needs a certificate could never get a token. */
export function refuseMutualTls(
  { tls_client_certificate_bound_access_tokens: isBound }: ClientRegistration,
  methods: readonly ClientAuthenticationMethod[],
  say: Say,
): void {
  if (
    methods.some(
      (method) => method === 'tls_client_auth' || method === 'self_signed_tls_client_auth',
    )
  )
    say('token_endpoint_auth_method', 'is not available, because mutual TLS is off');
  if (isBound === true)
    say(
      'tls_client_certificate_bound_access_tokens',
      'is not available, because mutual TLS is off',
    );
}
