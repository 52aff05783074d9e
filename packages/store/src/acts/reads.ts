/** Every act that only reads, by name: for whoever measures them. They are called as they are, without their name. */
import type { Act } from '../act.ts';
import { loadAccessToken } from './access-tokens.ts';
import {
  listAccounts,
  loadAccount,
  loadAccountByEmailKey,
  loadAccountByFamily,
  loadSession,
} from './accounts.ts';
import { listApiKeys, loadApiKey } from './api-keys.ts';
import { listApis } from './apis.ts';
import {
  hasPrunableAudit,
  listAudit,
  listAuditChain,
  listAuditHeads,
  listUnlinkedAuditHeads,
  loadAuditHead,
  nextAuditChain,
} from './audit.ts';
import { listClients, listClientSecretUses, loadClient } from './clients.ts';
import { loadCode } from './codes.ts';
import { listPendingDeferred, loadDeferred, loadDeferredByUserCode } from './deferred.ts';
import { loadFacts } from './facts.ts';
import { isFamilyAlive, loadFamily } from './families.ts';
import { findGrant, listGrants, loadGrant } from './grants.ts';
import { listKeys } from './keys.ts';
import { listLinks } from './links.ts';
import { listEndedLogoutTargets } from './logouts.ts';
import { listPermissions } from './permissions.ts';
import { loadPushedRequest } from './pushed-requests.ts';
import { listSealed, loadSeals } from './seals.ts';
import { listActions, listCovered, listKnown } from './searches.ts';
import { boundStatusLists, listEndedStatuses } from './statuses.ts';

export const reads = {
  loadClient,
  listClients,
  listClientSecretUses,
  listApis,
  loadAccount,
  loadAccountByEmailKey,
  loadAccountByFamily,
  listAccounts,
  loadSession,
  loadGrant,
  findGrant,
  listGrants,
  loadCode,
  loadPushedRequest,
  loadSeals,
  listSealed,
  loadDeferred,
  loadDeferredByUserCode,
  listPendingDeferred,
  loadFamily,
  isFamilyAlive,
  loadAccessToken,
  listKeys,
  loadApiKey,
  listApiKeys,
  listPermissions,
  listLinks,
  listEndedLogoutTargets,
  loadFacts,
  listCovered,
  listKnown,
  listActions,
  boundStatusLists,
  listEndedStatuses,
  listAudit,
  listAuditChain,
  nextAuditChain,
  listAuditHeads,
  loadAuditHead,
  listUnlinkedAuditHeads,
  hasPrunableAudit,
} as const;

/** A generator does not say which function made it, but its prototype is that function's own. */
const names = new Map<object, string>(
  Object.entries(reads).map(([name, read]) => [read.prototype as object, name]),
);

export function nameOfRead(act: Act<unknown>): string {
  return names.get(Object.getPrototypeOf(act) as object) ?? 'other';
}
