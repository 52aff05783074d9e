import type { AuditEntry, AuditHead } from '@keywright/core';
import { afterEach, expect, it, vi } from 'vitest';
import { describeOnEveryEngine, engines, isPostgresLeftOut } from '../testing-parts/contract.ts';
import { openPostgresStore } from '../engine-postgres.ts';
import { makeId } from '../testing-parts/samples.ts';
import { makeSchema } from '../testing-parts/shared-cluster.ts';

afterEach(() => vi.restoreAllMocks());

const start = 1_800_000_000_000;

function makeEntry(chain: string, position: number, over: Partial<AuditEntry> = {}): AuditEntry {
  return {
    chain,
    position,
    at: start + position,
    type: 'sign_out',
    body: `{"n":${position}}`,
    previous: position === 1 ? '' : `hash-${position - 1}`,
    hash: `hash-${position}`,
    mac: `mac-${position}`,
    ...over,
  };
}

function makeHead(chain: string, position: number, over: Partial<AuditHead> = {}): AuditHead {
  return {
    chain,
    position,
    hash: `hash-${position}`,
    signedAt: start + position,
    isClosed: false,
    mac: `head-${position}`,
    ...over,
  };
}

const entriesOf = (chain: string, count: number) =>
  Array.from({ length: count }, (_, index) => makeEntry(chain, index + 1));

describeOnEveryEngine('the audit', (store) => {
  it('stores entries unchanged, and the head of their chain', async () => {
    const chain = makeId('chain-');
    const body = '{"who":"Zoë \\u0000 \uE000 𝒵"}';
    const entries = [
      makeEntry(chain, 1, { account: 'usr_a', clientId: 'heatlens', body }),
      makeEntry(chain, 2),
    ];
    await store().audit.append(entries, makeHead(chain, 2));
    expect(await store().audit.listChain(chain, 0, 10)).toEqual(entries);
    expect(await store().audit.listChain(chain, 1, 10)).toEqual(entries.slice(1));
    expect(await store().audit.listChain(chain, 0, 1)).toEqual(entries.slice(0, 1));
    expect(await store().audit.loadHead(chain)).toEqual(makeHead(chain, 2));
  });

  it.each([1, 2, 4, 5, 17, 63, 64])(
    'accepts %i entries at once, and the same entries again without a change',
    async (count) => {
      const chain = makeId('chain-');
      const entries = entriesOf(chain, count);
      await store().audit.append(entries, makeHead(chain, count));
      await store().audit.append(entries, makeHead(chain, count));
      expect(await store().audit.listChain(chain, 0, 100)).toEqual(entries);
    },
  );

  it('never moves a head back, and never reopens a chain', async () => {
    const chain = makeId('chain-');
    await store().audit.append([], makeHead(chain, 5));
    await store().audit.append([], makeHead(chain, 4));
    expect((await store().audit.loadHead(chain))?.position).toBe(5);
    await store().audit.append([], makeHead(chain, 5, { signedAt: start + 99, isClosed: true }));
    await store().audit.append([], makeHead(chain, 5));
    expect(await store().audit.loadHead(chain)).toMatchObject({
      signedAt: start + 99,
      isClosed: true,
    });
  });

  it('appends to many chains at once without a conflict', async () => {
    const chains = Array.from({ length: 20 }, () => makeId('chain-'));
    await Promise.all(
      chains.map((chain) => store().audit.append(entriesOf(chain, 64), makeHead(chain, 64))),
    );
    for (const chain of chains)
      expect(await store().audit.listChain(chain, 0, 100)).toHaveLength(64);
  });

  it('lists entries from the newest on, by type, user, client and time, page by page', async () => {
    const [chain, account, clientId] = [makeId('chain-'), makeId('usr_'), makeId('client-')];
    const entries = [
      makeEntry(chain, 1, { account, clientId, type: 'consent.given' }),
      makeEntry(chain, 2, { account, type: 'sign_out' }),
      makeEntry(chain, 3, { clientId, type: 'client.disabled' }),
      makeEntry(chain, 4, { account, type: 'consent.given' }),
    ];
    await store().audit.append(entries, makeHead(chain, 4));
    const positions = async (...given: Parameters<ReturnType<typeof store>['audit']['list']>) =>
      (await store().audit.list(...given)).items.map(({ position }) => position);
    expect(await positions({ accounts: [account] })).toEqual([4, 2, 1]);
    expect(await positions({ accounts: ['nobody', account], type: 'consent.given' })).toEqual([
      4, 1,
    ]);
    expect(await positions({ clientId })).toEqual([3, 1]);
    expect(await positions({ accounts: [account], since: start + 2 })).toEqual([4, 2]);
    expect(await positions({ accounts: [account], until: start + 2 })).toEqual([1]);
    const page = await store().audit.list({ accounts: [account] }, { limit: 2 });
    expect(page.items.map(({ position }) => position)).toEqual([4, 2]);
    expect(await positions({ accounts: [account] }, { limit: 2, after: page.next ?? '' })).toEqual([
      1,
    ]);
  });

  it('reads all chains, and all heads', async () => {
    const chains = [makeId('chain-'), makeId('chain-')];
    for (const chain of chains)
      await store().audit.append([makeEntry(chain, 1)], makeHead(chain, 1));
    const walked: string[] = [];
    for (let chain = await store().audit.nextChain(''); chain !== undefined; ) {
      walked.push(chain);
      chain = await store().audit.nextChain(chain);
    }
    expect(walked).toEqual(walked.toSorted());
    expect(walked).toEqual(expect.arrayContaining(chains));
    const first = await store().audit.listHeads({ limit: 1 });
    const rest = await store().audit.listHeads({ after: first.next ?? '' });
    const named = [...first.items, ...rest.items].map(({ chain }) => chain);
    expect(named).toEqual(expect.arrayContaining(chains));
  });

  it('returns the present heads that no chain has named', async () => {
    const chain = makeId('chain-');
    const isUnlinked = async () =>
      (await store().audit.listUnlinked(1000)).some(
        (head) => head.chain === chain && head.markedPosition < head.position,
      );
    await store().audit.append([makeEntry(chain, 1)], makeHead(chain, 1));
    expect(await isUnlinked()).toBe(true);
    await store().audit.markLinked(chain, 1, 'mark-1');
    expect(await isUnlinked()).toBe(false);
    await store().audit.append([makeEntry(chain, 2)], makeHead(chain, 2));
    expect(await isUnlinked()).toBe(true);
  });

  it('also returns the heads that were signed last, with their marks', async () => {
    const chain = makeId('chain-');
    const newest = { signedAt: start * 2 };
    await store().audit.append([makeEntry(chain, 1)], makeHead(chain, 1, newest));
    await store().audit.markLinked(chain, 1, 'mark-1');
    expect((await store().audit.listUnlinked(1)).at(-1)).toEqual({
      ...makeHead(chain, 1, newest),
      markedPosition: 1,
      markMac: 'mark-1',
    });
  });

  it('says whether the head was moved, and never moves one that is ahead or closed', async () => {
    const chain = makeId('chain-');
    expect(await store().audit.append(entriesOf(chain, 3), makeHead(chain, 3))).toBe(true);
    expect(await store().audit.append([], makeHead(chain, 3))).toBe(true);
    expect(await store().audit.append([], makeHead(chain, 2))).toBe(false);
    expect(await store().audit.append([], makeHead(chain, 4, { isClosed: true }))).toBe(true);
    expect(await store().audit.append([], makeHead(chain, 5))).toBe(false);
  });
});

