/**
 * The action that a client requests for a grant (Grant Management for OAuth 2.0, §5.2). There is
 * one active grant for each user and client:
 * - `create` makes a new grant with a new id, and the former one ends with all its tokens;
 * - `replace` keeps the id of the grant, and replaces its content by the new consent;
 * - `merge` adds the new consent to the grant. After each action, earlier refresh tokens are void.
 *   The user is always asked.
 */
import { kindRules } from '../policy/tiers.ts';
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import { type Parameters, requireParameter } from '../http/parameters.ts';
import type { Client, Consent } from '../../model/entities.ts';
import { type GrantAction, grantActions } from '../../model/authorization-ports.ts';

/**
 * Undefined, without waiting, if no action is requested or the feature is off. Rejects with the
 * errors of §5.4.
 */
export function readGrantAction(
  core: Core,
  parameters: Parameters,
  client: Client,
): undefined | Promise<GrantAction> {
  if (!core.options.features.grantManagement) return undefined;
  const word = parameters.get('grant_management_action');
  const grantId = parameters.get('grant_id');
  if (word === undefined && grantId === undefined) return undefined;
  return checkGrantAction(core, parameters, client);
}

async function checkGrantAction(
  core: Core,
  parameters: Parameters,
  client: Client,
): Promise<GrantAction> {
  // §5.1: only confidential clients, because a grant id is not secret.
  if (!mayManageGrants(client))
    throw new OAuthError('client_not_permitted', {
      description: 'A client that cannot keep a secret cannot manage grants.',
    });
  const word = requireParameter(parameters, 'grant_management_action');
  const action = grantActions.find((one) => one === word);
  // §5.4: invalid_request for an action that the server does not support.
  if (action === undefined)
    throw new OAuthError('parameter_unsupported', {
      description: `grant_management_action must be one of ${grantActions.join(', ')}.`,
    });
  if (action === 'create') return asCreate(parameters);
  const grantId = requireParameter(parameters, 'grant_id');
  const consent = await core.store.grants.find(grantId);
  // §5.2: issued by this server, and to this client; §5.4: invalid_grant_id for any other.
  if (consent === undefined || consent.clientId !== client.id)
    throw new OAuthError('grant_id_invalid');
  return { action, grantId };
}

function asCreate(parameters: Parameters): GrantAction {
  if (parameters.get('grant_id') !== undefined)
    throw new OAuthError('parameter_unsupported', {
      description: 'grant_id cannot be sent with grant_management_action=create.',
    });
  return { action: 'create' };
}

/** When the user is known: a grant of another user counts as unknown. */
export function assertOwnConsent(
  action: GrantAction | undefined,
  consent: Consent | undefined,
): void {
  if (action?.grantId !== undefined && action.grantId !== consent?.id)
    throw new OAuthError('grant_id_invalid');
}

export function mayManageGrants({ kind }: Client): boolean {
  return kindRules[kind].confidential;
}
