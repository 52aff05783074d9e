import { expect, test, vi } from 'vitest';
import { createSemaphore } from './semaphore.ts';

const refusal = () => new Error('full');

test('a semaphore starts as many tasks as it has permits, and no more', async () => {
  const semaphore = createSemaphore(2, refusal);
  const ends = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const inside = ends.map(({ promise }) => semaphore.use([], () => promise));
  const work = vi.fn<() => Promise<string>>(() => Promise.resolve('late'));
  await expect(semaphore.use([], work)).rejects.toThrow('full');
  expect(work).not.toHaveBeenCalled();
  ends[0]?.resolve('done');
  expect(await inside[0]).toBe('done');
  expect(await semaphore.use([], work)).toBe('late');
  ends[1]?.resolve('done');
  await inside[1];
});

test('a semaphore gets a permit back when its task has failed', async () => {
  const semaphore = createSemaphore(1, refusal);
  await expect(semaphore.use([], () => Promise.reject(new Error('broken')))).rejects.toThrow(
    'broken',
  );
  expect(await semaphore.use([], () => Promise.resolve('next'))).toBe('next');
});

test('a semaphore gives one network a quarter of the permits, and a part to neighbouring networks', async () => {
  const semaphore = createSemaphore(8, refusal);
  const end = Promise.withResolvers<string>();
  const take = (...networks: readonly string[]) => semaphore.use(networks, () => end.promise);
  const inside = [
    take('192.0.2.1', '192.0.2./', '192.0./'),
    take('192.0.2.1', '192.0.2./', '192.0./'),
  ];
  await expect(take('192.0.2.1', '192.0.2./', '192.0./')).rejects.toThrow('full');
  await expect(take('192.0.2.2', '192.0.2./', '192.0./')).rejects.toThrow('full');
  inside.push(take('192.0.3.1', '192.0.3./', '192.0./'), take('192.0.3.1', '192.0.3./', '192.0./'));
  await expect(take('192.0.4.1', '192.0.4./', '192.0./')).rejects.toThrow('full');
  inside.push(take('203.0.113.1', '203.0.113./', '203.0./'));
  end.resolve('done');
  await Promise.all(inside);
  expect(
    await semaphore.use(['192.0.2.1', '192.0.2./', '192.0./'], () => Promise.resolve('next')),
  ).toBe('next');
});
