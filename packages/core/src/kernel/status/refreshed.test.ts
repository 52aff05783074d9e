import { expect, it } from 'vitest';
import { createRefreshed } from './refreshed.ts';

function createCounted() {
  const made: { readonly former: number | undefined; readonly now: number }[] = [];
  const waiting: (() => void)[] = [];
  const load = createRefreshed<number>(async (former, now) => {
    made.push({ former, now });
    await new Promise<void>((resolve) => waiting.push(resolve));
    if (now === 13) throw new Error('unlucky');
    return now;
  });
  /** Lets what is being made be finished, and what then is made, too. */
  const finish = async (all: readonly Promise<unknown>[]) => {
    const done = Promise.allSettled(all);
    for (let turn = 0; turn < 10; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      waiting.splice(0).forEach((resume) => resume());
    }
    return done;
  };
  return { made, load, finish };
}

it('a refreshed value is computed once for all callers in one second', async () => {
  const { made, load, finish } = createCounted();
  const asked = [load(1), load(1), load(1)];
  await finish(asked);
  expect(await Promise.all([...asked, load(1)])).toEqual([1, 1, 1, 1]);
  expect(made).toEqual([{ former: undefined, now: 1 }]);
});

it('a refreshed value is computed from the former one in the next second, and never twice at once', async () => {
  const { made, load, finish } = createCounted();
  const asked = [load(1), load(2), load(3)];
  await new Promise((resolve) => setImmediate(resolve));
  expect(made).toHaveLength(1);
  await finish(asked);
  expect(made).toEqual([
    { former: undefined, now: 1 },
    { former: 1, now: 2 },
    { former: 2, now: 3 },
  ]);
});

it('a failed refresh is an error for all that waited, and is tried again within the second with the former value', async () => {
  const { made, load, finish } = createCounted();
  await finish([load(12)]);
  const results = await finish([load(13), load(13)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await finish([load(13)]);
  expect(made.map(({ former }) => former)).toEqual([undefined, 12, 12]);
});

it('a refresh continues after a failure while callers wait for the next one', async () => {
  const { made, load, finish } = createCounted();
  await finish([load(12)]);
  const results = await finish([load(13), load(14)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(made.at(-1)).toMatchObject({ now: 14 });
});
