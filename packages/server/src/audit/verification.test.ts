import { randomBytes } from 'node:crypto';
import { createVault } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashEntry } from './chain.ts';
import { readStoredAudit } from './stored.ts';
import { type Audited, openAudited, start } from './testing-parts/audited.ts';
import { verifyAudit } from './verification.ts';

let audited: Audited;
beforeEach(async () => {
  audited = await openAudited();
});
afterEach(() => audited.close());

const dayMs = 86_400_000;
const whats = async () => (await audited.verify()).faults.map(({ what }) => what);

/** Two processes, one behind the other; the second goes on. */
async function recordTwo() {
  const first = await audited.recordSome(5, 'first');
  await first.close(60_000);
  const second = await audited.recordSome(5, 'second');
  return {
    first: await audited.chainOf('first_1'),
    second: await audited.chainOf('second_1'),
    living: second,
  };
}

describe('an unchanged audit', () => {
  it('is valid: each chain from its beginning to its signed end', async () => {
    const { first } = await recordTwo();
    const verified = await audited.verify();
    expect(verified).toMatchObject({
      entries: 13,
      chains: 2,
      faults: [],
      unclosed: [],
      unlinked: [],
    });
    expect(verified.roots).toEqual([{ chain: first, at: start + 1000 }]);
  });

  it('is valid when nothing was written', async () => {
    expect(await audited.verify()).toMatchObject({ entries: 0, chains: 0, faults: [], roots: [] });
  });

  it('is reported with the chain that was not closed, when its process was silent for minutes', async () => {
    const { second } = await recordTwo();
    audited.clock.ms += 10 * 60_000;
    const { faults, unclosed, unlinked } = await audited.verify();
    expect(faults).toEqual([]);
    expect(unclosed.map(({ chain }) => chain)).toEqual([second]);
    expect(unlinked).toEqual([second]);
  });

  it('is not valid under another key', async () => {
    await recordTwo();
    const { faults } = await audited.verify({ signer: createVault(randomBytes(32)) });
    expect(faults).toHaveLength(15);
    expect(await audited.verify({ signer: undefined })).toMatchObject({ faults: [] });
  });
});

