import { expect, test } from 'vitest';
import type { Hashing } from './hashing.ts';
import { computeTagHere } from './hashing.ts';
import { createHashingThreads } from './hashing-threads.ts';

const hashing: Hashing = {
  algorithm: 'argon2id',
  message: Buffer.from('tangle ember orbit'),
  nonce: Buffer.alloc(16, 7),
  memory: 64,
  passes: 1,
  parallelism: 1,
  tagLength: 32,
};

test('hashing threads compute the same hashes as the main thread, also several at once', async () => {
  const computeTag = createHashingThreads();
  const messages = ['a', 'b', 'c', 'd'].map((text) => Buffer.from(text));
  for (let round = 0; round < 3; round += 1) {
    const tags = await Promise.all(messages.map((message) => computeTag({ ...hashing, message })));
    expect(tags.map((tag) => Buffer.from(tag).toString('hex'))).toEqual(
      await Promise.all(
        messages.map(async (message) =>
          Buffer.from(await computeTagHere({ ...hashing, message })).toString('hex'),
        ),
      ),
    );
  }
});

test('a hashing thread that fails makes one check fail, and the next check gets a new thread', async () => {
  const computeTag = createHashingThreads();
  await expect(computeTag({ ...hashing, memory: 1 })).rejects.toThrow('the password thread failed');
  expect(await computeTag(hashing)).toHaveLength(32);
});
