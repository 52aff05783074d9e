/** Verbs for what users change of their own accounts, called by every-verb.ts. */
import type { Account, Store } from '@keywright/core';
import { now } from './contract.ts';
import { makeDelivery, makePasskey, makeSession } from './samples.ts';

const accountId = 'usr_a';

/** Every verb for passkeys, each with its longer path once. */
export async function usePasskeys({ passkeys }: Store): Promise<void> {
  const passkey = makePasskey(accountId, { id: 'passkey-a' });
  const { id } = passkey;
  const mail = makeDelivery();
  const challenge = (name: string) => ({ id: name, expiresAt: now + 60 });
  await passkeys.add({ passkey, challenge: challenge('added'), most: 10, mail }, now);
  await passkeys.list(accountId);
  await passkeys.load(id);
  await passkeys.rename(id, accountId, 'Key');
  const use = {
    id,
    counter: 1,
    isBackedUp: true,
    session: makeSession(accountId),
    formerDigest: 'former',
    mail,
  };
  await passkeys.signIn({ ...use, challenge: challenge('used') }, now);
  await passkeys.signIn({ ...use, challenge: challenge('copied') }, now);
  await passkeys.remove(id, accountId, { mayBeLast: false, mail });
}

/** Every verb for former e-mail addresses. */
export async function changeEmail(
  formerEmails: Store['formerEmails'],
  { id: accountId, email, emailKey }: Account,
): Promise<void> {
  const former = { id: 'fem_a', accountId, email, emailKey, changedAt: now, expiresAt: now + 60 };
  const notice = makeDelivery();
  await formerEmails.change(accountId, { email: 'new', emailKey: 'new', former, notice });
  await formerEmails.load('fem_a', now);
  await formerEmails.restore('fem_a', [makeDelivery()], now);
}

export async function useSecondFactors({ secondFactors, sessions }: Store): Promise<void> {
  const session = makeSession('usr_a');
  const { accountId } = session;
  await sessions.start(session);
  const renewed = { session: { ...session, digest: 'renewed' }, formerDigest: session.digest };
  const factor = { accountId, sealedSecret: 'sealed', lastStep: 1, createdAt: now };
  const mail = makeDelivery();
  await secondFactors.enrol({ factor, recoveryCodes: ['a', 'b'], renewed, mail }, now);
  await secondFactors.load(accountId);
  await secondFactors.useStep(accountId, 2);
  await secondFactors.useRecoveryCode(accountId, 'a', makeDelivery());
  await secondFactors.replaceRecoveryCodes(accountId, ['c', 'd'], makeDelivery());
  await secondFactors.remove(accountId, makeDelivery());
}
