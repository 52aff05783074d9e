import { describe, expect, test } from 'vitest';
import { admissionSettings, createAdmissionLimit } from './admission-limit.ts';

const { most, fewest } = admissionSettings;

/** Turns of one length, one after the other, with so many in work as the limit lets in of those who come. */
function makeLoop(offered: number, millisecondsEach: number) {
  const limit = createAdmissionLimit();
  let at = 0;
  const turn = (milliseconds?: number): number => {
    const inWork = Math.min(offered, limit.most);
    const length = milliseconds ?? inWork * millisecondsEach;
    at += length;
    limit.turned(length, at, inWork);
    return length;
  };
  const run = (seconds: number): readonly number[] => {
    const lengths: number[] = [];
    for (const end = at + seconds * 1000; at < end; ) lengths.push(turn());
    return lengths;
  };
  return { limit, turn, run };
}

describe('the limit of requests in work', () => {
  test('lets a burst through: one long turn changes nothing', () => {
    const { limit, turn } = makeLoop(1500, 0.07);
    turn(140);
    for (let count = 0; count < 10; count += 1) turn(1);
    expect(limit.most).toBe(most);
  });

  test.each([0.03, 0.07, 0.15])('finds how many fit into a turn, at %d ms each', (each) => {
    const { run, limit } = makeLoop(5000, each);
    run(2);
    const settled = run(2);
    expect(Math.max(...settled)).toBeLessThan(admissionSettings.longestTurnMilliseconds * 1.3);
    // As much gets done as before: not fewer than half of what fits.
    expect(Math.min(...settled)).toBeGreaterThan(admissionSettings.longestTurnMilliseconds / 2);
    expect(limit.most).toBeGreaterThanOrEqual(fewest);
  });

  test('knows how many fit when turns have been long for a tenth of a second, and does not feel its way there', () => {
    const { limit, turn } = makeLoop(2000, 0.1);
    turn();
    turn();
    expect(limit.most).toBe(most);
    turn();
    expect(limit.most).toBe(admissionSettings.longestTurnMilliseconds / 0.1);
  });

  test('does not take the turn in which memory was tidied up for the work of those that were in it', () => {
    const { limit, turn, run } = makeLoop(5000, 0.07);
    run(2);
    const settled = limit.most;
    for (let count = 0; count < 4; count += 1) turn(11);
    turn(120);
    turn(11);
    expect(limit.most).toBeGreaterThan(settled / 2);
  });

  test('never goes below a few milliseconds of work', () => {
    const { run, limit } = makeLoop(5000, 20);
    run(300);
    expect(limit.most).toBe(fewest);
  });

  test('is gone with the first second in which nothing was refused', () => {
    const { run, limit } = makeLoop(5000, 0.07);
    run(2);
    expect(limit.most).toBeLessThan(most / 2);
    limit.passed(14_000, 5, 0);
    expect(limit.most).toBe(most);
  });

  test('follows a database that hangs down, and up again', () => {
    const limit = createAdmissionLimit();
    limit.passed(3000, 2000, 10);
    expect(limit.most).toBe(1500);
    limit.passed(0, 1500, 100);
    expect(limit.most).toBe(fewest);
    limit.passed(25, fewest, 100);
    expect(limit.most).toBe(fewest);
  });

  test('opens step by step to those that a database kept out, and at once when nobody is refused any more', () => {
    const limit = createAdmissionLimit();
    limit.passed(1000, 2000, 10);
    expect(limit.most).toBe(500);
    limit.passed(1200, 400, 10);
    expect(limit.most).toBe(625);
    limit.passed(1400, 400, 10);
    expect(limit.most).toBe(782);
    limit.passed(1400, 400, 0);
    expect(limit.most).toBe(most);
  });

  test('takes many that wait at a good pace for no queue', () => {
    const limit = createAdmissionLimit();
    limit.passed(10_000, 1800, 0);
    expect(limit.most).toBe(most);
  });
});