describe('the verification detects that somebody with the database and without the key', () => {
  const changes: readonly (readonly [string, string])[] = [
    [
      'changes the content of an entry',
      `UPDATE audit SET body = '{"accountId":"usr_x"}', account = 'usr_x' WHERE account = 'first_3'`,
    ],
    ['changes when it was', `UPDATE audit SET at = at + 1 WHERE account = 'first_3'`],
    [
      'changes the type of an entry',
      `UPDATE audit SET type = 'sign_in.succeeded' WHERE account = 'first_3'`,
    ],
    [
      'changes the account of an entry',
      `UPDATE audit SET account = 'usr_x' WHERE account = 'first_3'`,
    ],
    ['hides under what it is found', `UPDATE audit SET account = NULL WHERE account = 'first_3'`],
    ['removes one', `DELETE FROM audit WHERE account = 'first_3'`],
    ['removes the first of a chain', `DELETE FROM audit WHERE type = 'chain.started'`],
    ['cuts the end off', `DELETE FROM audit WHERE account = 'second_5'`],
    ['removes the signed end', 'DELETE FROM audit_heads'],
    ['moves the signed end back', 'UPDATE audit_heads SET position = position - 1'],
    ['says that a chain is closed', 'UPDATE audit_heads SET is_closed = 1 WHERE is_closed = 0'],
    ['empties the table', 'DELETE FROM audit'],
  ];

  it.each(changes)('%s', async (_, sql) => {
    await recordTwo();
    expect(await whats()).toEqual([]);
    expect(audited.tamper(sql)).toBeGreaterThan(0);
    expect((await whats()).length).toBeGreaterThan(0);
  });

  it('changes an entry and computes its hash anew', async () => {
    const { first } = await recordTwo();
    const entry = (await audited.store.audit.listChain(first, 2, 1))[0];
    if (entry === undefined) throw new Error('there is no entry');
    const body = '{"accountId":"usr_x"}';
    const hash = hashEntry({ ...entry, body });
    audited.tamper(
      'UPDATE audit SET body = ?, account = ?, hash = ? WHERE chain = ? AND position = 3',
      body,
      'usr_x',
      hash,
      first,
    );
    expect(await whats()).toContain('the entry is not signed with the sealing key');
    // Without the key the chain still tells: the next one follows on another.
    const { faults } = await audited.verify({ signer: undefined });
    expect(faults).toEqual([
      { chain: first, position: 4, what: 'the entry does not follow the previous one' },
    ]);
  });

  it('puts two entries in another order', async () => {
    const { first } = await recordTwo();
    audited.tamper('UPDATE audit SET position = 99 WHERE chain = ? AND position = 3', first);
    audited.tamper('UPDATE audit SET position = 3 WHERE chain = ? AND position = 4', first);
    audited.tamper('UPDATE audit SET position = 4 WHERE chain = ? AND position = 99', first);
    expect((await whats()).length).toBeGreaterThan(0);
  });

  it('copies a genuine entry to another position', async () => {
    const { first, second } = await recordTwo();
    audited.tamper('DELETE FROM audit WHERE chain = ? AND position = 3', second);
    audited.tamper('UPDATE audit SET chain = ? WHERE chain = ? AND position = 3', second, first);
    const { faults } = await audited.verify();
    expect(faults).toContainEqual({
      chain: first,
      position: 3,
      what: 'entries are missing from here on',
    });
    expect(faults).toContainEqual({
      chain: second,
      position: 3,
      what: 'the entry was changed, because its hash differs',
    });
  });

  it('adds an entry after the end, or a whole chain', async () => {
    const { second } = await recordTwo();
    audited.tamper(
      `INSERT INTO audit SELECT 'made-up', position, at, type, account, client_id, body, previous, hash, mac FROM audit
       WHERE chain = ? AND position = 1`,
      second,
    );
    const { faults } = await audited.verify();
    expect(faults.map(({ chain }) => chain)).toContain('made-up');
    audited.tamper(`DELETE FROM audit WHERE chain = 'made-up'`);
    audited.tamper(
      `INSERT INTO audit SELECT chain, 7, at, type, account, client_id, body, hash, hash, mac FROM audit
       WHERE chain = ? AND position = 6`,
      second,
    );
    expect(await whats()).toContain('the entry is after the signed end of its chain');
  });

  it('removes a whole chain with its signed end, once another chain has named it', async () => {
    const { first } = await recordTwo();
    audited.tamper('DELETE FROM audit WHERE chain = ?', first);
    audited.tamper('DELETE FROM audit_heads WHERE chain = ?', first);
    expect(await whats()).toContain('the whole chain is missing, but another source knows it');
  });

  it('restores an older signed end and cuts the entries after it, while the process runs', async () => {
    const living = await audited.recordSome(3);
    const chain = await audited.chainOf('usr_1');
    const [head] = audited.query('SELECT * FROM audit_heads');
    living.record({ type: 'client.disabled', clientId: 'heatlens' });
    await living.flush();
    audited.tamper('DELETE FROM audit WHERE client_id IS NOT NULL');
    audited.tamper(
      'UPDATE audit_heads SET position = ?, hash = ?, signed_at = ?, mac = ?',
      ...(['position', 'hash', 'signed_at', 'mac'] as const).map((name) => head?.[name] as string),
    );
    expect(await whats()).toEqual([]);
    audited.clock.ms += 60_000;
    await living.witness();
    expect((await audited.verify()).faults).toContainEqual({
      chain,
      position: 5,
      what: 'entries are missing up to the signed end',
    });
  });

  it('does the same with a process that has ended, once another chain has named it', async () => {
    const living = await audited.recordSome(3, 'ended');
    const heads = audited.query('SELECT * FROM audit_heads');
    living.record({ type: 'client.disabled', clientId: 'heatlens' });
    await living.close(60_000);
    const other = await audited.recordSome(1, 'other');
    const chain = await audited.chainOf('ended_1');
    audited.tamper('DELETE FROM audit WHERE chain = ? AND position > 4', chain);
    audited.tamper(
      'UPDATE audit_heads SET position = ?, hash = ?, signed_at = ?, is_closed = 0, mac = ? WHERE chain = ?',
      ...(['position', 'hash', 'signed_at', 'mac'] as const).map(
        (name) => heads[0]?.[name] as string,
      ),
      chain,
    );
    expect(await whats()).toEqual([
      'an entry that another source knows is missing, because the end was cut off',
    ]);
    await other.close(60_000);
  });

  it('prevents the signed end from moving, restores an older one after the process ended, and cuts entries', async () => {
    const living = await audited.recordSome(3, 'ended');
    const chain = await audited.chainOf('ended_1');
    const [head] = audited.query('SELECT * FROM audit_heads');
    audited.tamper('UPDATE audit_heads SET position = 999');
    living.record({ type: 'client.disabled', clientId: 'heatlens' });
    await living.close(60_000);
    const next = await audited.recordSome(1, 'next');
    audited.tamper('DELETE FROM audit WHERE chain = ? AND position > 4', chain);
    audited.tamper(
      'UPDATE audit_heads SET position = ? WHERE chain = ?',
      Number(head?.['position']),
      chain,
    );
    const { faults } = await audited.verify();
    expect(faults.map(({ what }) => what)).toEqual([
      `its process found the end of ${chain} changed`,
    ]);
    await next.close(60_000);
  });

  it('deletes the beginning of a chain, as pruning does', async () => {
    const { first } = await recordTwo();
    audited.tamper('DELETE FROM audit WHERE chain = ? AND position < 4', first);
    expect(await whats()).toContain('earlier entries are missing');
  });

  it('restores everything to an earlier day, when the auditor knows a later end', async () => {
    const living = await audited.recordSome(3);
    const chain = await audited.chainOf('usr_1');
    const signedAt = audited.clock.ms;
    const known = [{ chain, position: 7, hash: 'h'.repeat(43), signedAt }];
    const { faults } = await audited.verify({ known });
    expect(faults).toEqual([
      {
        chain,
        position: 7,
        what: 'an entry that another source knows is missing, because the end was cut off',
      },
    ]);
    await living.close(60_000);
  });
});

