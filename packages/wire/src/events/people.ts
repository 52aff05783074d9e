/** Events of users: sign-in, consents, their own account. */
import { audited, logged, refused, refusedRest } from './entry.ts';

export const peopleEvents = {
  'sign_in.succeeded': audited(
    'A person signed in',
    ['accountId', 'network', 'clientId?'],
    'accountId',
  ),
  // By type alone: whoever guesses chooses the address and the network.
  'password.wrong': audited(
    'A password was wrong. `account` is the mark of the e-mail address, which may have no account',
    ['account', 'network'],
    'type',
  ),
  'sign_in.refused': audited(
    'A sign-in was refused after too many tries',
    ['account?', 'clientId?', ...refused],
    'type',
    { only: 'throttled', logged: refusedRest },
  ),
  'password_change.refused': audited(
    'A signed-in person wanted to change the password, and was refused after too many tries',
    ['accountId?', 'account?', ...refused],
    'accountId',
    { only: 'throttled', logged: refusedRest },
  ),
  sign_out: audited(
    'A person signed out. `clientId` is the application that asked for it',
    ['accountId', 'clientId?'],
    'accountId',
  ),
  'consent.given': audited(
    'A person agreed, or the service `by` agreed for them. `declinedScopes` were left out',
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
  // Who refuses at the sign-in page has not said who they are.
  'authorization.denied': audited(
    'A signed-in person declined, or the service `by` declined for them',
    ['accountId?', 'clientId', 'by?'],
    'accountId',
    { only: 'account-known' },
  ),
  'authorization.refused': logged('The answer to an authorization request was an error', [
    ...refused,
    ...refusedRest,
  ]),
  'grant.ended': audited(
    'The access of an application was taken back',
    ['accountId', 'clientId', 'grantId', 'by'],
    'accountId',
  ),
  'detail.withdrawn': audited(
    'One authorization detail was taken back from an application',
    ['accountId', 'clientId', 'grantId', 'detailType'],
    'accountId',
  ),
  'device.refused': logged('A user code that a person typed was refused', [
    ...refused,
    ...refusedRest,
  ]),
  'user_code.wrong': audited(
    'A person typed a user code that does not exist',
    ['accountId', 'network'],
    'accountId',
  ),
  'backchannel.requested': audited(
    'An application asked a person who was not in front of it (CIBA)',
    ['accountId', 'clientId'],
    'accountId',
    { logged: ['digest', 'bindingMessage?', 'expiresAt'] },
  ),
  'account.added': audited('An account was made', ['accountId', 'by?'], 'never'),
  'account.changed': audited(
    'The personal data of an account was changed',
    ['accountId', 'changed', 'by?'],
    'never',
  ),
  'account.disabled': audited('An account was disabled', ['accountId', 'by?'], 'never'),
  'account.enabled': audited('A disabled account was enabled again', ['accountId', 'by?'], 'never'),
  'account.password_changed': audited(
    'A password was changed. All other sign-ins of the account ended, with their tokens without `offline_access`. With `endsGrants`, all its consents ended too. `by` is `user` when the person changed it',
    ['accountId', 'network?', 'endsGrants?', 'by?'],
    'accountId',
  ),
  'account.tokens_revoked': audited(
    'Every session and token of a person was ended by a service',
    ['accountId', 'by'],
    'by',
  ),
};
