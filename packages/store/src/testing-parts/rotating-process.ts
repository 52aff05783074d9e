/**
 * A process to be killed, for crash.test.ts: rotates the tokens of several families at once for as
 * long as it lives, and says so after each acknowledged rotation. Families and the first of their
 * tokens are there already.
 */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../engine-sqlite.ts';

const [file = '', count = '1', nowSeconds = '0'] = process.argv.slice(2);
const now = Number(nowSeconds);
const store = await openSqliteStore({ file });

/**
 * Synchronous, where process.stdout may keep lines back: what was said is in the pipe even if the
 * process dies now. The pipe does not block: while it is full, it is tried again until the reader
 * has made room.
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
