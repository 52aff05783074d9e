import { expect, it } from 'vitest';
import { engines, now } from '../testing-parts/contract.ts';
import { makeKey } from '../testing-parts/samples.ts';

const node = () => [makeKey(), makeKey({ algorithm: 'RS256' })];

it.each(engines)(
  'agrees on the first keys when two nodes start at once, $name',
  async ({ open }) => {
    const { store, close } = await open();
    const [one, other] = [node(), node()];
    await Promise.all([store.keys.addFirst(one), store.keys.addFirst(other)]);
    expect(await store.keys.list()).toStrictEqual(one);
    await close();
  },
);

it.each(engines)(
  'adds several first keys of an algorithm, and those of a new one later, $name',
  async ({ open }) => {
    const { store, close } = await open();
    const [one, two, later] = [makeKey(), makeKey(), makeKey({ algorithm: 'RS256' })];
    await store.keys.addFirst([one, two]);
    await store.keys.addFirst([makeKey(), later]);
    expect(await store.keys.list()).toStrictEqual([one, two, later]);
    await close();
  },
);

it.each(engines)(
  'retires only former keys of the same algorithm that have no earlier end, $name',
  async ({ open }) => {
    const { store, close } = await open();
    const [first, second, third, rsa] = [
      makeKey(),
      makeKey(),
      makeKey(),
      makeKey({ algorithm: 'RS256' }),
    ];
    await store.keys.addFirst([first, rsa]);
    await store.keys.rotate(second, now + 1000);
    await store.keys.rotate(third, now + 2000);
    expect(new Map((await store.keys.list()).map((key) => [key.kid, key.retiredAt]))).toEqual(
      new Map([
        [first.kid, now + 1000],
        [second.kid, now + 2000],
        [third.kid, undefined],
        [rsa.kid, undefined],
      ]),
    );
    await store.keys.rotate(makeKey(), now);
    const former = (await store.keys.list()).filter(({ kid }) =>
      [first.kid, second.kid, third.kid].includes(kid),
    );
    expect(former.map(({ retiredAt }) => retiredAt)).toEqual([now, now, now]);
    await close();
  },
);

it.each(engines)(
  'rotates the named key once, however many find it old at one time, $name',
  async ({ open }) => {
    const { store, close } = await open();
    const first = makeKey();
    await store.keys.addFirst([first]);
    const rotate = () => store.keys.rotate(makeKey(), now + 1000, first.kid);
    const rotated = await Promise.all(Array.from({ length: 5 }, rotate));
    expect(rotated.filter(Boolean)).toHaveLength(1);
    expect(
      (await store.keys.list()).filter(({ retiredAt }) => retiredAt === undefined),
    ).toHaveLength(1);
    expect(await store.keys.list()).toHaveLength(2);
    await close();
  },
);
