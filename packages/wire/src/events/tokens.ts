/** Events of tokens: how they were got, and how they ended. */
import { audited, logged } from './entry.ts';

const warn = { level: 'warn' } as const;
const legacy = { level: 'warn', logged: ['advice'] } as const;

export const tokenEvents = {
  'code.redeemed': audited(
    'An application got its first tokens for a user',
    ['accountId', 'clientId', 'grantId', 'familyId', 'scopes'],
    'accountId',
  ),
  'code.reused': audited(
    'An authorization code was used twice',
    ['accountId', 'clientId', 'familyId'],
    'accountId',
    warn,
  ),
  'deferred.redeemed': audited(
    'A device, or an application that uses CIBA, got its first tokens for a user',
    ['accountId', 'clientId', 'kind', 'grantId', 'familyId', 'scopes'],
    'accountId',
  ),
  'deferred.reused': audited(
    'A device code or auth_req_id was redeemed twice',
    ['accountId', 'clientId', 'kind', 'familyId'],
    'accountId',
    warn,
  ),
  'refresh_token.reused': audited(
    'A spent refresh token was used again, and its family ended',
    ['accountId', 'clientId', 'familyId'],
    'accountId',
    warn,
  ),
  'password_grant.used': audited(
    'The password grant was used',
    ['accountId', 'clientId', 'grantId', 'familyId', 'scopes'],
    'accountId',
    legacy,
  ),
  'implicit_grant.used': audited(
    'The implicit grant was used',
    ['accountId', 'clientId', 'grantId?', 'scopes'],
    'accountId',
    legacy,
  ),
  'token.exchanged': audited(
    'A service exchanged a token. `actor` is the acting party, if that is not the service',
    ['accountId?', 'clientId', 'service?', 'fromClientId?', 'actor?', 'audience', 'scopes'],
    'clientId',
  ),
  'assertion_grant.used': audited(
    'A service got a token for a user with an assertion of `issuer`',
    ['accountId', 'clientId', 'issuer', 'grantId', 'familyId', 'scopes'],
    'clientId',
  ),
  'family.ended': audited(
    'A client revoked its own tokens',
    ['accountId', 'clientId', 'familyId', 'by'],
    'clientId',
  ),
  'access_token.revoked': audited(
    'A client revoked one of its access tokens',
    ['clientId', 'by'],
    'clientId',
  ),
  'introspection.withheld': logged(
    'A service asked about a token of an API that does not name it as an introspector',
    ['clientId', 'audience?'],
  ),
  'api_key.issued': audited(
    'A service got an API key',
    ['clientId', 'keyId', 'environment', 'audience', 'scopes', 'expiresAt?', 'by?'],
    'never',
  ),
  'api_key.rotated': audited(
    'An API key got a successor',
    ['clientId', 'keyId', 'replaces', 'formerExpiresAt', 'by?'],
    'never',
  ),
  'api_key.revoked': audited(
    'An API key was revoked',
    ['clientId', 'keyId', 'because?', 'by?'],
    'never',
  ),
  'api_key.leaked': audited(
    'An API key was reported as leaked, and revoked',
    ['clientId', 'keyId'],
    'never',
    { level: 'warn', logged: ['environment', 'audience', 'place?', 'reportedFrom'] },
  ),
  'api_key.use_lost': logged(
    'The last use of an API key could not be stored',
    ['keyId', 'error'],
    'warn',
  ),
};
