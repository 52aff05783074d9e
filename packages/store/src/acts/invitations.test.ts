import type { Account, Invitation, Joining } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import { makeAccount, makeDelivery, makeId, makeSession } from '../testing-parts/samples.ts';

function makeInvitation(over: Partial<Invitation> = {}): Invitation {
  const email = makeId('someone-');
  return {
    id: makeId('inv_'),
    email,
    emailKey: email,
    createdAt: now,
    expiresAt: now + 600,
    ...over,
  };
}

function makeJoining(emailKey: string, over: Partial<Joining> = {}): Joining {
  const account: Account = makeAccount({ email: emailKey, emailKey });
  return { account, session: makeSession(account.id), ...over };
}

describeOnEveryEngine('invitations', (store) => {
  const add = async (over: Partial<Invitation> = {}) => {
    const invitation = makeInvitation(over);
    await store().invitations.add(invitation, undefined);
    return invitation;
  };

  it('are returned as they were stored, one by one and in pages', async () => {
    const [one, other] = [await add(), await add()];
    expect(await store().invitations.load(one.id)).toStrictEqual(one);
    expect(await store().invitations.load('unknown')).toBeUndefined();
    const found: Invitation[] = [];
    let after: string | undefined;
    do {
      const page = await store().invitations.list({ limit: 1, ...(after && { after }) });
      found.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    expect(found).toContainEqual(one);
    expect(found).toContainEqual(other);
  });

  it('are stored with their mail', async () => {
    const mail = makeDelivery({ nextAt: now, expiresAt: now + 60 });
    await store().invitations.add(makeInvitation(), mail);
    const due = await store().deliveries.takeDue(now, 100, 60);
    expect(due.map(({ id }) => id)).toContain(mail.id);
  });

  it('are withdrawn unless they were used', async () => {
    const [one, used] = [await add(), await add()];
    await store().accounts.join(makeJoining(used.emailKey, { invitationId: used.id }), now);
    expect(await store().invitations.revoke(one.id)).toBe(true);
    expect(await store().invitations.revoke(one.id)).toBe(false);
    expect(await store().invitations.revoke(used.id)).toBe(false);
    expect(await store().invitations.load(used.id)).toStrictEqual({ ...used, usedAt: now });
  });

  it('are deleted some time after their end', async () => {
    const [dead, alive] = [await add({ expiresAt: now - 86_400 }), await add()];
    await store().prune(now, 1000);
    expect(await store().invitations.load(dead.id)).toBeUndefined();
    expect(await store().invitations.load(alive.id)).toStrictEqual(alive);
  });
});

describeOnEveryEngine('an account that its user creates', (store) => {
  const join = (joining: Joining, at = now) => store().accounts.join(joining, at);

  it('is stored with its first session, and ends the former session of the browser', async () => {
    const former = makeSession((await addAccount()).id);
    await store().sessions.start(former);
    const joining = makeJoining(makeId('new-'), { formerDigest: former.digest });
    expect(await join(joining)).toBe('joined');
    const { account, session } = joining;
    expect(await store().accounts.load(account.id)).toStrictEqual(account);
    expect(await store().sessions.load(session.digest, 900, now)).toMatchObject({ session });
    expect(await store().sessions.load(former.digest, 900, now)).toBeUndefined();
  });

  it('is not created if the address has an account, and its invitation stays', async () => {
    const { email, emailKey } = await addAccount();
    const invitation = makeInvitation({ email, emailKey });
    await store().invitations.add(invitation, undefined);
    const joining = makeJoining(emailKey, { invitationId: invitation.id });
    expect(await join(joining)).toBe('taken');
    expect(await store().accounts.load(joining.account.id)).toBeUndefined();
    expect(await store().sessions.load(joining.session.digest, 900, now)).toBeUndefined();
    expect(await store().invitations.load(invitation.id)).toStrictEqual(invitation);
  });

  it('is not created with an invitation that is void, used, or for another address', async () => {
    const invitation = makeInvitation();
    await store().invitations.add(invitation, undefined);
    const { id: invitationId, emailKey, expiresAt } = invitation;
    expect(await join(makeJoining(emailKey, { invitationId: 'unknown' }))).toBe('uninvited');
    expect(await join(makeJoining(makeId('x'), { invitationId }))).toBe('uninvited');
    expect(await join(makeJoining(emailKey, { invitationId }), expiresAt)).toBe('uninvited');
    expect(await store().accounts.loadByEmailKey(emailKey)).toBeUndefined();
    expect(await join(makeJoining(emailKey, { invitationId }))).toBe('joined');
    expect(await join(makeJoining(emailKey, { invitationId }))).toBe('uninvited');
  });

  it('is created once when its invitation is used fifty times at once', async () => {
    const invitation = makeInvitation();
    await store().invitations.add(invitation, undefined);
    const { id: invitationId, emailKey } = invitation;
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => join(makeJoining(emailKey, { invitationId }))),
    );
    expect(outcomes.filter((outcome) => outcome === 'joined')).toHaveLength(1);
  });

  async function addAccount(): Promise<Account> {
    const account = makeAccount();
    await store().accounts.add(account);
    return account;
  }
});
