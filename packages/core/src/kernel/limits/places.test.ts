import { expect, test, vi } from 'vitest';
import { createPlaces } from './places.ts';

const refusal = () => new Error('full');

test('as many as there are places are let in, and the next one is not begun', async () => {
  const places = createPlaces(2, refusal);
  const ends = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const inside = ends.map(({ promise }) => places.use(() => promise));
  const work = vi.fn<() => Promise<string>>(() => Promise.resolve('late'));
  await expect(places.use(work)).rejects.toThrow('full');
  expect(work).not.toHaveBeenCalled();
  ends[0]?.resolve('done');
  expect(await inside[0]).toBe('done');
  expect(await places.use(work)).toBe('late');
  ends[1]?.resolve('done');
  await inside[1];
});

test('a place is free again when its work has failed', async () => {
  const places = createPlaces(1, refusal);
  await expect(places.use(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await places.use(() => Promise.resolve('next'))).toBe('next');
});
