import { afterEach, describe, expect, it, vi } from 'vitest';
import { Shelf } from './sessions.ts';

afterEach(() => vi.useRealTimers());

describe('the session store of the third-party application', () => {
  it('gives each session an id that cannot be guessed', () => {
    const shelf = new Shelf<string>(60, 10);
    const ids = [shelf.put('a'), shelf.put('a')];
    expect(new Set(ids).size).toBe(2);
    expect(ids.every((id) => id.length === 43)).toBe(true);
    expect(shelf.find('made-up')).toBeUndefined();
    expect(shelf.find(undefined)).toBeUndefined();
  });

  it('deletes a session when its time is over', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const shelf = new Shelf<string>(60, 10);
    const id = shelf.put('a');
    vi.advanceTimersByTime(59_000);
    expect(shelf.find(id)).toBe('a');
    vi.advanceTimersByTime(2_000);
    expect(shelf.find(id)).toBeUndefined();
  });

  it('keeps no more than its limit: the oldest session is deleted', () => {
    const shelf = new Shelf<number>(60, 2);
    const [first, second, third] = [shelf.put(1), shelf.put(2), shelf.put(3)];
    expect([first, second, third].map((id) => shelf.find(id))).toEqual([undefined, 2, 3]);
  });
});
