import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import {
  makeAccount,
  makeAgreement,
  makeClient,
  makeId,
  makeSession,
} from '../testing-parts/samples.ts';

const marker = () => ({ id: makeId('undo_'), expiresAt: now + 60 });

describeOnEveryEngine('a grant that was taken back', (store) => {
  const make = async () => {
    const account = makeAccount();
    const client = makeClient({ id: makeId('client-') });
    const session = makeSession(account.id);
    await store().accounts.add(account);
    await store().clients.save(client);
    await store().sessions.start(session, undefined);
    const of = { accountId: account.id, clientId: client.id, sessionId: session.id };
    return { account, client, session, agreement: makeAgreement(of) };
  };

  it('is restored as it was agreed to, under a new id', async () => {
    const { client, agreement } = await make();
    expect(await store().grants.restore(agreement, marker(), client, now)).toBe(true);
    const { scopes, audiences } = agreement;
    expect(await store().grants.load(agreement.accountId, client.id)).toMatchObject({
      id: agreement.grantId,
      scopes,
      audiences,
    });
  });

  it('is restored once, when many try at once, and not again after it ended', async () => {
    const { client, agreement } = await make();
    const once = marker();
    const tries = Array.from({ length: 20 }, () => ({ ...agreement, grantId: makeId('grt_') }));
    const answers = await Promise.all(
      tries.map((one) => store().grants.restore(one, once, client, now)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    const living = await store().grants.load(agreement.accountId, client.id);
    await store().grants.end(living?.id ?? '', agreement.accountId, now);
    expect(await store().grants.restore(agreement, once, client, now)).toBe(false);
  });

  it('adds nothing to an active grant', async () => {
    const { client, agreement } = await make();
    const living = makeAgreement({ ...agreement, grantId: makeId('grt_'), scopes: ['other'] });
    await store().grants.agree(living, undefined, now);
    expect(await store().grants.restore(agreement, marker(), client, now)).toBe(false);
    const kept = await store().grants.load(agreement.accountId, client.id);
    expect(kept).toMatchObject({ id: living.grantId, scopes: ['other'] });
  });

  it('is not restored if the client is no longer as it was read', async () => {
    const { client, agreement } = await make();
    await store().clients.save({ ...client, kind: 'native' });
    expect(await store().grants.restore(agreement, marker(), client, now)).toBe(false);
    expect(await store().grants.load(agreement.accountId, client.id)).toBeUndefined();
  });

  it('is not restored if the sign-in has ended', async () => {
    const { client, session, agreement } = await make();
    await store().sessions.end(session.digest, now);
    expect(await store().grants.restore(agreement, marker(), client, now)).toBe(false);
    expect(await store().grants.load(agreement.accountId, client.id)).toBeUndefined();
  });
});
