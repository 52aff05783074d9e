import type { Store } from '@keywright/core';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isPostgresLeftOut, now } from './testing-parts/contract.ts';
import { openPostgresStore, type PostgresStoreOptions } from './engine-postgres.ts';
import { migrations } from './migrations/index.ts';
import { PostgresSession } from './postgres-session.ts';
import {
  connect,
  entity,
  makeAgreement,
  makeClient,
  makeCode,
  makeFamily,
  makeId,
  makePermission,
  makeRotation,
  startFamily,
} from './testing-parts/samples.ts';
import { makeSchema, run } from './testing-parts/shared-cluster.ts';
import { StoreUnavailableError } from './unavailable.ts';

const clock = { nowSeconds: () => now };

describe.skipIf(isPostgresLeftOut)('the store on PostgreSQL', () => {
  let schema: Awaited<ReturnType<typeof makeSchema>>;
  let nodes: readonly [Store, Store];
  const open = (over: Partial<PostgresStoreOptions> = {}) =>
    openPostgresStore({ address: schema.address, clock, timeoutMs: 20_000, ...over });

  beforeAll(async () => {
    schema = await makeSchema();
    nodes = [await open(), await open()];
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await schema.drop();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** The same, with every second call on the other node. */
  const onBothNodes = <T>(count: number, ask: (node: Store, index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => ask(nodes[index % 2] as Store, index)));

  const tally = (outcomes: readonly { readonly outcome: string }[]) =>
    Object.fromEntries(
      Object.entries(Object.groupBy(outcomes, (each) => each.outcome)).map(([name, all]) => [
        name,
        all?.length,
      ]),
    );

  describe('races of two nodes', () => {
    it('spend a code once, however often it is redeemed at the same time, and end its tokens', async () => {
      const code = makeCode(await connect(nodes[0]));
      await nodes[0].codes.issue({ code, agreement: makeAgreement(code) }, now);
      const loaded = await nodes[0].codes.load(code.digest);
      const family = makeFamily({ ...code, grantId: loaded?.grantId ?? '' }, { id: code.familyId });
      const outcomes = await onBothNodes(50, (node) => node.codes.redeem(code.digest, family, now));
      expect(tally(outcomes)).toEqual({ redeemed: 1, reused: 49 });
      expect((await nodes[1].families.load(family.id))?.endedAt).toBe(now);
    });

    it('rotate a token once, and give all callers the same successor', async () => {
      const family = await startFamily(nodes[0]);
      const outcomes = await onBothNodes(50, (node, index) =>
        node.families.rotate(
          {
            ...makeRotation(family, 0),
            successorDigest: `s.${index}`,
            sealedSuccessor: `sealed.${index}`,
          },
          now,
        ),
      );
      expect(tally(outcomes)).toEqual({ rotated: 1, replayed: 49 });
      const successors = outcomes.flatMap((each) =>
        each.outcome === 'replayed' ? [each.sealedSuccessor] : [],
      );
      const current = (await nodes[0].families.load(family.id))?.currentDigest;
      expect(new Set(successors)).toEqual(
        new Set([`sealed.${outcomes.findIndex((each) => each.outcome === 'rotated')}`]),
      );
      expect(current).toBe(`s.${outcomes.findIndex((each) => each.outcome === 'rotated')}`);
    });

    it('treat a token that is presented twice without a retry window as stolen, and end the family', async () => {
      const family = await startFamily(nodes[0]);
      const outcomes = await onBothNodes(20, (node) =>
        node.families.rotate({ ...makeRotation(family, 0), retrySeconds: 0 }, now),
      );
      expect(outcomes.filter((each) => each.outcome === 'rotated')).toHaveLength(1);
      expect(outcomes.filter((each) => each.outcome === 'reused').length).toBeGreaterThanOrEqual(1);
      expect((await nodes[1].families.load(family.id))?.endedAt).toBe(now);
    });

    it('never leave an active family under a grant that was ended while its code was redeemed', async () => {
      await onBothNodes(60, async (node) => {
        const connection = await connect(node);
        const code = makeCode(connection);
        await node.codes.issue({ code, agreement: makeAgreement(connection) }, now);
        const grantId = (await node.codes.load(code.digest))?.grantId ?? '';
        const family = makeFamily({ ...connection, grantId }, { id: code.familyId });
        const other = node === nodes[0] ? nodes[1] : nodes[0];
        await Promise.all([
          node.codes.redeem(code.digest, family, now),
          other.grants.end(grantId, connection.accountId, now),
        ]);
        const left = await node.families.load(family.id);
        if (left !== undefined) expect(left.endedAt).toBe(now);
      });
    });

    it('allow no more attempts than the bucket holds', async () => {
      const buckets = [
        { key: makeId('bucket-'), intervalSeconds: 60, burst: 5 },
        { key: makeId('bucket-'), intervalSeconds: 60, burst: 100 },
      ];
      const waits = await onBothNodes(50, (node) => node.throttles.take(buckets, now));
      expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
    });

    it('give every index of the status lists to one parent', async () => {
      const places = await onBothNodes(40, (node) => node.statuses.assign(makeId('fam_')));
      expect(new Set(places.map(({ list, index }) => `${list}.${index}`)).size).toBe(40);
    });

    it('never close a circle of groups together', async () => {
      const [a, b] = [entity(makeId('group:')), entity(makeId('group:'))];
      const link = (node: Store, lower: typeof a, upper: typeof a) =>
        node.permissions.link({ kind: 'membership', lower, upper, createdAt: now });
      const outcomes = await Promise.all([link(nodes[0], a, b), link(nodes[1], b, a)]);
      expect(outcomes.toSorted()).toEqual(['circle', 'linked']);
    });

    it('give a lease to one node until it expires by the clock of the database', async () => {
      const take = (node: 0 | 1) => nodes[node].leases.take('work', `node ${node}`, 120);
      expect(await take(0)).toBe(true);
      expect(await take(1)).toBe(false);
      await run(schema.address, 'UPDATE leases SET expires_at = expires_at - 120');
      expect(await take(1)).toBe(true);
      expect(await take(0)).toBe(false);
    });
  });

  it('ends a client at once, and its families in batches, and refuses a family before its batch', async () => {
    const client = makeClient();
    await nodes[0].clients.save(client);
    const families = await Promise.all(
      Array.from({ length: 502 }, async () => {
        const agreement = makeAgreement({ accountId: makeId('usr_'), clientId: client.id });
        await nodes[0].grants.agree(agreement, undefined, now);
        const family = makeFamily({ ...agreement, grantId: agreement.grantId });
        await nodes[0].families.start(family);
        return family;
      }),
    );
    // Another connection locks a family of the second batch, so that the batch has to wait.
    const holder = new Client({ connectionString: schema.address });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM families WHERE id = $1 FOR UPDATE', [families[500]?.id]);
    const disabling = nodes[0].clients.disable(client.id, now);
    await vi.waitUntil(async () => (await nodes[1].clients.load(client.id))?.status === 'disabled');
    const last = families[501]!;
    expect(await nodes[1].families.rotate(makeRotation(last, 0), now)).toEqual({
      outcome: 'ended',
    });
    expect((await nodes[1].families.load(last.id))?.endedAt).toBeUndefined();
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await disabling).toBe(true);
    expect((await nodes[1].families.load(last.id))?.endedAt).toBe(now);
  });

  describe('a round trip', () => {
    const countRoundTrips = async (work: () => Promise<unknown>) => {
      // Opens and sets up the connection.
      await nodes[0].probe();
      const spy = vi.spyOn(PostgresSession.prototype, 'run');
      await work();
      return spy.mock.calls.length;
    };

    it('is the whole cost of a rotation', async () => {
      const family = await startFamily(nodes[0]);
      expect(
        await countRoundTrips(() => nodes[0].families.rotate(makeRotation(family, 0), now)),
      ).toBe(1);
    });

    it('and one more is the cost to redeem a code', async () => {
      const code = makeCode(await connect(nodes[0]));
      await nodes[0].codes.issue({ code, agreement: makeAgreement(code) }, now);
      const grantId = (await nodes[0].codes.load(code.digest))?.grantId ?? '';
      const family = makeFamily({ ...code, grantId }, { id: code.familyId });
      expect(await countRoundTrips(() => nodes[0].codes.redeem(code.digest, family, now))).toBe(2);
    });
  });

  it('distinguishes ids that differ in a character that PostgreSQL cannot hold', async () => {
    const odd = ['a\0b', 'a\u{E000}0b', 'a\u{E000}b', 'a\u{E000}1b', 'ab'];
    for (const id of odd)
      await nodes[0].permissions.set(makePermission(`user:${id}`, 'read', 'odd:1'));
    const { items } = await nodes[1].permissions.list({ resource: entity('odd:1') });
    expect(new Set(items.map((item) => item.subject.id))).toEqual(new Set(odd));
    expect(await nodes[0].clients.load('no\0client')).toBeUndefined();
  });

  it('orders ids by their bytes, in any language of the database', async () => {
    const ids = ['Zoe', 'adam', 'Bert', 'Äneas', '_x', 'a-b', 'aB'].map((id) => `order-${id}`);
    for (const id of ids) await nodes[0].clients.save(makeClient({ id }));
    const { items } = await nodes[0].clients.list({ after: 'order-', limit: ids.length });
    const bytewise = ids.toSorted((one, other) =>
      Buffer.compare(Buffer.from(one), Buffer.from(other)),
    );
    expect(items.map(({ id }) => id)).toEqual(bytewise);
  });

  it('reports a mistake in an act, without a value in the message', async () => {
    const family = await startFamily(nodes[0]);
    const twice = nodes[0].families.start(family);
    await expect(twice).rejects.toThrow(/unique constraint .*\(23505\)$/);
    await expect(twice).rejects.not.toThrow(family.id);
    await expect(twice).rejects.not.toBeInstanceOf(StoreUnavailableError);
  });

  it('works without prepared statements, as an old pooler requires', async () => {
    const node = await open({ address: `${schema.address}&prepare=false` });
    const family = await startFamily(node);
    expect((await node.families.rotate(makeRotation(family, 0), now)).outcome).toBe('rotated');
    await node.close();
  });

  it('finishes earlier requests before it closes, and refuses later ones', async () => {
    const node = await open();
    const family = makeFamily(await connect(node));
    const started = node.families.start(family);
    const closed = node.close();
    await expect(node.probe()).rejects.toThrow(StoreUnavailableError);
    await Promise.all([started, closed, node.close()]);
    expect(await nodes[0].families.load(family.id)).toBeDefined();
  });

  describe('with another clock than its node', () => {
    const aheadBy = (seconds: number) => {
      const real = Date.now;
      vi.spyOn(Date, 'now').mockImplementation(() => real() + seconds * 1000);
    };
    const openOnSystemTime = () =>
      openPostgresStore({ address: schema.address, timeoutMs: 20_000 });

    it.each([70, -70])('is not opened (%i s)', async (seconds) => {
      aheadBy(seconds);
      await expect(openOnSystemTime()).rejects.toThrow(
        new RegExp(
          `clock of this machine is (69|70|71) s ${seconds > 0 ? 'ahead of' : 'behind'} the database's`,
        ),
      );
    });

    it('serves connected nodes, and is not pruned by them', async () => {
      const node = await openOnSystemTime();
      const family = await startFamily(node);
      aheadBy(3600);
      await expect(node.prune(Math.floor(Date.now() / 1000), 10)).rejects.toThrow(
        /Nothing is deleted/,
      );
      expect((await node.families.rotate(makeRotation(family, 0), now)).outcome).toBe('rotated');
      await node.close();
    });
  });

  it('refuses to work if an acknowledged write could be lost', async () => {
    const careless = schema.address.replace(
      /options=(.*)$/,
      (_, options: string) =>
        `options=${options}${encodeURIComponent(' -c synchronous_commit=off')}`,
    );
    await expect(open({ address: careless })).rejects.toThrow(/synchronous_commit is off/);
  });

  describe('tables', () => {
    let own: typeof schema;
    beforeEach(async () => {
      own = await makeSchema();
    });
    afterEach(() => own.drop());

    it('are made once when several nodes start at the same time', async () => {
      const stores = await Promise.all(
        Array.from({ length: 5 }, () => open({ address: own.address })),
      );
      const client = new Client({ connectionString: own.address });
      await client.connect();
      const { rows } = await client.query('SELECT name FROM migrations ORDER BY version');
      expect(rows.map((row: { readonly name: string }) => row.name)).toEqual(
        migrations.map(({ name }) => name),
      );
      await client.end();
      const family = await startFamily(stores[0] as Store);
      expect(await stores[4]?.families.load(family.id)).toStrictEqual(family);
      await Promise.all(stores.map((store) => store.close()));
    });

    it('of a newer version are refused', async () => {
      await (await open({ address: own.address })).close();
      await run(
        own.address,
        `INSERT INTO migrations VALUES (${migrations.length + 1}, 'future', 'x', 0)`,
      );
      await expect(open({ address: own.address })).rejects.toThrow(/newer Keywright.*\(future\)/);
    });
  });
});
