/** Events of administration: APIs, keys, permissions, the whole database. */
import { audited, logged } from './entry.ts';

const permission = ['clientId?', 'subject', 'action', 'resource', 'by?'] as const;
const membership = ['clientId?', 'member', 'group', 'by?'] as const;
const containment = ['clientId?', 'child', 'parent', 'by?'] as const;
const key = ['kid', 'algorithm', 'activeAt', 'by?'] as const;
const byCommand = { isCounted: false } as const;

export const administrationEvents = {
  'api.changed': audited('An API was added or changed', ['audience', 'by'], 'never'),
  'api.removed': audited('An API was removed', ['audience', 'by'], 'never'),
  'signing_key.made': audited('A first signing key was made', key, 'never'),
  'signing_key.rotated': audited('A new signing key was published', key, 'never'),
  'sealing_key.replaced': audited(
    '`resealed` rows were sealed with the new sealing key, and `left` rows were not yet',
    ['resealed', 'left', 'by?'],
    'never',
    byCommand,
  ),
  'issuer.changed': audited(
    'The issuer of the database was changed',
    ['former?', 'issuer', 'by?'],
    'never',
    byCommand,
  ),
  'permission.set': audited('A permission was stored', permission, 'never'),
  'permission.deleted': audited('A permission was deleted', permission, 'never'),
  'membership.set': audited('A member was added to a group', membership, 'never'),
  'membership.deleted': audited('A member was removed from a group', membership, 'never'),
  'containment.set': audited('A resource was added to another', containment, 'never'),
  'containment.deleted': audited('A resource was removed from another', containment, 'never'),
  'permissions.fault': logged(
    'A policy failed while a decision was made',
    ['policy?', 'message'],
    'warn',
  ),
  'database.loaded': audited(
    'The database was loaded from an archive of the time `takenAt`. Later events are not in it',
    ['kind', 'takenAt', 'by'],
    'never',
    byCommand,
  ),
};
