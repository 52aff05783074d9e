import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { shareBounds } from './process-bounds.ts';

test('a single process has all bounds, and password checks leave it one core where there are several', () => {
  const { connections, passwords } = shareBounds({ connections: 10_000 }, 1);
  expect(connections).toBe(10_000);
  expect(passwords).toEqual({
    parallel: Math.min(4, Math.max(1, availableParallelism() - 1)),
    waiting: 32,
  });
});

test('several processes have equal parts, and none has zero', () => {
  expect(shareBounds({ connections: 10_000 }, 3).connections).toBe(3334);
  expect(shareBounds({ connections: 100 }, 64)).toMatchObject({
    connections: 2,
    passwords: { parallel: 1, waiting: 1 },
  });
});
