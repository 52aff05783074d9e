/** Every act that writes, by name: the name is what travels to the writer. Acts that only read are called where they are needed. */
import { type Act, statement } from '../act.ts';
import { keepAccessToken, revokeAccessToken } from './access-tokens.ts';
import {
  addAccount,
  changePassword,
  disableAccount,
  enableAccount,
  endEverythingOfAccount,
  renewPasswordHash,
  saveAccountClaims,
} from './accounts.ts';
import { addApiKey, revokeApiKey, rotateApiKey, touchApiKeys } from './api-keys.ts';
import { removeApi, saveApi } from './apis.ts';
import { appendAudit, markAuditLinked, pruneAudit } from './audit.ts';
import {
  disableClient,
  enableClient,
  replaceClientSecrets,
  saveClient,
  touchClientSecret,
  updateClient,
} from './clients.ts';
import { addDeferred, answerDeferred, pollDeferred, redeemDeferred, takeDeferred } from './deferred.ts';
import { issueCode, redeemCode } from './codes.ts';
import { addDelivery, endDelivery, takeDueDeliveries } from './deliveries.ts';
import { endFamily, rotateFamily, startFamily, useFamily } from './families.ts';
import { agreeGrant, endGrant, endGrantsOfClient, takeClaim, withdrawDetail } from './grants.ts';
import { addFirstKeys, rotateKey } from './keys.ts';
import { takeLease } from './leases.ts';
import { addLink, removeLink } from './links.ts';
import { addLogoutTarget, handLogoutTarget } from './logouts.ts';
import { addNewcomer, describeNewcomer } from './newcomers.ts';
import { removePermission, setPermission } from './permissions.ts';
import { pruneTable } from './prune.ts';
import { addPushedRequest } from './pushed-requests.ts';
import { addSeal, replaceSealed } from './seals.ts';
import { endSession, startSession, touchSession } from './sessions.ts';
import { restoreGrant } from './restored-grants.ts';
import { assignStatus } from './statuses.ts';
import { giveBackToBuckets, takeFromBuckets } from './throttles.ts';

export const acts = {
  addAccount,
  saveAccountClaims,
  disableAccount,
  enableAccount,
  changePassword,
  renewPasswordHash,
  endEverythingOfAccount,
  saveApi,
  removeApi,
  saveClient,
  disableClient,
  enableClient,
  replaceClientSecrets,
  updateClient,
  addNewcomer,
  describeNewcomer,
  touchClientSecret,
  issueCode,
  redeemCode,
  addDeferred,
  takeDeferred,
  answerDeferred,
  pollDeferred,
  redeemDeferred,
  startFamily,
  rotateFamily,
  endFamily,
  useFamily,
  keepAccessToken,
  revokeAccessToken,
  agreeGrant,
  restoreGrant,
  endGrant,
  withdrawDetail,
  endGrantsOfClient,
  takeClaim,
  addPushedRequest,
  addFirstKeys,
  rotateKey,
  addSeal,
  replaceSealed,
  addApiKey,
  revokeApiKey,
  rotateApiKey,
  touchApiKeys,
  pruneTable,
  startSession,
  touchSession,
  endSession,
  assignStatus,
  takeFromBuckets,
  giveBackToBuckets,
  setPermission,
  removePermission,
  addLink,
  removeLink,
  takeLease,
  addDelivery,
  takeDueDeliveries,
  endDelivery,
  addLogoutTarget,
  handLogoutTarget,
  appendAudit,
  markAuditLinked,
  pruneAudit,
  probeWriting,
} as const;

export type ActName = keyof typeof acts;
export type ActArguments<N extends ActName> = Parameters<(typeof acts)[N]>;
export type ActResult<N extends ActName> = ReturnType<(typeof acts)[N]> extends Act<infer T> ? T : never;

/** Writes what is there already: that goes all the way to the disk and changes nothing. */
function* probeWriting(): Act<void> {
  yield statement('UPDATE migrations SET applied_at = applied_at WHERE version = 1');
}