it.each(engines)(
  'pruning the audit deletes old entries except the last one of a chain that continues: $name',
  async ({ open }) => {
    const { store, close } = await open();
    const [on, over] = ['goes-on', 'is-over'];
    await store.audit.append(entriesOf(on, 10), makeHead(on, 10));
    await store.audit.append(entriesOf(over, 4), makeHead(over, 4, { isClosed: true }));
    const until = start + 6;
    expect(await store.audit.hasPrunable(until)).toBe(true);
    expect(await store.audit.prune(until, 3)).toBe(3);
    while ((await store.audit.prune(until, 3)) > 0);
    expect(await store.audit.hasPrunable(until)).toBe(false);
    expect((await store.audit.listChain(on, 0, 100)).map(({ position }) => position)).toEqual([
      5, 6, 7, 8, 9, 10,
    ]);
    expect(await store.audit.listChain(over, 0, 100)).toEqual([]);
    expect(await store.audit.loadHead(over)).toBeUndefined();
    expect(await store.audit.loadHead(on)).toBeDefined();
    await close();
  },
);

it.skipIf(isPostgresLeftOut)(
  'the audit is not pruned by a node whose clock differs from that of the database',
  async () => {
    const schema = await makeSchema();
    const store = await openPostgresStore({ address: schema.address, timeoutMs: 20_000 });
    const real = Date.now;
    const moment = real();
    await store.audit.append(
      [makeEntry('chain', 1, { at: moment })],
      makeHead('chain', 1, { signedAt: moment }),
    );
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000);
    expect(await store.audit.hasPrunable(moment)).toBe(false);
    await expect(store.audit.hasPrunable(moment + 1)).rejects.toThrow(
      'Nothing is deleted until they agree',
    );
    vi.restoreAllMocks();
    expect(await store.audit.hasPrunable(moment + 1)).toBe(true);
    await store.close();
    await schema.drop();
  },
);
