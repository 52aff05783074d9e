import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeUserCode, markOfUserCode, readUserCode } from './user-code.ts';

const random = { bytes: (length: number) => randomBytes(length) };

describe('a user code (RFC 8628 §6.1)', () => {
  test('has two halves of four letters from an alphabet of twenty without vowels', () => {
    for (let made = 0; made < 200; made += 1)
      expect(makeUserCode({ random })).toMatch(
        /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/,
      );
  });

  test('uses each letter with the same frequency, because biased bytes are discarded', () => {
    let next = 0;
    const counting = { bytes: (length: number) => Uint8Array.from({ length }, () => next++ & 255) };
    const counts = new Map<string, number>();
    // As many letters as a whole number of rounds through all bytes: fifteen rounds are 3600 of
    // them.
    for (let made = 0; made < 450; made += 1)
      for (const letter of makeUserCode({ random: counting }).replace('-', ''))
        counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(20);
    expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThan(20);
  });

  test.each([
    'wdjb-mjht',
    'WDJBMJHT',
    ' wdjb mjht ',
    'WDJB–MJHT',
    'w.d.j.b_m j h t',
    'wdjb\u00a0mjht',
    'WDJ8B-MJHT',
    'ＷＤＪＢ－ＭＪＨＴ',
  ])('is accepted in each notation: %j', (typed) => {
    expect(readUserCode(typed)).toBe('WDJBMJHT');
  });

  test.each(['', 'WDJB-MJH', 'WDJB-MJHTX', 'WDJA-MJHT', 'WDJ8-MJHT', 'W'.repeat(5000)])(
    'is not accepted from %j',
    (typed) => {
      expect(readUserCode(typed)).toBeUndefined();
    },
  );

  test('is found by one keyed hash in each notation, and that hash is no plain digest', () => {
    const vault = { mac: (purpose: string, data: string) => `${purpose}:${data}` } as never;
    expect(markOfUserCode({ vault }, 'wdjb mjht')).toBe('user-code:WDJBMJHT');
    expect(markOfUserCode({ vault }, 'nonsense')).toBeUndefined();
  });
});
