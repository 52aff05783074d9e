/**
 * A process for crash.test.ts, which kills it: it rotates the tokens of several families at once
 * until its end, and prints each acknowledged rotation. The families and their first tokens exist
 * already.
 */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../engine-sqlite.ts';

const [file = '', count = '1', nowSeconds = '0'] = process.argv.slice(2);
const now = Number(nowSeconds);
const store = await openSqliteStore({ file });

/**
 * Synchronous, because process.stdout may keep lines back: a printed line is in the pipe even if
 * the process is killed now. The pipe does not block. While it is full, the write is repeated until
 * the reader has read something.
 */
function say(line: string): void {
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

async function rotateForever(familyId: string): Promise<never> {
  const family = await store.families.load(familyId);
  let token = Number(family?.currentDigest?.split('.').at(-1));
  for (; ; token++) {
    const { outcome } = await store.families.rotate(
      {
        familyId,
        clientId: family?.clientId ?? '',
        presentedDigest: `${familyId}.${token}`,
        successorDigest: `${familyId}.${token + 1}`,
        sealedSuccessor: `sealed.${token + 1}`,
        expiresAt: now + 1000,
        retrySeconds: 30,
      },
      now,
    );
    if (outcome !== 'rotated') throw new Error(`${familyId} was not rotated but ${outcome}`);
    say(`${familyId} ${token + 1}\n`);
  }
}

await Promise.all(
  Array.from({ length: Number(count) }, (_, index) => rotateForever(`fam_crash_${index}`)),
);
