/**
 * Acts while the database or the connection to it fails. On a cluster of its own, which can be
 * killed.
 */
import type { Store } from '@keywright/core';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isLong } from '../../jwt/src/testing-parts/series.ts';
import { isPostgresLeftOut, now } from './testing-parts/contract.ts';
import { openPostgresStore } from './engine-postgres.ts';
import {
  makeAgreement,
  makeCode,
  makeFamily,
  makeId,
  makeRotation,
  connect,
  startFamily,
} from './testing-parts/samples.ts';
import { type Cluster, startCluster } from './testing-parts/cluster.ts';
import { findPooler, type Pooler, startPooler } from './testing-parts/pooler.ts';
import { type Proxy, startProxy } from './testing-parts/proxy.ts';
import { StoreUnavailableError } from './unavailable.ts';

const clock = { nowSeconds: () => now };
const timeoutMs = 1500;
/** The time limit, and some time for a busy machine. */
/** The series that does not measure time only finds acts that never end. */
const inTimeMs = timeoutMs + (isLong ? 1500 : 30_000);

/**
 * Connections that wait for a lock now. (In a transaction, the server would repeat its first
 * result.)
 */
async function countWaiting(client: Client): Promise<number> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ waiting: number }>(
    "SELECT COUNT(*)::int AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
  );
  return rows[0]?.waiting ?? 0;
}

