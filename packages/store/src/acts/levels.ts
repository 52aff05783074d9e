/**
 * How an engine with many writers runs each act. SQLite has one writer and needs none of this.
 *
 * Without a word here an act is one serializable transaction, repeated while it could not be serialized. The others are
 * run at a weaker level, for the reason that stands with them:
 *
 * - `single`: the act is one conditional statement on one row. The row's lock and the condition, which is asked again
 *   once the lock is had, decide every race. When the statement changed nothing, and the act wants to say why, the act is begun
 *   anew as a serializable transaction.
 * - `locking`: the act takes its rows one after the other in the order of their keys, each by a conditional write, and holds
 *   them to its end. Nothing that it decides was only read.
 * - `one by one`: serializable, and all of them want the same rows: at most one of a node is underway, so that they do not
 *   undo each other. Between nodes the repetition decides.
 */
import type { ActName } from './index.ts';

export type Level = 'serializable' | 'single' | 'locking' | 'one by one';

const levels: Partial<Record<ActName, Level>> = {
  rotateFamily: 'single',
  endFamily: 'single',
  useFamily: 'single',
  keepAccessToken: 'single',
  revokeAccessToken: 'single',
  touchSession: 'single',
  probeWriting: 'single',
  takeDeferred: 'single',
  pollDeferred: 'single',
  takeLease: 'single',
  addAccount: 'single',
  saveAccountClaims: 'single',
  takeClaim: 'single',
  addSeal: 'single',
  addPushedRequest: 'single',
  addDelivery: 'single',
  endDelivery: 'single',
  saveApi: 'single',
  removeApi: 'single',
  replaceClientSecrets: 'single',
  describeNewcomer: 'single',
  touchClientSecret: 'single',
  revokeApiKey: 'single',
  setPermission: 'single',
  removePermission: 'single',
  removeLink: 'single',
  markAuditLinked: 'single',
  takeFromBuckets: 'locking',
  giveBackToBuckets: 'locking',
  appendAudit: 'locking',
  replaceSealed: 'locking',
  addApiKey: 'one by one',
  addNewcomer: 'one by one',
  addFirstKeys: 'one by one',
  addLink: 'one by one',
  assignStatus: 'one by one',
  pruneTable: 'one by one',
  takeDueDeliveries: 'one by one',
  pruneAudit: 'one by one',
};

export function levelOf(name: ActName): Level {
  return levels[name] ?? 'serializable';
}
