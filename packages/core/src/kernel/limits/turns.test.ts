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

test('who asks alone has a turn at once, and the next one after its interval', async () => {
  const { wait, from } = makeTurns();
  expect(await wait(from('a'))).toEqual({ taken: 0 });
  expect(await wait(from('a'))).toEqual({ taken: 2 });
});

test('a turn goes to the network that was given the fewest, and then to who came first', async () => {
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

test('who has waited for too long is told when to come again', async () => {
  const { wait, from } = makeTurns({ mostSeconds: 5 });
  const all = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((network) => wait(from(network))));
  expect(given(all)).toEqual([0, 2, 4]);
  expect(all[4]).toEqual({ waitSeconds: 2 });
});

test('one network has only so many waiting, about whatever, and a shared one has as many as there is room for', async () => {
  const { wait, from } = makeTurns({ mostOfNetwork: 2 });
  await wait(from('b'));
  const own = await Promise.all(['ada', 'ada', 'ada'].map((about) => wait(from('a'), about)));
  expect(own.map((turn) => 'taken' in turn)).toEqual([true, true, false]);
  const shared = { networks: ['server'], isBounded: false };
  expect(given(await Promise.all([wait(shared), wait(shared), wait(shared)]))).toHaveLength(3);
});

test('a full line has the last of those leave it whose networks had the most turns, or have the most waiting', async () => {
  const { wait, from } = makeTurns({ mostInLine: 3 });
  await Promise.all([wait(from('a')), wait(from('b'))]);
  const full = [wait(from('a')), wait(from('b')), wait(from('a'))];
  const late = wait(from('c'));
  expect(await full[2]).toEqual({ waitSeconds: 1 });
  expect(given(await Promise.all([...full, late]))).toHaveLength(3);
});

test('a line that many addresses of one operator have just filled is open to somebody from elsewhere', async () => {
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

test('many lines leave room for others: the longest one loses its last', async () => {
  const { wait, from } = makeTurns({ mostInAll: 4 });
  await wait(from('z'), 'zed');
  const about = ['ada', 'ada', 'ada', 'bob', 'eve'].map((subject, n) =>
    wait(from(`${n}`), subject),
  );
  const turns = await Promise.all(about);
  expect(turns.map((turn) => 'taken' in turn)).toEqual([true, true, false, true, true]);
});

test('when no turn can be taken, all who wait are told, and later ones may try again', async () => {
  const { turns, take, from } = makeTurns();
  const failing = () => Promise.reject(new Error('the store is gone'));
  const all = await Promise.allSettled([
    turns.wait('ada', from('a'), failing),
    turns.wait('ada', from('b'), failing),
  ]);
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await turns.wait('ada', from('a'), take)).toEqual({ taken: 0 });
});
