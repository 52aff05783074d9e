/**
 * Everything that the audit keeps, and nothing else: an event that is not in this list is for the log alone, and so is a field that is
 * not named here. No field holds a secret or a password; people stand here as ids of accounts. docs/guides/audit.md shows this list.
 */
import type { Event } from '@keywright/core';

export interface AuditedType {
  /** For people. */
  readonly title: string;
  readonly fields: readonly string[];
  /** What one field's value may cause at most (`thinning.ts`). Without it the event is never thinned: only an operator causes it. */
  readonly thinnedBy?: string;
  /** Which of them; all of them without it. */
  readonly only?: (event: Event) => boolean;
}

/** Whoever typed a command: of its process alone. */
export const commandFields = ['by', 'osUser', 'sudoUser'] as const;

const accountAndClient = ['accountId', 'clientId'];
const aboutScopes = ['grantId', 'scopes', 'declinedScopes'];
const aboutDetails = ['detailTypes', 'detailsGranted', 'detailsDeclined'];

export const auditedTypes = {
  'sign_in.succeeded': {
    title: 'A person signed in',
    fields: ['accountId', 'network', 'clientId'],
    thinnedBy: 'accountId',
  },
  // By type alone: whoever guesses chooses the address and the network.
  'password.wrong': {
    title: 'A password was wrong. `account` is the mark of the e-mail address, which may have no account',
    fields: ['account', 'network'],
    thinnedBy: 'type',
  },
  'sign_in.refused': {
    title: 'A sign-in was refused after too many tries',
    fields: ['account', 'clientId', 'reason', 'decision'],
    thinnedBy: 'type',
    only: ({ reason }) => reason === 'throttled',
  },
  'password_change.refused': {
    title: 'A signed-in person wanted to change the password, and was refused after too many tries',
    fields: ['accountId', 'account', 'reason', 'decision'],
    thinnedBy: 'accountId',
    only: ({ reason }) => reason === 'throttled',
  },
  sign_out: {
    title: 'A person signed out. `clientId` is the application that asked for it',
    fields: accountAndClient,
    thinnedBy: 'accountId',
  },
  'consent.given': {
    title: 'A person agreed, or the service `by` agreed for them. `declinedScopes` were left out',
    fields: [...accountAndClient, ...aboutScopes, ...aboutDetails, 'grantAction', 'by'],
    thinnedBy: 'accountId',
  },
  'authorization.denied': {
    title: 'A signed-in person declined, or the service `by` declined for them',
    fields: [...accountAndClient, 'by'],
    thinnedBy: 'accountId',
    // Who refuses at the sign-in page has not said who they are.
    only: ({ accountId }) => accountId !== undefined,
  },
  'grant.ended': {
    title: 'The access of an application was taken back',
    fields: [...accountAndClient, 'grantId', 'by'],
    thinnedBy: 'accountId',
  },
  'detail.withdrawn': {
    title: 'One authorization detail was taken back from an application',
    fields: [...accountAndClient, 'grantId', 'detailType'],
    thinnedBy: 'accountId',
  },
  'code.redeemed': {
    title: 'An application got its first tokens for a person',
    fields: [...accountAndClient, 'grantId', 'familyId', 'scopes'],
    thinnedBy: 'accountId',
  },
  'code.reused': {
    title: 'An authorization code was used twice',
    fields: [...accountAndClient, 'familyId'],
    thinnedBy: 'accountId',
  },
  'backchannel.requested': {
    title: 'An application asked a person who was not in front of it (CIBA)',
    fields: accountAndClient,
    thinnedBy: 'accountId',
  },
  'deferred.redeemed': {
    title: 'A device, or an application that uses CIBA, got its first tokens for a person',
    fields: [...accountAndClient, 'kind', 'grantId', 'familyId', 'scopes'],
    thinnedBy: 'accountId',
  },
  'deferred.reused': {
    title: 'A device code or auth_req_id was redeemed twice',
    fields: [...accountAndClient, 'kind', 'familyId'],
    thinnedBy: 'accountId',
  },
  'user_code.wrong': {
    title: 'A person typed a user code that does not exist',
    fields: ['accountId', 'network'],
    thinnedBy: 'accountId',
  },
  'refresh_token.reused': {
    title: 'A spent refresh token was used again, and its family ended',
    fields: [...accountAndClient, 'familyId'],
    thinnedBy: 'accountId',
  },
  'family.ended': {
    title: 'A client revoked its own tokens',
    fields: [...accountAndClient, 'familyId', 'by'],
    thinnedBy: 'clientId',
  },
  'access_token.revoked': {
    title: 'A client revoked one of its access tokens',
    fields: ['clientId', 'by'],
    thinnedBy: 'clientId',
  },
  'password_grant.used': {
    title: 'The password grant was used',
    fields: [...accountAndClient, 'grantId', 'familyId', 'scopes'],
    thinnedBy: 'accountId',
  },
  'token.exchanged': {
    title: 'A service exchanged a token. `actor` is who acts, when that is not the service',
    fields: [...accountAndClient, 'service', 'fromClientId', 'actor', 'audience', 'scopes'],
    thinnedBy: 'clientId',
  },
  'assertion_grant.used': {
    title: 'A service got a token for a person by an assertion of `issuer`',
    fields: [...accountAndClient, 'issuer', 'grantId', 'familyId', 'scopes'],
    thinnedBy: 'clientId',
  },
  'account.tokens_revoked': {
    title: 'Every session and token of a person was ended by a service',
    fields: ['accountId', 'by'],
    thinnedBy: 'by',
  },
  'implicit_grant.used': {
    title: 'The implicit grant was used',
    fields: [...accountAndClient, 'grantId', 'scopes'],
    thinnedBy: 'accountId',
  },
  // By type alone: whoever registers clients chooses their names, and perhaps the network.
  'client.registered': {
    title: 'An application registered itself',
    fields: ['clientId', 'kind', 'trust', 'grantTypes', 'scopes', 'network'],
    thinnedBy: 'type',
  },
  'client.registration_replaced': {
    title: 'An application that registered itself changed its registration',
    fields: ['clientId', 'changed', 'endsGrants'],
    thinnedBy: 'clientId',
  },
  'client.registration_deleted': {
    title: 'An application that registered itself ended its registration',
    fields: ['clientId'],
    thinnedBy: 'type',
  },
  'registration_token.made': {
    title: 'A token was made with which applications may register themselves',
    fields: ['tokenId', 'uses', 'expiresAt', 'by'],
  },
  'client.added': {
    title: 'An application was registered',
    fields: ['clientId', 'kind', 'trust', 'grantTypes', 'scopes', 'by'],
  },
  'client.changed': {
    title: 'An application was changed, or the configuration declares it again',
    fields: ['clientId', 'changed', 'endsGrants', 'otherSubjects', 'by'],
  },
  'client.disabled': { title: 'An application was disabled', fields: ['clientId', 'by'] },
  'client.enabled': { title: 'A disabled application was enabled again', fields: ['clientId', 'by'] },
  'client.secret_renewed': {
    title: 'An application got a new secret',
    fields: ['clientId', 'overlapSeconds', 'by'],
  },
  'client.secret_ended': {
    title: 'The former secret of an application was ended',
    fields: ['clientId', 'by'],
  },
  'account.added': { title: 'An account was made', fields: ['accountId', 'by'] },
  'account.changed': {
    title: 'The personal data of an account was changed',
    fields: ['accountId', 'changed', 'by'],
  },
  'account.disabled': { title: 'An account was disabled', fields: ['accountId', 'by'] },
  'account.enabled': { title: 'A disabled account was enabled again', fields: ['accountId', 'by'] },
  'account.password_changed': {
    title:
      'A password was changed. All other sign-ins of the account ended, with their tokens without `offline_access`. With `endsGrants`, all its consents ended too. `by` is `user` when the person changed it',
    fields: ['accountId', 'network', 'endsGrants', 'by'],
    thinnedBy: 'accountId',
  },
  'api.changed': { title: 'An API was added or changed', fields: ['audience', 'by'] },
  'api.removed': { title: 'An API was removed', fields: ['audience', 'by'] },
  'api_key.issued': {
    title: 'A service got an API key',
    fields: ['clientId', 'keyId', 'environment', 'audience', 'scopes', 'expiresAt', 'by'],
  },
  'api_key.rotated': {
    title: 'An API key got a successor',
    fields: ['clientId', 'keyId', 'replaces', 'formerExpiresAt', 'by'],
  },
  'api_key.revoked': {
    title: 'An API key was revoked',
    fields: ['clientId', 'keyId', 'because', 'by'],
  },
  'api_key.leaked': {
    title: 'An API key was reported as leaked, and revoked',
    fields: ['clientId', 'keyId'],
  },
  'signing_key.made': {
    title: 'A first signing key was made',
    fields: ['kid', 'algorithm', 'activeAt', 'by'],
  },
  'signing_key.rotated': {
    title: 'A new signing key was published',
    fields: ['kid', 'algorithm', 'activeAt', 'by'],
  },
  'sealing_key.replaced': {
    title: '`resealed` rows were sealed with the new sealing key, and `left` rows were not yet',
    fields: ['resealed', 'left', 'by'],
  },
  'issuer.changed': {
    title: 'The issuer of the database was changed',
    fields: ['former', 'issuer', 'by'],
  },
  'permission.set': { title: 'A permission was stored', fields: permissionFields() },
  'permission.deleted': { title: 'A permission was deleted', fields: permissionFields() },
  'membership.set': { title: 'A member was put into a group', fields: ['clientId', 'member', 'group', 'by'] },
  'membership.deleted': {
    title: 'A member was taken out of a group',
    fields: ['clientId', 'member', 'group', 'by'],
  },
  'containment.set': {
    title: 'A resource was put into another',
    fields: ['clientId', 'child', 'parent', 'by'],
  },
  'containment.deleted': {
    title: 'A resource was taken out of another',
    fields: ['clientId', 'child', 'parent', 'by'],
  },
  refused: {
    title:
      'An API for services, introspection or revocation refused a request with 401 or 403, or a client failed to authenticate at the token endpoint',
    fields: ['reason', 'status', 'method', 'path', 'clientId', 'tokenId', 'decision'],
    thinnedBy: 'path',
    only: isRefusalAtPrivilegedDoor,
  },
  'chain.started': {
    title: 'A process began its chain. `links` are the ends of other chains',
    fields: ['process', 'host', 'pid', 'retentionDays', 'links'],
  },
  'chain.linked': { title: 'The chain named the ends of other chains at this time', fields: ['links'] },
  'chain.closed': { title: 'The process stopped, and closed its chain', fields: [] },
  'database.loaded': {
    title: 'The database was loaded from an archive of the time `takenAt`. Later events are not in it',
    fields: ['kind', 'takenAt', 'by'],
  },
  'audit.thinned': {
    title: '`count` events of the type `of` were not kept, because there were too many',
    fields: ['of', 'at', 'count'],
  },
  'audit.exported': { title: 'The audit was exported', fields: ['since', 'entries', 'by'] },
  'audit.lost': {
    title: '`count` events were lost, because the database was unavailable for too long',
    fields: ['count'],
  },
  'audit.tampered': {
    title: 'The stored end of the chain `of` was not what its process had signed',
    fields: ['of'],
  },
  'audit.pruned': { title: 'Events before `until` were deleted', fields: ['until'] },
} as const satisfies Readonly<Record<string, AuditedType>>;

function permissionFields(): readonly string[] {
  return ['clientId', 'subject', 'action', 'resource', 'by'];
}

/** The addresses that only services call, below whatever path the issuer has. Few, so that each may have a budget of its own. */
const doors =
  /\/(?:admin\/(?:permissions|memberships|parents|v1\/[a-z/-]{1,30})|access\/v1\/[a-z/]{1,30}|introspect|revoke|global-token-revocation|api-keys\/(?:manifest|usage))$/;

function isRefusalAtPrivilegedDoor({ status, path, reason }: Event): boolean {
  if (status !== 401 && status !== 403) return false;
  if (typeof path !== 'string') return false;
  return doors.test(path) || (reason === 'client_authentication_failed' && path.endsWith('/token'));
}

const types: ReadonlyMap<string, AuditedType> = new Map(Object.entries(auditedTypes));

export function auditedType(event: Event): AuditedType | undefined {
  const type = types.get(event.type);
  return type?.only === undefined || type.only(event) ? type : undefined;
}
