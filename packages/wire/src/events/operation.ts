/** Events of the running server: refusals, faults, overload, and the audit itself. */
import { audited, logged, refusalLog } from './entry.ts';

/** Written by the audit to its own chain. */
const ofChain = { isCounted: false } as const;

export const operationEvents = {
  refused: audited(
    'An API for services, introspection or revocation refused a request with 401 or 403, or a client failed to authenticate at the token endpoint',
    ['reason', 'status', 'method', 'path', 'clientId?', 'tokenId?', 'decision'],
    'path',
    { only: 'service-refused', logged: ['description?', 'scope?', ...refusalLog, 'error?'] },
  ),
  fault: logged(
    'A bug, or a database that could not be used: the answer was 500 or 503',
    [
      'reason?',
      'decision?',
      'status?',
      'method?',
      'path?',
      'description?',
      'scope?',
      'error?',
      ...refusalLog,
    ],
    'error',
  ),
  overload: logged(
    'More requests came than can be answered. `refused` were refused within a second',
    ['refused', 'inWork', 'most'],
    'warn',
  ),
  'resources.not_named': logged(
    'An API could not be asked for the names of resources. The page showed their identifiers',
    ['audience', 'detailType', 'error'],
    'warn',
  ),
  'chain.started': audited(
    'A process started its chain. `links` are the ends of other chains',
    ['process', 'host', 'pid', 'retentionDays', 'links'],
    'never',
    ofChain,
  ),
  'chain.linked': audited(
    'The chain recorded the ends of other chains at this time',
    ['links'],
    'never',
    ofChain,
  ),
  'chain.closed': audited('The process stopped, and closed its chain', [], 'never', ofChain),
  'audit.thinned': audited(
    '`count` events of the type `of` were not kept, because there were too many',
    ['of', 'at', 'count'],
    'never',
    ofChain,
  ),
  'audit.exported': audited(
    'The audit was exported',
    ['since?', 'entries', 'by?'],
    'never',
    ofChain,
  ),
  'audit.lost': audited(
    '`count` events were lost, because the database was unavailable for too long',
    ['count'],
    'never',
    ofChain,
  ),
  'audit.tampered': audited(
    'The stored end of the chain `of` differed from the end that its process had signed',
    ['of'],
    'never',
    { level: 'warn' },
  ),
  'audit.pruned': audited('Events before `until` were deleted', ['until'], 'never', ofChain),
  'audit.head': logged('The signed end of the chain of this process', [
    'chain',
    'position',
    'hash',
  ]),
  'audit.not_written': logged(
    'Events could not be written to the audit',
    ['error?', 'event?', 'count?'],
    'warn',
  ),
};
