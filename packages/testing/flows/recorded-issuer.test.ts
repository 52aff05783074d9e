/** Nodes that share a database have one issuer: the first that starts records it. */
import { changeIssuer, ConfigError, settleIssuer } from '@keywright/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createSunrise } from './sunrise.ts';

const [one, two] = ['https://one.example', 'https://two.example'];
let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

const settle = (issuer: string) =>
  settleIssuer(platform.store, issuer, platform.clock.nowSeconds());
const change = (issuer: string) =>
  changeIssuer(platform.store, issuer, platform.clock.nowSeconds());
const outcomes = async (all: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(all)).map(({ status }) => status);

it('of nodes that start at once on a new database, only those of one issuer start', async () => {
  const wanted = [one, two, one, two, one, two];
  const started = await outcomes(wanted.map(settle));
  const [first, other] = started[0] === 'fulfilled' ? [one, two] : [two, one];
  expect(started).toEqual(wanted.map((issuer) => (issuer === first ? 'fulfilled' : 'rejected')));
  await expect(settle(other)).rejects.toThrow(ConfigError);
  await settle(first);
});

it('a change of the recorded issuer fails with an error when another change came first', async () => {
  expect(await change(one)).toBeUndefined();
  expect(await change(one)).toBe(one);
  const { seals } = platform.store;
  const overtaken: typeof seals = {
    ...seals,
    replace: async (...parts) => {
      await change('https://three.example');
      return seals.replace(...parts);
    },
  };
  const changing = changeIssuer({ seals: overtaken }, two, platform.clock.nowSeconds());
  await expect(changing).rejects.toThrow(/https:\/\/three\.example/);
  expect(await change(two)).toBe('https://three.example');
});
