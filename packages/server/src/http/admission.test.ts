import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Admission, createAdmission, mostInWork } from './admission.ts';
import { mostInTurn } from './pace.ts';

let admission: Admission;
let told: number[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  told = [];
  admission = createAdmission({ onRefused: (refused) => void told.push(refused) });
});
afterEach(() => {
  admission.stop();
  vi.useRealTimers();
});

test('the limit on requests in work lets in that number, and no more until one has ended', () => {
  for (let count = 0; count < mostInWork; count += 1) admission.begin();
  expect([admission.hasRoom(), admission.inWork]).toEqual([false, mostInWork]);
  admission.end();
  expect([admission.hasRoom(), admission.inWork]).toEqual([true, mostInWork - 1]);
});

test('sixty-four callers that send the next request after each answer are never refused', () => {
  for (let second = 0; second < 60; second += 1) {
    for (let count = 0; count < 64; count += 1) {
      expect(admission.hasRoom()).toBe(true);
      admission.begin();
    }
    vi.advanceTimersByTime(1000);
    for (let count = 0; count < 64; count += 1) admission.end();
  }
  expect([told, admission.refused]).toEqual([[], 0]);
});

test('a request that waits for another host does not count as work', () => {
  const externalWaits = { count: 0 };
  const watched = createAdmission({ onRefused: () => undefined, externalWaits });
  for (let count = 0; count < mostInWork; count += 1) {
    watched.begin();
    externalWaits.count += 1;
  }
  expect([watched.hasRoom(), watched.inWork]).toEqual([true, 0]);
  // Each is work again once it has what it waited for.
  externalWaits.count = 0;
  expect([watched.hasRoom(), watched.inWork]).toEqual([false, mostInWork]);
  watched.end();
  expect(watched.hasRoom()).toBe(true);
  watched.stop();
});

test('a request that waits for a later turn counts as work, and begins in that turn', async () => {
  let begun = 0;
  const work = () => void (begun += 1);
  for (let count = 0; count < mostInTurn + mostInWork; count += 1) admission.start(work);
  expect([begun, admission.isFull, admission.inWork, admission.hasRoom()]).toEqual([
    mostInTurn,
    true,
    mostInWork,
    false,
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  expect([begun, admission.inWork, admission.hasRoom()]).toEqual([
    2 * mostInTurn,
    mostInWork - mostInTurn,
    true,
  ]);
});

test('refusals are reported once a second, and end with the first second without one', () => {
  for (let count = 0; count < 500; count += 1) admission.refuse();
  expect([told, admission.isRefusing, admission.refused]).toEqual([[], true, 500]);
  vi.advanceTimersByTime(1000);
  expect([told, admission.isRefusing]).toEqual([[500], true]);
  vi.advanceTimersByTime(1000);
  expect([told, admission.isRefusing, admission.refused]).toEqual([[500], false, 500]);
});