describe('pruning the audit', () => {
  it('leaves a valid audit, and records itself in an entry', async () => {
    const { first, living } = await recordTwo();
    audited.clock.ms += 2 * dayMs;
    living.record({ type: 'sign_out', accountId: 'second_6' });
    await living.prune(audited.clock.ms - dayMs);
    const verified = await audited.verify();
    expect(verified.faults).toEqual([]);
    expect(verified.chains).toBe(1);
    // The last that is old stays, as what the others hang on.
    expect(
      audited.query('SELECT position FROM audit ORDER BY position').map(({ position }) => position),
    ).toEqual([6, 7, 8]);
    expect((await audited.store.audit.list({ type: 'audit.pruned' })).items).toHaveLength(1);
    expect(await audited.store.audit.loadHead(first)).toBeUndefined();
  });

  it('does not allow anyone to delete more than it did', async () => {
    const { living } = await recordTwo();
    audited.clock.ms += 2 * dayMs;
    for (const n of [6, 7, 8]) living.record({ type: 'sign_out', accountId: `second_${n}` });
    await living.prune(audited.clock.ms - dayMs);
    audited.tamper('DELETE FROM audit WHERE position < 8');
    expect(await whats()).toEqual(['earlier entries are missing']);
  });

  it('cannot be forged: its entry is signed like any other', async () => {
    const { first, second } = await recordTwo();
    audited.tamper('DELETE FROM audit WHERE chain = ?', first);
    audited.tamper('DELETE FROM audit_heads WHERE chain = ?', first);
    audited.tamper(
      `UPDATE audit SET type = 'audit.pruned', account = NULL, body = ? WHERE chain = ? AND position = 3`,
      JSON.stringify({ until: audited.clock.ms + dayMs }),
      second,
    );
    expect(await whats()).toEqual([
      'the entry was changed, because its hash differs',
      'the whole chain is missing, but another source knows it',
    ]);
  });

  it('is not accepted for an entry that existed only at the first read', async () => {
    const { first } = await recordTwo();
    const source = readStoredAudit(audited.store.audit);
    const [entry] = await audited.store.audit.listChain(first, 0, 1);
    if (entry === undefined) throw new Error('there is no entry');
    const forged = {
      ...entry,
      type: 'audit.pruned',
      body: JSON.stringify({ until: audited.clock.ms * 2 }),
    };
    let readings = 0;
    const entries = async function* () {
      readings += 1;
      if (readings === 1) yield { ...forged, hash: hashEntry(forged) };
      else for await (const one of source.entries()) if (one.chain !== first) yield one;
    };
    const { faults } = await verifyAudit(
      { ...source, entries },
      { signer: audited.vault, nowMs: audited.clock.ms },
    );
    expect(faults).toEqual([
      { chain: first, position: 7, what: 'all entries of this chain are missing' },
    ]);
  });

  it('writes nothing while there is nothing to delete', async () => {
    const { living } = await recordTwo();
    await living.prune(start - dayMs);
    expect((await audited.store.audit.list({ type: 'audit.pruned' })).items).toEqual([]);
  });
});
