import { describe, expect, it } from 'vitest';
import { growthOf } from './growth.ts';
import { isLong } from './series.ts';

const make = (length: number) => 'a'.repeat(length);

describe.runIf(isLong)('the growth of work', () => {
  it('that reads its input once is less than 200 for 32 times the input', () => {
    expect(growthOf(make, (text) => text.replaceAll('a', 'b'), 2000)).toBeLessThan(200);
  });

  it('that reads its input once for each character is 200 or more', () => {
    const quadratic = ({ length }: string) => {
      let sum = 0;
      for (let i = 0; i < length; i += 1) for (let j = 0; j < length; j += 1) sum += i ^ j;
      return sum;
    };
    expect(growthOf(make, quadratic, 500)).toBeGreaterThanOrEqual(200);
  }, 600_000);
});
