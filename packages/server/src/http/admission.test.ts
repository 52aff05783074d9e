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

test('as many requests are in work as the limit says, and no more until one has ended', () => {
  for (let count = 0; count < mostInWork; count += 1) admission.begin();
  expect([admission.hasRoom(), admission.inWork]).toEqual([false, mostInWork]);
  admission.end();
  expect([admission.hasRoom(), admission.inWork]).toEqual([true, mostInWork - 1]);
});

test('sixty-four callers who ask again after each answer are never refused', () => {
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

test('a request that waits for the host of somebody else takes no place', () => {
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

test('requests that wait in line for a later turn are in work, and begin when it comes', async () => {
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

test('refusals are told once a second, and are over with the first second without one', () => {
  for (let count = 0; count < 500; count += 1) admission.refuse();
  expect([told, admission.isRefusing, admission.refused]).toEqual([[], true, 500]);
  vi.advanceTimersByTime(1000);
  expect([told, admission.isRefusing]).toEqual([[500], true]);
  vi.advanceTimersByTime(1000);
  expect([told, admission.isRefusing, admission.refused]).toEqual([[500], false, 500]);
});
