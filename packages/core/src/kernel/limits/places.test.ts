import { expect, test, vi } from 'vitest';
import { createPlaces } from './places.ts';

const refusal = () => new Error('full');

test('as many as there are places are let in, and the next one is not begun', async () => {
  const places = createPlaces(2, refusal);
  const ends = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const inside = ends.map(({ promise }) => places.use([], () => promise));
  const work = vi.fn<() => Promise<string>>(() => Promise.resolve('late'));
  await expect(places.use([], work)).rejects.toThrow('full');
  expect(work).not.toHaveBeenCalled();
  ends[0]?.resolve('done');
  expect(await inside[0]).toBe('done');
  expect(await places.use([], work)).toBe('late');
  ends[1]?.resolve('done');
  await inside[1];
});

test('a place is free again when its work has failed', async () => {
  const places = createPlaces(1, refusal);
  await expect(places.use([], () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await places.use([], () => Promise.resolve('next'))).toBe('next');
});

test('one network has a quarter of the places, and those around it their part', async () => {
  const places = createPlaces(8, refusal);
  const end = Promise.withResolvers<string>();
  const take = (...networks: readonly string[]) => places.use(networks, () => end.promise);
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
    await places.use(['192.0.2.1', '192.0.2./', '192.0./'], () => Promise.resolve('next')),
  ).toBe('next');
});
