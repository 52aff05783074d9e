/** Invitations through the admin API (docs/reference/admin-api.md). */
import {
  defaultInvitationSeconds,
  makeInvitation,
  refuseInvitation,
} from '../../kernel/accounts/invitations.ts';
import { accountMark } from '../../kernel/accounts/password-check.ts';
import type { Core } from '../../kernel/core.ts';
import { memberOf } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { empty, json } from '../../kernel/http/responses.ts';
import { answerList, pageParameters, parseAddress } from '../../kernel/json-api/listing.ts';
import { missing, parseObject, requireText, wrong } from '../../kernel/json-api/members.ts';
import type { Client } from '../../model/entities.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Invitation } from '../../model/invitation-ports.ts';

export function listInvitations(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseAddress(request, pageParameters);
  return answerList(core, parameters, ['invitations'], {
    name: 'invitations',
    load: (paging) => core.store.invitations.list(paging),
    render: renderInvitation,
  });
}

function renderInvitation({ id, email, createdAt, expiresAt, usedAt }: Invitation) {
  return {
    invitation_id: id,
    email,
    created_at: createdAt,
    expires_at: expiresAt,
    ...(usedAt === undefined ? {} : { used_at: usedAt }),
  };
}

/** `expires_in` in seconds, default a week. */
export async function invite(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const body = parseObject(request);
  const expiresIn = memberOf(body, 'expires_in') ?? defaultInvitationSeconds;
  const wanted = {
    email: requireText(body, 'email').trim(),
    expiresInSeconds: typeof expiresIn === 'number' ? expiresIn : Number.NaN,
  };
  const refused = refuseInvitation(core, wanted);
  if (refused !== undefined) throw wrong(`Nobody was invited: ${refused}.`);
  const emailKey = core.accounts.emailKey(wanted.email);
  if ((await core.store.accounts.loadByEmailKey(emailKey)) !== undefined)
    throw new OAuthError('object_exists', { description: 'This address has an account already.' });
  const { invitation, address, mail } = makeInvitation(core, wanted, core.clock.nowSeconds());
  await core.store.invitations.add(invitation, mail);
  const { id: invitationId, expiresAt } = invitation;
  const account = accountMark(core, emailKey);
  core.events.emit({ type: 'invitation.sent', account, invitationId, expiresAt, by: caller.id });
  return json({ ...renderInvitation(invitation), url: address }, 201);
}

/** Idempotent: 204, also if there is none. A used invitation stays. */
export async function revokeInvitation(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const invitationId =
    parseAddress(request, ['invitation_id']).get('invitation_id') ?? missing('invitation_id');
  if (await core.store.invitations.revoke(invitationId))
    core.events.emit({ type: 'invitation.revoked', invitationId, by: caller.id });
  return empty(204);
}