describe.skipIf(isPostgresLeftOut)('a database that fails', () => {
  let cluster: Cluster;
  let store: Store;
  let proxy: Proxy | undefined;
  const open = (address = cluster.address()) => openPostgresStore({ address, clock, timeoutMs });

  beforeAll(async () => {
    cluster = await startCluster();
    store = await open();
  });
  afterAll(async () => {
    await store.close();
    await cluster.remove();
  });
  beforeEach(() => {
    proxy = undefined;
  });
  afterEach(() => proxy?.close());

  /** Rejected as unavailable, and in time. */
  const expectRefused = async (asked: readonly Promise<unknown>[]) => {
    const began = performance.now();
    for (const each of await Promise.allSettled(asked))
      expect(each).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
    expect(performance.now() - began).toBeLessThan(inTimeMs);
  };

  const openThrough = async (onSent?: (text: string) => void) => {
    proxy = await startProxy(cluster.socket, onSent);
    return { node: await open(proxy.address), proxy };
  };

  const asSuperuser = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: cluster.address() });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };

  it('that does not answer delays acts only within bounds, and is used again once it answers', async () => {
    const { node, proxy: way } = await openThrough();
    const family = await startFamily(node);
    way.setMode('swallow');
    await expectRefused([
      ...Array.from({ length: 30 }, () => node.families.load(family.id)),
      ...Array.from({ length: 30 }, () => node.families.rotate(makeRotation(family, 0), now)),
      node.statuses.assign(makeId('fam_')),
      node.statuses.assign(makeId('fam_')),
      node.probe(),
    ]);
    way.setMode('pass');
    expect((await node.families.load(family.id))?.currentDigest).toBe(family.currentDigest);
    expect((await node.families.rotate(makeRotation(family, 0), now)).outcome).toBe('rotated');
    await node.close();
  });

  it('that does not answer does not prevent a store from closing', async () => {
    const { node, proxy: way } = await openThrough();
    await Promise.all([node.probe(), node.statuses.assign(makeId('fam_'))]);
    way.setMode('swallow');
    const began = performance.now();
    await node.close();
    expect(performance.now() - began).toBeLessThan(inTimeMs);
  });

  it('whose processes are stopped is given up in time, too', async () => {
    const family = await startFamily(store);
    const node = await open();
    await node.probe();
    const pids = await asSuperuser(async (client) => {
      const { rows } = await client.query<{ readonly pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'keywright'`,
      );
      return rows.map((row) => row.pid);
    });
    for (const pid of [cluster.pid(), ...pids]) process.kill(pid, 'SIGSTOP');
    try {
      await expectRefused([node.families.load(family.id), node.probe(), store.probe()]);
    } finally {
      for (const pid of [cluster.pid(), ...pids]) process.kill(pid, 'SIGCONT');
    }
    expect((await node.families.load(family.id))?.id).toBe(family.id);
    await node.close();
  });

  it('does not perform an act twice when the answer to its commit is lost', async () => {
    let mode: 'listening' | 'armed' = 'listening';
    const { node, proxy: way } = await openThrough((text) => {
      if (mode === 'armed' && text.includes('COMMIT')) way.setMode('mute');
    });
    const connection = await connect(node);
    const code = makeCode(connection);
    await node.codes.issue({ code, agreement: makeAgreement(connection) }, now);
    const grantId = (await node.codes.load(code.digest))?.grantId ?? '';
    const family = makeFamily({ ...connection, grantId }, { id: code.familyId });
    const again = await open(`${way.address}&prepare=false`);
    mode = 'armed';
    await expectRefused([again.codes.redeem(code.digest, family, now)]);
    // It was written, although the caller could not know this. It was not repeated, or the family
    // would have ended.
    const written = await store.families.load(family.id);
    expect(written).toMatchObject({ id: family.id });
    expect(written).not.toHaveProperty('endedAt');
    mode = 'listening';
    way.setMode('pass');
    expect((await again.codes.redeem(code.digest, family, now)).outcome).toBe('reused');
    await Promise.all([node.close(), again.close()]);
  });

  it('stores nothing of an act whose process was killed during it', async () => {
    const connection = await connect(store);
    const code = makeCode(connection);
    await store.codes.issue({ code, agreement: makeAgreement(connection) }, now);
    const grantId = (await store.codes.load(code.digest))?.grantId ?? '';
    const family = makeFamily({ ...connection, grantId }, { id: code.familyId });
    await asSuperuser(async (client) => {
      // The act spends the code, and waits for the row of the family, which another connection is
      // inserting.
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO families (id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, created_at,
           expires_at, absolute_expires_at, check_at) VALUES ($1, '', '', '', '[]', '[]', 0, 0, 0, 0, 0)`,
        [family.id],
      );
      const redeeming = expectRefused([store.codes.redeem(code.digest, family, now)]);
      await vi.waitUntil(async () => {
        const { rowCount } = await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'keywright' AND wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });
      await redeeming;
      await client.query('ROLLBACK');
    });
    expect((await store.codes.redeem(code.digest, family, now)).outcome).toBe('redeemed');
  });

  it('waits no longer than the time limit for a row that another caller has locked', async () => {
    const family = await startFamily(store);
    await asSuperuser(async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM families WHERE id = $1 FOR UPDATE', [family.id]);
      await expectRefused([store.families.rotate(makeRotation(family, 0), now)]);
      await vi.waitUntil(async () => (await countWaiting(client)) === 0, { timeout: 30_000 });
      await client.query('ROLLBACK');
    });
    // The server has given up too, so the rotation is not written later.
    expect((await store.families.load(family.id))?.currentDigest).toBe(family.currentDigest);
  });

  it('that crashes under load loses nothing that it acknowledged, and is used again without help', async () => {
    const families = await Promise.all(Array.from({ length: 8 }, () => startFamily(store)));
    const acknowledged = new Map<string, number>();
    let crashed = false;
    const rotateUntilRefused = async (family: (typeof families)[number]) => {
      for (let token = 0; ; token++) {
        try {
          const { outcome } = await store.families.rotate(makeRotation(family, token), now);
          expect(outcome).toBe('rotated');
          acknowledged.set(family.id, token + 1);
        } catch (error) {
          expect(error).toBeInstanceOf(StoreUnavailableError);
          expect(crashed).toBe(true);
          return;
        }
      }
    };
    for (let round = 0; round < 2; round++) {
      crashed = false;
      acknowledged.clear();
      const started = await Promise.all(families.map(() => startFamily(store)));
      const rotating = Promise.all(started.map(rotateUntilRefused));
      await vi.waitUntil(
        () => [...acknowledged.values()].every((token) => token > 20) && acknowledged.size === 8,
      );
      crashed = true;
      await cluster.kill();
      await rotating;
      await expectRefused([store.probe()]);
      await cluster.start();
      for (const family of started) {
        const token = acknowledged.get(family.id) ?? 0;
        const digest = (await store.families.load(family.id))?.currentDigest;
        // One more rotation may have been committed without its acknowledgement.
        expect([`${family.id}.${token}`, `${family.id}.${token + 1}`]).toContain(digest);
      }
    }
  });

  it('cannot be opened while it is unreachable', async () => {
    await expect(open('postgres://keywright@localhost/postgres?host=%2Fnowhere')).rejects.toThrow(
      StoreUnavailableError,
    );
    await expect(open(cluster.address().replace('/postgres?', '/missing?'))).rejects.toThrow(
      /3D000/,
    );
  });

  describe.skipIf(findPooler() === undefined)('behind PgBouncer in transaction mode', () => {
    let pooler: Pooler;
    beforeAll(async () => {
      pooler = await startPooler(cluster.socket);
    });
    afterAll(() => pooler.close());

    it('does everything that it does without PgBouncer', async () => {
      const nodes = [await open(pooler.address), await open(pooler.address)] as const;
      const family = await startFamily(nodes[0]);
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          nodes[index % 2 === 0 ? 0 : 1].families.rotate(makeRotation(family, 0), now),
        ),
      );
      expect(outcomes.filter((each) => each.outcome === 'rotated')).toHaveLength(1);
      expect(outcomes.filter((each) => each.outcome === 'replayed')).toHaveLength(39);
      const connection = await connect(nodes[0]);
      const code = makeCode(connection);
      await nodes[0].codes.issue({ code, agreement: makeAgreement(connection) }, now);
      const grantId = (await nodes[1].codes.load(code.digest))?.grantId ?? '';
      const born = makeFamily({ ...connection, grantId }, { id: code.familyId });
      const redeemed = await Promise.all(
        nodes.map((node) => node.codes.redeem(code.digest, born, now)),
      );
      expect(redeemed.map((each) => each.outcome).toSorted()).toEqual(['redeemed', 'reused']);
      await Promise.all(nodes.map((node) => node.close()));
    });
  });
});
