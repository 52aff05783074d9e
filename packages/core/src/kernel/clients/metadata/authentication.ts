/**
 * With what a client signs its assertions (OpenID Connect Registration §2), and what its
 * certificate must say (RFC 8705 §2.1.2, §3.4).
 */
import { signingAlgorithms } from '@keywright/jwt';
import { parseDistinguishedName } from '../../../rules/distinguished-name.ts';
import { isAddress } from '../../../rules/ip-address.ts';
import { secretAlgorithm } from '../authentication/client-secret-jwt.ts';
import type { ClientRegistration } from '../client-registration.ts';
import type { CertificateName } from '../../../model/client-settings.ts';
import type { CheckSettings, Say } from './check.ts';

export const checkAuthenticationSettings: CheckSettings = (input, say) => {
  checkAlgorithm(input, say);
  checkCertificateNames(input, say);
};

function checkAlgorithm(
  {
    token_endpoint_auth_signing_alg: algorithm,
    token_endpoint_auth_method: method,
  }: ClientRegistration,
  say: Say,
): void {
  if (algorithm === undefined) return;
  const known: readonly string[] =
    method === 'client_secret_jwt' ? [secretAlgorithm] : signingAlgorithms;
  if (method !== 'client_secret_jwt' && method !== 'private_key_jwt')
    say(
      'token_endpoint_auth_signing_alg',
      'is of use with client_secret_jwt and private_key_jwt alone',
    );
  else if (!known.includes(algorithm))
    say('token_endpoint_auth_signing_alg', `must be one of ${known.join(', ')}`);
}

const checks: Readonly<Record<CertificateName['kind'], (value: string) => string | undefined>> = {
  subject_dn: (value) =>
    parseDistinguishedName(value) === undefined
      ? 'must be a distinguished name, as CN=client.example,O=Example,C=DE'
      : undefined,
  san_dns: (value) =>
    /^[A-Za-z0-9*][A-Za-z0-9.-]*$/.test(value) ? undefined : 'must be a host name, in ASCII',
  san_uri: (value) => (URL.canParse(value) ? undefined : 'must be a URI'),
  san_ip: (value) => (isAddress(value) ? undefined : 'must be an IP address'),
  san_email: (value) => (/^[^@\s]+@[^@\s]+$/.test(value) ? undefined : 'must be an e-mail address'),
};

function checkCertificateNames(input: ClientRegistration, say: Say): void {
  const given = (Object.keys(checks) as CertificateName['kind'][]).flatMap((kind) => {
    const value = input[`tls_client_auth_${kind}`];
    return value === undefined ? [] : [{ kind, value }];
  });
  const isWanted = input.token_endpoint_auth_method === 'tls_client_auth';
  // RFC 8705 §2.1.2: "A client using the tls_client_auth authentication method MUST use exactly one
  // of the below metadata parameters".
  if (isWanted ? given.length !== 1 : given.length > 0)
    say(
      'token_endpoint_auth_method',
      isWanted
        ? 'tls_client_auth needs exactly one of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip, _san_email'
        : 'must be tls_client_auth where a name for its certificate is given',
    );
  for (const { kind, value } of given) {
    const refused = checks[kind](value);
    if (refused !== undefined) say(`tls_client_auth_${kind}`, refused);
  }
}
