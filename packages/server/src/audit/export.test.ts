import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVault } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditFileError, readAuditFile, writeAudit } from './export.ts';
import { readStoredAudit } from './stored.ts';
import { type Audited, openAudited } from './testing-parts/audited.ts';
import { verifyAudit } from './verification.ts';

let audited: Audited;
let file: string;
beforeEach(async () => {
  audited = await openAudited();
  file = join(audited.folder, 'audit.ndjson');
});
afterEach(() => audited.close());

async function exportAll(since?: number): Promise<number> {
  writeFileSync(file, '');
  const about = { issuer: 'https://login.example', nowMs: audited.clock.ms };
  return writeAudit(readStoredAudit(audited.store.audit, since), audited.vault, about, (line) =>
    appendFileSync(file, line),
  );
}

async function verifyFile(signer: Audited['vault'] | undefined = audited.vault) {
  const source = await readAuditFile(file, signer);
  return verifyAudit(source, { signer, nowMs: source.exportedAt });
}

const linesOf = () => readFileSync(file, 'utf8').trimEnd().split('\n');

describe('an exported audit', () => {
  it('passes the verification, with and without the key', async () => {
    await (await audited.recordSome(3, 'first')).close(60_000);
    await audited.recordSome(3, 'second');
    expect(await exportAll()).toBe(9);
    expect(await verifyFile()).toMatchObject({ entries: 9, chains: 2, faults: [] });
    expect(await verifyAudit(await readAuditFile(file, undefined), { nowMs: 0 })).toMatchObject({
      faults: [],
    });
  });

  it.each([0, 1500, 3000, 5500, 7000, 9500, 60_000])(
    'from %i ms after its beginning passes the verification, and has all later entries',
    async (after) => {
      const begin = audited.clock.ms;
      await (await audited.recordSome(4, 'first')).close(60_000);
      await audited.recordSome(4, 'second');
      audited.clock.ms += 1000;
      const since = begin + after;
      await exportAll(since);
      const { faults } = await verifyFile();
      expect(faults).toEqual([]);
      const wanted = (await audited.store.audit.list({ since })).items.map(({ hash }) => hash);
      const exported = linesOf().map((line) => (JSON.parse(line) as { hash?: string }).hash);
      expect(exported).toEqual(expect.arrayContaining(wanted));
      expect(exported.filter((hash) => hash !== undefined).length).toBeLessThanOrEqual(
        wanted.length + 2,
      );
    },
  );

  it('that is made while a process runs passes the verification', async () => {
    const living = await audited.recordSome(3);
    const source = readStoredAudit(audited.store.audit);
    const about = { issuer: 'https://login.example', nowMs: audited.clock.ms };
    writeFileSync(file, '');
    let isFirst = true;
    await writeAudit(source, audited.vault, about, async (line) => {
      appendFileSync(file, line);
      if (!isFirst) return;
      isFirst = false;
      living.record({ type: 'sign_out', accountId: 'usr_4' });
      await living.flush();
      await audited.recordSome(2, 'newcomer');
    });
    expect(await verifyFile()).toMatchObject({ entries: 4, chains: 1, faults: [] });
  });

  it('that was cut, changed or combined fails the verification', async () => {
    await audited.recordSome(3);
    await exportAll();
    const lines = linesOf();
    const tries = [
      lines.slice(0, -1),
      [...lines.slice(0, 2), ...lines.slice(3)],
      lines.map((line) => line.replace('usr_2', 'usr_9')),
      [...lines, ...lines],
      lines.slice(1),
      [],
      ['no json'],
      [...lines.slice(0, 1), '{"head":null}', ...lines.slice(1)],
      [...lines.slice(0, 1), '{"chain":null}', ...lines.slice(1)],
      [...lines.slice(0, -1), '{"end":null}'],
    ];
    for (const changed of tries) {
      writeFileSync(file, changed.map((line) => `${line}\n`).join(''));
      await expect(verifyFile(), changed.join('\n')).rejects.toThrow(AuditFileError);
    }
  });

  it('of another server, or signed anew without the key, fails the verification', async () => {
    await audited.recordSome(3);
    await exportAll();
    await expect(verifyFile(createVault(randomBytes(32)))).rejects.toThrow(
      'not signed with this sealing key',
    );
  });
});
