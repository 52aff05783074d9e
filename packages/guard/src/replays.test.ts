import { describe, expect, it } from 'vitest';
import { GuardRefusal } from './guard-refusal.ts';
import { createReplays } from './replays.ts';

const start = 1_800_000_000_000;

function createWorld(limit?: number) {
  let now = start;
  const replays = createReplays(() => now, limit);
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const claim = (id: string, seconds = 60) => {
    try {
      return replays.claim(id, now + seconds * 1000);
    } catch (error) {
      if (error instanceof GuardRefusal) return error.reason;
      throw error;
    }
  };
  return { claim, pass };
}

describe('a single-use id', () => {
  it('is accepted once until its end', () => {
    const { claim, pass } = createWorld();
    expect([claim('a'), claim('a'), claim('b')]).toEqual([true, false, true]);
    pass(60);
    expect(claim('a')).toBe(false);
    pass(1);
    expect(claim('a')).toBe(true);
  });

  it('is stored until its own end, whatever other ids were used', () => {
    const { claim, pass } = createWorld();
    claim('long', 300);
    for (let second = 0; second < 299; second += 1) {
      pass(1);
      claim(`short ${second}`, 2);
    }
    expect(claim('long')).toBe(false);
    pass(2);
    expect(claim('long')).toBe(true);
  });

  it('is refused with 503 if the memory is full, and is never removed for another one', () => {
    const { claim, pass } = createWorld(3);
    expect(['a', 'b', 'c', 'd'].map((id) => claim(id))).toEqual([true, true, true, 'overloaded']);
    expect(['a', 'b', 'c'].map((id) => claim(id))).toEqual([false, false, false]);
    pass(61);
    expect(['a', 'd', 'e', 'f'].map((id) => claim(id))).toEqual([true, true, true, 'overloaded']);
  });

  it('does not become valid again when the clock is set back', () => {
    const { claim, pass } = createWorld();
    claim('a');
    pass(-3600);
    expect(claim('a')).toBe(false);
  });

  it('has enough memory for everything that one core can check in the lifetime of a proof, so nobody can lock out others', () => {
    const { claim } = createWorld();
    for (let n = 0; n < 600_000; n += 1)
      if (claim(`id ${n}`, n % 65) !== true) throw new Error(`${n}`);
    expect(claim('one more')).toBe('overloaded');
  });
});
