/**
 * The disk of the database is full, every write fails, or the database is read-only. Writes are
 * answered with 503 and Retry-After, issued tokens can be verified, nothing acknowledged is lost,
 * and everything continues without a restart.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../packages/store/src/testing-parts/cluster.ts';
import { addPeople, obtainTokens, post, refresh } from './actors.ts';
import { ownClient } from './cast.ts';
import { takeChance } from './chance.ts';
import { checkIntegrity, findHalves, queryRows } from './database.ts';
import { type Engine, isPostgresLeftOut } from './engines.ts';
import { type KeywrightNode, type Nodes, startNodes } from './nodes.ts';
import { type Chain, measureRecovery, watchDocuments } from './outage.ts';
import { record } from './report.ts';
import { canMount, makeSmallDisk, type SmallDisk } from './small-disk.ts';
import { createAskingVerifier, type Verifier } from './verifiers.ts';
import { startWriters } from './writers.ts';

const writesPerSecond = 40;
const outageMilliseconds = 8000;
const longestRecoveryMilliseconds = 10_000;
const lifetimes = { first_party_app: { refresh_retry_seconds: 120 } };

interface Outage {
  readonly title: string;
  begin(): void | Promise<void>;
  end(): void | Promise<void>;
}

interface Seen {
  readonly statuses: Readonly<Record<string, number>>;
  readonly withoutRetryAfter: number;
}

/** Rotates one token until then, and stores it as an honest client does. */
async function rotateUntil(node: KeywrightNode, chain: Chain, until: number): Promise<Seen> {
  const statuses: Record<string, number> = {};
  let withoutRetryAfter = 0;
  while (performance.now() < until) {
    const form = { grant_type: 'refresh_token', refresh_token: chain.token };
    const { status, headers, body } = await post(node, '/token', ownClient, form);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === 503 && !/^[1-9]\d*$/.test(headers['retry-after'] ?? '')) withoutRetryAfter += 1;
    if (status === 200)
      chain.token = (JSON.parse(body) as { readonly refresh_token: string }).refresh_token;
    await wait(20);
  }
  return { statuses, withoutRetryAfter };
}

/** An API that has fetched the keys before, and one that fetches them now. */
function watchVerification({ issuer, nodes }: Nodes, token: string) {
  const address = `${nodes[0]!.address}/jwks`;
  const known = createAskingVerifier(issuer, address);
  const counts = { verified: 0, failed: 0 };
  const verify = (verifier: Verifier) =>
    verifier.verify(token).then(
      () => void (counts.verified += 1),
      () => void (counts.failed += 1),
    );
  const timer = setInterval(() => {
    void verify(known);
    void verify(createAskingVerifier(issuer, address));
  }, 200);
  return {
    stop: () => {
      clearInterval(timer);
      return counts;
    },
  };
}

/** Makes PostgreSQL begin new files of its log until the disk is full. Then it ends. */
async function exhaustLog(database: string): Promise<void> {
  for (let files = 0; files < 50; files += 1) {
    const ended = await queryRows(database, 'SELECT pg_switch_wal(), pg_sleep(0.05)').then(
      () => false,
      () => true,
    );
    if (ended) return;
  }
  throw new Error('PostgreSQL has found room for its log on a full disk.');
}

async function endure(nodes: Nodes, engine: Engine, outage: Outage): Promise<void> {
  const node = nodes.nodes[0]!;
  const people = await addPeople(nodes, 10);
  const { access_token, refresh_token } = await obtainTokens(node, people[0]!);
  const chain = { token: refresh_token };
  const writers = startWriters(
    nodes.nodes,
    people,
    writesPerSecond,
    takeChance(`7. ${outage.title}`),
  );
  const documents = watchDocuments(node);
  const verification = watchVerification(nodes, access_token);
  await wait(2000);
  const began = performance.now();
  await outage.begin();
  const { statuses, withoutRetryAfter } = await rotateUntil(
    node,
    chain,
    began + outageMilliseconds,
  );
  await outage.end();
  const recovered = await measureRecovery(node, chain);
  const verified = verification.stop();
  const { failures } = documents.stop();
  const written = await writers.stop();
  const wrong = [...(await findHalves(nodes.database)), ...(await checkIntegrity(nodes.database))];
  const others = Object.keys(statuses).filter((status) => !['200', '503'].includes(status));
  const refused = statuses['503'] ?? 0;
  record({
    test: 7,
    title: outage.title,
    engine,
    asked:
      '503 with Retry-After, no corrupt data, recovery without a restart within 10 s, tokens verified and keys served',
    reached:
      `${refused} refusals, ${withoutRetryAfter} without Retry-After, ${written.lost.length} of ${written.acknowledged} ` +
      `acknowledged writes lost, ${wrong.length} faults in the database, recovery ${(recovered / 1000).toFixed(1)} s, ` +
      `${verified.failed} of ${verified.verified + verified.failed} verifications failed, ${failures} documents missed`,
    passed:
      refused > 0 &&
      withoutRetryAfter + others.length + written.lost.length + wrong.length === 0 &&
      recovered <= longestRecoveryMilliseconds &&
      verified.verified > 0 &&
      verified.failed + failures === 0,
  });
  expect(refused).toBeGreaterThan(0);
  expect(others).toEqual([]);
  expect(withoutRetryAfter).toBe(0);
  expect(written.lost).toEqual([]);
  expect(wrong).toEqual([]);
  expect(recovered).toBeLessThanOrEqual(longestRecoveryMilliseconds);
  expect(verified.verified).toBeGreaterThan(0);
  expect(verified.failed).toBe(0);
  expect(failures).toBe(0);
  // The same process as before.
  expect(node.child.exitCode).toBeNull();
}

