import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { isLong } from '../../jwt/src/testing-parts/series.ts';
import { makeFolder, now } from './testing-parts/contract.ts';
import { openSqliteStore } from './engine-sqlite.ts';
import { connect, makeFamily } from './testing-parts/samples.ts';

const families = 8;
const rounds = isLong ? 4 : 1;
const rotations = 200;
const script = fileURLToPath(new URL('./testing-parts/rotating-process.ts', import.meta.url));

/**
 * Kills the process at the 200th acknowledgement; answers the newest acknowledged token of each
 * family.
 */
async function rotateUntilKilled(file: string): Promise<ReadonlyMap<string, number>> {
  const child = spawn(process.execPath, [script, file, String(families), String(now)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const acknowledged = new Map<string, number>();
  let seen = 0;
  for await (const line of createInterface(child.stdout)) {
    const [familyId = '', token] = line.split(' ');
    acknowledged.set(familyId, Number(token));
    seen += 1;
    if (seen === rotations) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(seen).toBeGreaterThanOrEqual(rotations);
  return acknowledged;
}

it('the store loses no acknowledged rotation when the process is killed after 200 rotations', async () => {
  const folder = makeFolder();
  const file = join(folder.path, 'store.db');
  const first = await openSqliteStore({ file });
  const connection = await connect(first);
  for (let index = 0; index < families; index++)
    await first.families.start(makeFamily(connection, { id: `fam_crash_${index}` }));
  await first.close();

  for (let round = 0; round < rounds; round++) {
    const acknowledged = await rotateUntilKilled(file);
    const store = await openSqliteStore({ file });
    for (const [familyId, token] of acknowledged) {
      const family = await store.families.load(familyId);
      // One more rotation may have been committed without its acknowledgement.
      expect([`${familyId}.${token}`, `${familyId}.${token + 1}`]).toContain(family?.currentDigest);
      expect(family?.endedAt).toBeUndefined();
    }
    await store.close();
  }
  folder.remove();
});
