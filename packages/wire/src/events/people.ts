/** Events of users: sign-in, consents, their own account. */
import { audited, logged, refused, refusedRest } from './entry.ts';

export const peopleEvents = {
  'sign_in.succeeded': audited(
    'A user signed in',
    ['accountId', 'network', 'clientId?'],
    'accountId',
  ),
  // One limit for the type, because an attacker chooses the address and the network.
  'password.wrong': audited(
    'A password was wrong. `account` is a digest of the e-mail address, which may have no account',
    ['account', 'network'],
    'type',
  ),
  'sign_in.refused': audited(
    'A sign-in was refused after too many attempts',
    ['account?', 'clientId?', ...refused],
    'type',
    { only: 'throttled', logged: refusedRest },
  ),
  // Only who knows the password can cause it.
  'second_factor.wrong': audited(
    'The password was right, and the code of the second factor was wrong',
    ['accountId', 'network'],
    'accountId',
  ),
  'account.second_factor_added': audited(
    'A user added an authenticator app. All other sign-ins of the account ended',
    ['accountId', 'network'],
    'accountId',
  ),
  'account.second_factor_removed': audited(
    'The authenticator app and the recovery codes of an account were removed. `by` is `user` if the user did it',
    ['accountId', 'network?', 'by?'],
    'accountId',
  ),
  'account.recovery_codes_replaced': audited(
    'A user replaced the recovery codes',
    ['accountId', 'network'],
    'accountId',
  ),
  'account.terms_accepted': audited(
    'A user accepted the terms of use, of the `version` of the configuration',
    ['accountId', 'network', 'version'],
    'accountId',
  ),
  'account.recovery_code_used': audited(
    'A user signed in with a recovery code. `left` codes were not used',
    ['accountId', 'network', 'left'],
    'accountId',
  ),
  'second_factor_change.refused': logged('A change of the second factor was refused', [
    ...refused,
    ...refusedRest,
  ]),
  'password_change.refused': audited(
    'A signed-in user tried to change the password, and was refused after too many attempts',
    ['accountId?', 'account?', ...refused],
    'accountId',
    { only: 'throttled', logged: refusedRest },
  ),
  'code.sent': audited(
    'A code was asked for, by mail. `kind` is what it is for. `account` is a digest of the e-mail address, which may have no account',
    ['kind', 'account', 'network', 'accountId?'],
    'type',
  ),
  'code.refused': audited(
    'A code was not sent after too many requests. The log also has each wrong code',
    ['account?', ...refused],
    'type',
    { only: 'throttled', logged: refusedRest },
  ),
  'passkey_change.refused': logged('A change of a passkey was refused', [
    'accountId?',
    ...refused,
    ...refusedRest,
  ]),
  'passkey.added': audited(
    'A user added a passkey. `aaguid` is the model of the authenticator',
    ['accountId', 'passkeyId', 'aaguid', 'network'],
    'accountId',
  ),
  'passkey.renamed': audited(
    'A user gave a passkey another name',
    ['accountId', 'passkeyId'],
    'accountId',
  ),
  'passkey.removed': audited(
    'A user removed a passkey',
    ['accountId', 'passkeyId', 'network'],
    'accountId',
  ),
  'passkey.copied': audited(
    'The counter of a passkey did not go up: its key may be on two devices. The sign-in was refused',
    ['accountId', 'passkeyId', 'network'],
    'accountId',
  ),
  sign_out: audited(
    'A user signed out. `clientId` is the application that asked for it',
    ['accountId', 'clientId?'],
    'accountId',
  ),
  'account.sessions_ended': audited(
    'A user ended `count` other sign-ins of the account, with their tokens without `offline_access`',
    ['accountId', 'network', 'count'],
    'accountId',
  ),
  'consent.given': audited(
    'A user agreed, or the service `by` agreed for the user. `declinedScopes` were declined',
    [
      'accountId',
      'clientId',
      'grantId?',
      'scopes',
      'declinedScopes',
      'detailTypes?',
      'detailsGranted?',
      'detailsDeclined?',
      'grantAction?',
      'by?',
    ],
    'accountId',
  ),
  'authorization.granted': logged('An authorization request was answered with what it asked for', [
    'clientId',
    'accountId',
    'scopes',
  ]),
  // A user who refuses at the sign-in page is not known yet.
  'authorization.denied': audited(
    'A signed-in user declined, or the service `by` declined for the user',
    ['accountId?', 'clientId', 'by?'],
    'accountId',
    { only: 'account-known' },
  ),
  'authorization.refused': logged('The answer to an authorization request was an error', [
    ...refused,
    ...refusedRest,
  ]),
  'grant.ended': audited(
    'The access of an application was revoked',
    ['accountId', 'clientId', 'grantId', 'by'],
    'accountId',
  ),
  'detail.withdrawn': audited(
    'One authorization detail of an application was revoked',
    ['accountId', 'clientId', 'grantId', 'detailType'],
    'accountId',
  ),
  'device.refused': logged('A user code that a user entered was refused', [
    ...refused,
    ...refusedRest,
  ]),
  'user_code.wrong': audited(
    'A user entered a user code that does not exist',
    ['accountId', 'network'],
    'accountId',
  ),
  'backchannel.requested': audited(
    'An application asked a user for approval by CIBA',
    ['accountId', 'clientId'],
    'accountId',
    { logged: ['digest', 'bindingMessage?', 'expiresAt'] },
  ),
  'account.added': audited('An account was created', ['accountId', 'by?'], 'never'),
  'accounts.imported': audited(
    'Accounts of another system were added from a file. `count` says how many',
    ['count', 'by?'],
    'never',
    { isCounted: false },
  ),
  'account.joined': audited(
    'A user created an account. `kind` is the setting `sign_up`, or `invitation`',
    ['accountId', 'network', 'kind'],
    'type',
  ),
  'invitation.sent': audited(
    'Somebody was invited to create an account. `account` is a digest of the e-mail address',
    ['account', 'invitationId', 'expiresAt', 'by?'],
    'never',
  ),
  'invitation.revoked': audited('An invitation was withdrawn', ['invitationId', 'by?'], 'never'),
  'account.changed': audited(
    'The personal data of an account was changed',
    ['accountId', 'changed', 'by?'],
    'never',
  ),
  'account.email_changed': audited(
    'A user changed the e-mail address of the account',
    ['accountId', 'network'],
    'accountId',
  ),
  'account.email_restored': audited(
    'The change of an e-mail address was undone from the former address, and all sign-ins of the account ended',
    ['accountId', 'network'],
    'accountId',
  ),
  'account.disabled': audited('An account was disabled', ['accountId', 'by?'], 'never'),
  'account.enabled': audited('A disabled account was enabled again', ['accountId', 'by?'], 'never'),
  'account.password_changed': audited(
    'A password was changed. All other sign-ins of the account ended, with their tokens without `offline_access`. With `endsGrants`, all its consents ended too. `by` is `user` if the user changed it',
    ['accountId', 'network?', 'endsGrants?', 'by?'],
    'accountId',
  ),
  'breached_passwords.not_checked': logged(
    'A new password could not be compared with a list of stolen passwords, and was not refused for it. `kind` is the setting: `file` or `range`',
    ['kind', 'error'],
    'warn',
  ),
  'account.tokens_revoked': audited(
    'A service ended every session and token of a user',
    ['accountId', 'by'],
    'by',
  ),
};