let nodes: Nodes | undefined;
let cluster: Cluster | undefined;
let disk: SmallDisk | undefined;

afterEach(async () => {
  await nodes?.stop();
  await cluster?.remove();
  disk?.remove();
  [nodes, cluster, disk] = [undefined, undefined, undefined];
});

describe('The disk under SQLite', () => {
  it.skipIf(!canMount())('is full, with the log on it', async () => {
    disk = makeSmallDisk(64);
    const file = path.join(disk.folder, 'keywright.log');
    nodes = await startNodes({
      engine: 'SQLite',
      count: 1,
      database: path.join(disk.folder, 'keywright.db'),
      settings: { lifetimes, log: { level: 'info', file } },
    });
    const small = disk;
    await endure(nodes, 'SQLite', {
      title: 'disk full',
      begin: () => small.fill(),
      end: () => small.free(),
    });
  });

  it.skipIf(!canMount())('only reads when the server is started', async () => {
    disk = makeSmallDisk(64);
    nodes = await startNodes({
      engine: 'SQLite',
      count: 1,
      database: path.join(disk.folder, 'keywright.db'),
      settings: { lifetimes },
    });
    const node = nodes.nodes[0]!;
    const [person] = await addPeople(nodes, 1);
    const { refresh_token } = await obtainTokens(node, person!);
    await node.kill('SIGTERM');
    disk.setReadOnly(true);
    const began = performance.now();
    const refusal = await node.restart().then(
      () => 'it started',
      (error: Error) => error.message,
    );
    const seconds = (performance.now() - began) / 1000;
    disk.setReadOnly(false);
    await node.restart();
    const { status } = await refresh(node, refresh_token);
    const isTold = /cannot be opened: .*(?:readonly|read-only)/i.test(refusal);
    record({
      test: 7,
      title: 'start on a read-only disk',
      engine: 'SQLite',
      asked: 'it ends at once with a reason, and nothing is lost',
      reached: `ended after ${seconds.toFixed(1)} s, ${isTold ? 'with a reason' : 'without a reason'}; a token from before is ${status === 200 ? 'taken' : 'lost'}`,
      passed: isTold && seconds < 10 && status === 200,
    });
    expect(refusal).toMatch(/cannot be opened: .*(?:readonly|read-only)/i);
    expect(seconds).toBeLessThan(10);
    expect(status).toBe(200);
  });

  it('takes no more writes', async () => {
    nodes = await startNodes({ engine: 'SQLite', count: 1, settings: { lifetimes } });
    const pid = String(nodes.nodes[0]!.child.pid);
    const limitWrites = (bytes: string) => {
      const { status, stderr } = spawnSync('prlimit', ['--pid', pid, `--fsize=${bytes}:unlimited`]);
      if (status !== 0) throw new Error(stderr.toString());
    };
    await endure(nodes, 'SQLite', {
      title: 'every write fails',
      begin: () => limitWrites('0'),
      end: () => limitWrites('unlimited'),
    });
  });
});

describe.skipIf(isPostgresLeftOut)('PostgreSQL', () => {
  it.skipIf(!canMount())('has a full disk, and ends itself', async () => {
    disk = makeSmallDisk(256);
    const settings = { max_wal_size: '32MB', min_wal_size: '32MB' };
    const started = await startCluster({ parent: disk.folder, settings });
    cluster = started;
    nodes = await startNodes({
      engine: 'PostgreSQL',
      count: 1,
      database: started.address(),
      settings: { lifetimes },
    });
    const small = disk;
    await endure(nodes, 'PostgreSQL', {
      title: 'disk full until PostgreSQL ends, and PostgreSQL started again',
      begin: async () => {
        small.fill();
        await exhaustLog(started.address());
      },
      end: async () => {
        small.free();
        await started.kill();
        await started.start();
      },
    });
  });

  it('only reads', async () => {
    cluster = await startCluster();
    const address = cluster.address();
    nodes = await startNodes({
      engine: 'PostgreSQL',
      count: 1,
      database: address,
      settings: { lifetimes },
    });
    const setReadOnly = async (value: 'on' | 'off') => {
      await queryRows(address, `ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await queryRows(address, 'SELECT pg_reload_conf()');
    };
    await endure(nodes, 'PostgreSQL', {
      title: 'the database is read-only',
      begin: () => setReadOnly('on'),
      end: () => setReadOnly('off'),
    });
  });
});
