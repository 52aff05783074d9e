/**
 * Apache's configuration, as the manual of the module describes it: a host with a registered
 * client, and one, by TLS, that registers itself.
 */

export interface Places {
  readonly folder: string;
  readonly modules: string;
  /** Of the host with the registered client. */
  readonly port: number;
  /** Of the host that registers itself: its metadata must use https. */
  readonly newcomerPort: number;
}

export interface Relying {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  /** Below `/api`, where access tokens are accepted. */
  readonly api: {
    readonly audience: string;
    readonly clientId: string;
    readonly clientSecret: string;
  };
}

export const originOf = (port: number, scheme: 'http' | 'https' = 'http') =>
  `${scheme}://localhost:${port}`;
/** Where the module has everything that is its own. */
export const moduleAddress = (origin: string) => `${origin}/protected/module`;

const loaded = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'headers',
  'ssl',
  'auth_openidc',
];

export function configure(places: Places, relying: Relying): string {
  return [
    serverPart(places),
    protectedParts(relying),
    hostPart(originOf(places.port), relying, knownClient(relying)),
    hostPart(originOf(places.newcomerPort, 'https'), relying, newcomer(places)),
  ].join('\n');
}

function serverPart({ folder, modules, port, newcomerPort }: Places): string {
  const serveAs = process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : '';
  return `
ServerRoot "${folder}"
ServerName localhost
Listen 127.0.0.1:${port}
Listen 127.0.0.1:${newcomerPort}
PidFile "${folder}/pid"
ErrorLog "${folder}/error.log"
DefaultRuntimeDir "${folder}"
Mutex fcntl:${folder} default
${loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
${serveAs}
StartServers 1
MinSpareThreads 1
MaxSpareThreads 25
ServerLimit 2
ThreadsPerChild 10
MaxRequestWorkers 20
DocumentRoot "${folder}/pages"
`;
}

/** The data about the user, repeated in the answer. */
function protectedParts({ api }: Relying): string {
  return `
<Location "/protected">
  AuthType openid-connect
  Require valid-user
  Header always set Seen-User "expr=%{REMOTE_USER}"
  Header always set Seen-Name "expr=%{req:OIDC_CLAIM_name}"
  Header always set Seen-Issuer "expr=%{req:OIDC_CLAIM_iss}"
</Location>
<Location "/api">
  AuthType oauth20
  Require claim aud:${api.audience}
  Header always set Seen-User "expr=%{REMOTE_USER}"
</Location>
`;
}

function hostPart(origin: string, { scope }: Relying, provider: string): string {
  return `
<VirtualHost *:${new URL(origin).port}>
  ${provider}
  OIDCRedirectURI ${moduleAddress(origin)}
  OIDCRedirectURLsAllowed ^${origin}/
  OIDCCryptoPassphrase a-passphrase-of-this-test
  OIDCScope "${scope}"
  OIDCPKCEMethod S256
  OIDCRemoteUserClaim email
  OIDCInfoHook access_token refresh_token id_token userinfo session
</VirtualHost>
`;
}

function knownClient({ issuer, clientId, clientSecret, api }: Relying): string {
  return `OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
  OIDCProviderBackChannelLogoutSupported On
  OIDCClientID ${clientId}
  OIDCClientSecret ${clientSecret}
  OIDCOAuthServerMetadataURL ${issuer}/.well-known/oauth-authorization-server
  OIDCOAuthClientID ${api.clientId}
  OIDCOAuthClientSecret ${api.clientSecret}
  OIDCOAuthRemoteUserClaim client_id
  OIDCOAuthTokenIntrospectionInterval 0`;
}

function newcomer({ folder }: Places): string {
  return `SSLEngine on
  SSLCertificateFile "${folder}/certificate.pem"
  SSLCertificateKeyFile "${folder}/key.pem"
  OIDCMetadataDir "${folder}/metadata"
  OIDCProviderBackChannelLogoutSupported On`;
}
