/** Events of clients: their registration, their secrets, and what they are told. */
import { audited, logged } from './entry.ts';

export const clientEvents = {
  // One limit for the type, because an attacker chooses the names of clients, and perhaps the
  // network.
  'client.registered': audited(
    'An application registered itself',
    ['clientId', 'kind', 'trust', 'grantTypes', 'scopes', 'network'],
    'type',
  ),
  'client.registration_replaced': audited(
    'A self-registered application changed its registration',
    ['clientId', 'changed', 'endsGrants'],
    'clientId',
  ),
  'client.registration_deleted': audited(
    'A self-registered application deleted its registration',
    ['clientId'],
    'type',
  ),
  'registration_token.made': audited(
    'A token for the registration of applications was made',
    ['tokenId', 'uses', 'expiresAt', 'by?'],
    'never',
  ),
  'client.added': audited(
    'An application was registered',
    ['clientId', 'kind', 'trust', 'grantTypes', 'scopes', 'by?'],
    'never',
  ),
  'client.changed': audited(
    'An application was changed, or the configuration declares it again',
    ['clientId', 'changed', 'endsGrants?', 'otherSubjects?', 'by?'],
    'never',
  ),
  'client.disabled': audited('An application was disabled', ['clientId', 'by?'], 'never'),
  'client.enabled': audited(
    'A disabled application was enabled again',
    ['clientId', 'by?'],
    'never',
  ),
  'client.secret_renewed': audited(
    'An application got a new secret',
    ['clientId', 'overlapSeconds', 'by?'],
    'never',
  ),
  'client.secret_ended': audited(
    'The former secret of an application was ended',
    ['clientId', 'by?'],
    'never',
    { isCounted: false },
  ),
  'client_document.refused': logged(
    'The metadata of a client could not be read from the address that is its id',
    ['host', 'note'],
  ),
  'client_secret.use_lost': logged('The last use of a client secret could not be stored', [
    'clientId',
    'secretId',
    'error',
  ]),
  'client_keys.not_fetched': logged('The keys of a client could not be fetched', [
    'clientId',
    'error',
  ]),
  'delivery.sent': logged('A client was notified of a sign-out or an answer', [
    'kind',
    'clientId',
    'deliveryId',
    'attempts',
  ]),
  'delivery.failed': logged(
    'A client could not be notified of a sign-out or an answer',
    ['kind', 'clientId', 'deliveryId?', 'attempts?', 'fault', 'answered?', 'isOver'],
    'warn',
  ),
  'delivery.not_taken': logged('Waiting deliveries could not be read', ['error'], 'warn'),
};
