import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAdmission, type Admission } from './admission.ts';
import type { AdmissionLimit } from './admission-limit.ts';
import { mostInTurn } from './pace.ts';

let admission: Admission;
let told: number[];
let passed: (readonly number[])[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  told = [];
  passed = [];
  const limit: AdmissionLimit = {
    most: 3,
    turned: () => undefined,
    passed: (...seen) => void passed.push(seen),
  };
  admission = createAdmission({ onRefused: (refused) => void told.push(refused), limit });
});
afterEach(() => {
  admission.stop();
  vi.useRealTimers();
});

test('as many are in work as the limit says, and no more until one has ended', () => {
  for (let count = 0; count < 3; count += 1) admission.begin();
  expect([admission.hasRoom(), admission.inWork]).toEqual([false, 3]);
  admission.end();
  expect([admission.hasRoom(), admission.inWork]).toEqual([true, 2]);
});

test('who waits for somebody else’s host takes nobody’s place', () => {
  const elsewhere = { count: 0 };
  const limit: AdmissionLimit = {
    most: 3,
    turned: () => undefined,
    passed: (...seen) => void passed.push(seen),
  };
  const watched = createAdmission({ onRefused: () => undefined, limit, elsewhere });
  for (let count = 0; count < 50; count += 1) {
    watched.begin();
    elsewhere.count += 1;
  }
  expect([watched.hasRoom(), watched.inWork]).toEqual([true, 0]);
  vi.advanceTimersByTime(2000);
  expect(passed.filter(([, fewest]) => fewest !== 0)).toEqual([]);
  // Each is work again once it has what it waited for.
  elsewhere.count -= 3;
  expect([watched.hasRoom(), watched.inWork]).toEqual([false, 3]);
  watched.end();
  expect(watched.hasRoom()).toBe(true);
  watched.stop();
});

test('those that stand in line for a turn of their own are in work, and begin when it comes', async () => {
  let begun = 0;
  for (let count = 0; count < mostInTurn + 2; count += 1) admission.start(() => void (begun += 1));
  expect([begun, admission.isFull, admission.inWork, admission.hasRoom()]).toEqual([
    mostInTurn,
    true,
    2,
    true,
  ]);
  admission.start(() => void (begun += 1));
  expect(admission.hasRoom()).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect([begun, admission.inWork, admission.hasRoom()]).toEqual([mostInTurn + 3, 0, true]);
});

test('who stands in line is no queue at the database: what is answered at once is never counted as done', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    for (let count = 0; count < 2 * mostInTurn; count += 1) admission.start(() => undefined);
    vi.advanceTimersByTime(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(passed).toEqual([
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

test('the limit learns each second what was done, how few waited, and what was refused', () => {
  admission.begin();
  admission.begin();
  admission.end();
  admission.refuse();
  vi.advanceTimersByTime(1000);
  admission.begin();
  vi.advanceTimersByTime(1000);
  expect(passed).toEqual([
    [1, 0, 1],
    [0, 1, 0],
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

test('the processor time of long turns of the event loop reaches the limit', async () => {
  const turns: number[] = [];
  const watched = createAdmission({
    onRefused: () => undefined,
    limit: { most: 100, turned: (milliseconds) => void turns.push(milliseconds), passed: () => undefined },
  });
  const work = (): void => {
    for (let count = 0; count < 20; count += 1) watched.begin();
    const { user } = process.threadCpuUsage();
    while (process.threadCpuUsage().user < user + 20_000);
    for (let count = 0; count < 20; count += 1) watched.end();
  };
  for (let turn = 0; turn < 5; turn += 1) {
    work();
    await new Promise((resolve) => setImmediate(resolve));
  }
  watched.stop();
  expect(turns.length).toBeGreaterThan(0);
  expect(Math.max(...turns)).toBeGreaterThanOrEqual(20);
});

test('who stands in line waits for all turns until its own, and the limit learns for how long', async () => {
  const turns: number[] = [];
  const watched = createAdmission({
    onRefused: () => undefined,
    limit: { most: 1000, turned: (milliseconds) => void turns.push(milliseconds), passed: () => undefined },
  });
  const work = (): void => {
    watched.begin();
    const { user, system } = process.threadCpuUsage();
    for (let used = 0; used < 200; ) {
      const now = process.threadCpuUsage();
      used = now.user + now.system - user - system;
    }
    watched.end();
  };
  for (let count = 0; count < 6 * mostInTurn; count += 1) watched.start(work);
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  watched.stop();
  // Four turns of thirteen milliseconds, where each alone is one.
  expect(Math.max(...turns)).toBeGreaterThanOrEqual(40);
});
