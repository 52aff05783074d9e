/** The store with several database servers, when the primary changes. */
import type { Store } from '@keywright/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isPostgresLeftOut, now } from './testing-parts/contract.ts';
import { openPostgresStore } from './engine-postgres.ts';
import { makeRotation, startFamily } from './testing-parts/samples.ts';
import {
  type ReplicatedCluster,
  startReplicatedCluster,
} from './testing-parts/replicated-cluster.ts';
import { StoreUnavailableError } from './unavailable.ts';

const clock = { nowSeconds: () => now };

describe.skipIf(isPostgresLeftOut)('a database with a primary and a synchronous standby', () => {
  let cluster: ReplicatedCluster;
  const open = (address: string) => openPostgresStore({ address, clock, timeoutMs: 4000 });
  /** An operator may name them in any order. */
  const reversed = () =>
    cluster.standby.address.replace(
      /host=.*/,
      `host=${cluster.standby.socket},${cluster.primary.socket}`,
    );

  beforeAll(async () => {
    cluster = await startReplicatedCluster(true);
  });
  afterAll(() => cluster.remove());

  it('is never used at its standby', async () => {
    await expect(open(cluster.standby.address)).rejects.toThrow(/read-only: it is a standby/);
    const node = await open(reversed());
    const family = await startFamily(node);
    expect((await node.families.rotate(makeRotation(family, 0), now)).outcome).toBe('rotated');
    await node.close();
  });

  it('works for a user that only owns the tables', async () => {
    await cluster.primary.run('CREATE ROLE plain LOGIN');
    await cluster.primary.run('CREATE DATABASE plain OWNER plain');
    const node = await open(
      cluster.address.replace('keywright@localhost/postgres', 'plain@localhost/plain'),
    );
    await node.probe();
    await node.close();
  });

  it('acknowledges nothing that the standby does not have, also when the wait for it is cancelled', async () => {
    const node = await open(cluster.address);
    const family = await startFamily(node);
    await cluster.standby.kill();
    const rotating = node.families.rotate(makeRotation(family, 0), now).then(
      () => 'acknowledged',
      (error: Error) => error.message,
    );
    await vi.waitUntil(async () => {
      const rows = await cluster.primary.run(
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`,
      );
      return rows.length > 0;
    });
    expect(await rotating).toMatch(/wait for it was cancelled/);
    await cluster.standby.start();
    await vi.waitUntil(
      () =>
        node.probe().then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    );
    // It was written all the same, and an honest retry gets the intended successor.
    expect(await node.families.rotate(makeRotation(family, 0), now)).toMatchObject({
      outcome: 'replayed',
    });
    await node.close();
  });

  it('refuses a role whose commits do not wait for the standby', async () => {
    await cluster.primary.run(
      'CREATE ROLE hasty LOGIN SUPERUSER; ALTER ROLE hasty SET synchronous_commit = local',
    );
    await expect(open(cluster.address.replace('keywright@', 'hasty@'))).rejects.toThrow(
      /synchronous_commit is local/,
    );
  });

  it('continues at the standby once it is promoted, and never again at a former primary', async () => {
    const nodes = [await open(cluster.address), await open(reversed())] as const;
    const family = await startFamily(nodes[0]);
    const at = async (node: Store, token: number) =>
      (await node.families.rotate(makeRotation(family, token), now)).outcome;
    expect(await at(nodes[0], 0)).toBe('rotated');
    await cluster.primary.kill();
    await expect(nodes[0].families.rotate(makeRotation(family, 1), now)).rejects.toThrow(
      StoreUnavailableError,
    );
    await cluster.promote();
    expect(await at(nodes[0], 1)).toBe('rotated');
    expect(await at(nodes[1], 2)).toBe('rotated');

    // The former primary is not fenced, waits for no standby, and is the first in the address.
    await cluster.primary.start();
    await cluster.primary.run(`ALTER SYSTEM SET synchronous_standby_names = ''`);
    await cluster.primary.run('SELECT pg_reload_conf()');
    const fresh = await open(cluster.address);
    expect(await at(fresh, 3)).toBe('rotated');
    await cluster.standby.kill();
    for (const node of [...nodes, fresh])
      await expect(node.families.load(family.id)).rejects.toThrow(StoreUnavailableError);
    await cluster.standby.start();
    expect(await at(nodes[0], 4)).toBe('rotated');
    const [left] = await cluster.primary.run(
      `SELECT current_digest FROM families WHERE id = '${family.id}'`,
    );
    expect(left?.['current_digest']).toBe(`${family.id}.1`);
    await Promise.all([...nodes, fresh].map((node) => node.close()));
  });
});
