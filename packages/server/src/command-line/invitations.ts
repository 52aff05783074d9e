/** `keywright accounts invite|invitations|withdraw-invitation`. */
import { accountMark, makeInvitation, refuseInvitation, resolveOptions } from '@keywright/core';
import { emailKey, findEmailProblem } from '../accounts/email.ts';
import { findAccount, listAll } from '../declarations.ts';
import { systemSecret } from '../ports.ts';
import { type GlobalOptions, withStore } from './context.ts';
import { parseDuration } from './duration.ts';
import { CommandError, day, moment, print, printJson, printList } from './output.ts';

export interface InviteOptions {
  readonly json?: boolean;
  readonly expires: string;
}

export function invite(
  email: string,
  { json = false, expires }: InviteOptions,
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async ({ configuration, store, vault, now, events }) => {
    const options = resolveOptions(configuration.options);
    if (options.signUp === 'closed')
      throw new CommandError(
        'Nobody was invited: sign-up is closed. Set `sign_up` to `invite`, and `mail`.',
      );
    const accounts = { emailKey, judgeEmail: findEmailProblem };
    const wanted = { email, expiresInSeconds: parseDuration(expires, '--expires') };
    const refused = refuseInvitation({ accounts }, wanted);
    if (refused !== undefined) throw new CommandError(`Nobody was invited: ${refused}.`);
    if ((await findAccount(store, email)) !== undefined)
      throw new CommandError(`Nobody was invited: ${email} has an account already.`);
    const ports = { accounts, options, vault, newSecret: systemSecret };
    const { invitation, address, mail } = makeInvitation(ports, wanted, now);
    await store.invitations.add(invitation, mail);
    const { id: invitationId, expiresAt } = invitation;
    const account = accountMark({ vault }, invitation.emailKey);
    events.emit({ type: 'invitation.sent', account, invitationId, expiresAt });
    if (json) return printJson({ ...invitation, url: address });
    return print(
      `${invitation.email} gets a mail with this link, which is valid until ${moment(expiresAt)}: ${address}`,
    );
  });
}

export function listInvitations(
  { json = false }: { readonly json?: boolean },
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async ({ store }) => {
    const invitations = await listAll((paging) => store.invitations.list(paging));
    printList(
      invitations,
      json,
      ['ID', 'E-MAIL', 'SINCE', 'UNTIL', 'USED'],
      ({ id, email, createdAt, expiresAt, usedAt }) => [
        id,
        email,
        day(createdAt),
        day(expiresAt),
        usedAt === undefined ? 'no' : day(usedAt),
      ],
    );
  });
}

export function withdrawInvitation(id: string, global: GlobalOptions): Promise<void> {
  return withStore(global, async ({ store, events }) => {
    if (!(await store.invitations.revoke(id)))
      throw new CommandError(`There is no invitation ${id}, or it was used.`);
    events.emit({ type: 'invitation.revoked', invitationId: id });
    print(`The invitation ${id} is withdrawn.`);
  });
}
