import { expect, test } from 'vitest';
import { createTurns, type TurnsOptions } from './turns.ts';
import type { Caller, Taken } from '../../model/limit-ports.ts';

/** A turn each `interval` seconds by a clock that a pause moves on. */
function makeTurns(over: Partial<TurnsOptions> = {}, interval = 2) {
  let now = 0;
  let nextAt = 0;
  const turns = createTurns<number>({
    clock: { nowSeconds: () => now },
    pause: async (seconds) => void (now += seconds),
    mostSeconds: 30,
    mostInLine: 100,
    mostOfNetwork: 10,
    mostInAll: 1000,
    ...over,
  });
  const take = async (): Promise<Taken<number>> => {
    await new Promise(setImmediate);
    if (now < nextAt) return { waitSeconds: nextAt - now };
    nextAt = now + interval;
    return { taken: now };
  };
  const from = (...networks: string[]): Caller => ({ networks, isBounded: true });
  return {
    turns,
    take,
    from,
    wait: (caller: Caller, about = 'ada') => turns.wait(about, caller, take),
  };
}

const given = (turns: readonly Taken<number>[]) =>
  turns.flatMap((turn) => ('taken' in turn ? [turn.taken] : []));

test('a single caller gets a turn at once, and the next one after the interval', async () => {
  const { wait, from } = makeTurns();
  expect(await wait(from('a'))).toEqual({ taken: 0 });
  expect(await wait(from('a'))).toEqual({ taken: 2 });
});

test('the network with the fewest turns gets the next turn, and then the caller that came first', async () => {
  const { wait, from } = makeTurns();
  await wait(from('z'));
  const [one, two, three, other] = await Promise.all([
    wait(from('a', 'wide')),
    wait(from('b', 'wide')),
    wait(from('a', 'wide')),
    wait(from('c', 'far')),
  ]);
  expect([one, other, two, three]).toEqual([
    { taken: 2 },
    { taken: 4 },
    { taken: 6 },
    { taken: 8 },
  ]);
});

test('a caller that has waited too long is told when to retry', async () => {
  const { wait, from } = makeTurns({ mostSeconds: 5 });
  const all = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((network) => wait(from(network))));
  expect(given(all)).toEqual([0, 2, 4]);
  expect(all[4]).toEqual({ waitSeconds: 2 });
});

test('the number of waiting callers of one network is limited over all queues, and a shared network may fill the queue', async () => {
  const { wait, from } = makeTurns({ mostOfNetwork: 2 });
  await wait(from('b'));
  const own = await Promise.all(['ada', 'ada', 'ada'].map((about) => wait(from('a'), about)));
  expect(own.map((turn) => 'taken' in turn)).toEqual([true, true, false]);
  const shared = { networks: ['server'], isBounded: false };
  expect(given(await Promise.all([wait(shared), wait(shared), wait(shared)]))).toHaveLength(3);
});

test('a full queue removes the last caller of the network with the most turns or the most waiting callers', async () => {
  const { wait, from } = makeTurns({ mostInLine: 3 });
  await Promise.all([wait(from('a')), wait(from('b'))]);
  const full = [wait(from('a')), wait(from('b')), wait(from('a'))];
  const late = wait(from('c'));
  expect(await full[2]).toEqual({ waitSeconds: 1 });
  expect(given(await Promise.all([...full, late]))).toHaveLength(3);
});

test('a queue that is full with addresses of one operator accepts a caller of another network', async () => {
  const { wait, from } = makeTurns({ mostInLine: 3 });
  await wait(from('z'));
  const full = ['a', 'b', 'c'].map((network) => wait(from(network, 'wide')));
  const late = wait(from('d', 'far'));
  expect((await Promise.all([...full, late])).map((turn) => 'taken' in turn)).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

test('the number of queues is bounded: the longest queue loses its last caller', async () => {
  const { wait, from } = makeTurns({ mostInAll: 4 });
  await wait(from('z'), 'zed');
  const about = ['ada', 'ada', 'ada', 'bob', 'eve'].map((subject, n) =>
    wait(from(`${n}`), subject),
  );
  const turns = await Promise.all(about);
  expect(turns.map((turn) => 'taken' in turn)).toEqual([true, true, false, true, true]);
});

test('when turns fail, all waiting callers get an error, and later callers may try again', async () => {
  const { turns, take, from } = makeTurns();
  const failing = () => Promise.reject(new Error('the store is gone'));
  const all = await Promise.allSettled([
    turns.wait('ada', from('a'), failing),
    turns.wait('ada', from('b'), failing),
  ]);
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await turns.wait('ada', from('a'), take)).toEqual({ taken: 0 });
});
