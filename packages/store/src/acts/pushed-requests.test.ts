import type { PushedRequest } from '@keywright/core';
import { expect, it } from 'vitest';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import { makeId } from '../testing-parts/samples.ts';

function makePushed(over: Partial<PushedRequest> = {}): PushedRequest {
  return {
    digest: makeId('pushed-'),
    clientId: 'client-a',
    body: 'sealed é',
    expiresAt: now + 60,
    ...over,
  };
}

describeOnEveryEngine('pushed requests', (store) => {
  it('are returned as they were stored until they expire, as often as they are requested', async () => {
    const [pushed, other] = [makePushed(), makePushed()];
    await Promise.all([pushed, other].map((one) => store().pushedRequests.add(one)));
    expect(await store().pushedRequests.load(pushed.digest, now)).toStrictEqual(pushed);
    expect(await store().pushedRequests.load(pushed.digest, now + 59)).toStrictEqual(pushed);
    expect(await store().pushedRequests.load(pushed.digest, now + 60)).toBeUndefined();
    expect(await store().pushedRequests.load('unknown', now)).toBeUndefined();
  });

  it('never replace another one', async () => {
    const pushed = makePushed();
    await store().pushedRequests.add(pushed);
    await expect(store().pushedRequests.add({ ...pushed, clientId: 'client-b' })).rejects.toThrow();
    expect(await store().pushedRequests.load(pushed.digest, now)).toStrictEqual(pushed);
  });

  it('are deleted some time after their end', async () => {
    const [dead, alive] = [makePushed({ expiresAt: now - 86_400 }), makePushed()];
    await Promise.all([dead, alive].map((one) => store().pushedRequests.add(one)));
    await store().prune(now, 1000);
    expect(await store().pushedRequests.load(dead.digest, 0)).toBeUndefined();
    expect(await store().pushedRequests.load(alive.digest, now)).toStrictEqual(alive);
  });
});
