import { describe, expect, test } from 'vitest';
import { createTurnstile } from './turnstile.ts';

describe('the limit on password checks', () => {
  test('runs a few, lets some wait, and refuses the rest', async () => {
    const turnstile = createTurnstile({ parallel: 2, waiting: 1 });
    const started: number[] = [];
    const finish: (() => void)[] = [];
    const work = (id: number) => () => {
      started.push(id);
      return new Promise<number>((resolve) => finish.push(() => resolve(id)));
    };
    const passes = [1, 2, 3, 4].map((id) => turnstile.pass(work(id)));
    expect(await passes[3]).toBeUndefined();
    expect(started).toEqual([1, 2]);
    finish[0]?.();
    expect(await passes[0]).toBe(1);
    finish[1]?.();
    expect(await passes[1]).toBe(2);
    finish[2]?.();
    expect(await passes[2]).toBe(3);
    expect(started).toEqual([1, 2, 3]);
  });

  test('frees its permit when the check fails', async () => {
    const turnstile = createTurnstile({ parallel: 1, waiting: 0 });
    await expect(turnstile.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turnstile.pass(() => Promise.resolve('yes'))).toBe('yes');
  });
});
