/**
 * Every input gets an answer: 100,000 changed requests, tokens, documents and certificates in each
 * run, at the real handler and at the parsers. Never a fault, never a 5xx, never a secret in an
 * answer, and in the long series never more than 50 ms of the processor. `npm test` makes a tenth
 * of the changes, always the same ones.
 *
 * TESTS_SEED=<the seed in a test's name> repeats a run. TESTS_SHRINK=1 searches the smallest
 * changes. TESTS_SCALE makes the run longer or shorter. Inputs that once failed are in
 * fuzz/fixtures.ts, and are tried first.
 */
import type { HttpResponse } from '@keywright/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLong, scale, seed } from '../../jwt/src/testing-parts/series.ts';
import { type Door, parseWith } from './fuzz/door.ts';
import { fixtures } from './fuzz/fixtures.ts';
import { judge, measureSlowness, mostMicroseconds } from './fuzz/judge.ts';
import { otherDoors } from './fuzz/other-doors.ts';
import { parserDoors } from './fuzz/parser-doors.ts';
import { protocolDoors } from './fuzz/protocol-doors.ts';
import { signedDoors } from './fuzz/signed-doors.ts';
import { createWorld, type World } from './fuzz/setting.ts';

const doors: readonly Door[] = [...protocolDoors, ...signedDoors, ...otherDoors, ...parserDoors];
/**
 * The smallest changes are searched only if the run asks for it, because this takes minutes for
 * slow cases.
 */
const endOnFailure = process.env['TESTS_SHRINK'] === undefined;
const cases = 100_000;
const thousands = doors.reduce((sum, { share }) => sum + share, 0);

/** The share of the whole number, and at least some. */
const runsOf = ({ share }: Door) => Math.ceil((cases * scale * share) / thousands);
const lasting = 500;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.platform.close());

describe('without a change, the fuzzing request is accepted at', () => {
  it.each(doors.map((door) => [door.name, door] as const))('%s', async (_name, door) => {
    await world.renew();
    expect(await judge(world, door, door.unchanged)).toBe(door.good ?? 200);
  });
});

describe('the fuzzing judge reports', () => {
  const answer: HttpResponse = { status: 200, headers: {}, body: '' };
  const wrong: readonly (readonly [string, Door['send'], RegExp])[] = [
    [
      'an error that is no refusal',
      () => Promise.reject(new TypeError('x is undefined')),
      /x is undefined/,
    ],
    ['a 5xx', () => ({ ...answer, status: 503 }), /answered 503/],
    [
      'a secret that is told',
      () => ({ ...answer, body: `so: ${world.secrets[0]}` }),
      /tells a secret/,
    ],
    [
      'a header that Node would not write',
      () => ({ ...answer, headers: { a: 'b\nc: d' } }),
      /cannot be written/,
    ],
    ['a fault in the log', () => tellFault(), /a fault/],
  ];

  it.each(wrong)('%s', async (name, send, words) => {
    const door: Door = { name, share: 0, changes: fc.constant(0), unchanged: 0, send };
    await expect(judge(world, door, 0)).rejects.toThrow(words);
  });

  it.runIf(isLong)('a computation that takes too long', async () => {
    // Twice the allowed time, adjusted to the speed of this machine.
    const allowed = mostMicroseconds * measureSlowness();
    const think = () => {
      const before = process.cpuUsage();
      while (process.cpuUsage(before).user < 2 * allowed);
    };
    const send: Door['send'] = () => parseWith(world, 10, think);
    const door: Door = { name: 'thinks', share: 0, changes: fc.constant(0), unchanged: 0, send };
    await expect(judge(world, door, 0)).rejects.toThrow(/took \d+ ms/);
  });

  function tellFault(): HttpResponse {
    world.events.push({ type: 'fault' });
    return answer;
  }
});

it('the recorded failures of earlier fuzzing runs pass now', async () => {
  for (const { door: name, changes } of fixtures) {
    const door = doors.find((one) => one.name === name);
    if (door === undefined) throw new Error(`there is no door of the name ${name}`);
    await world.renew();
    await judge(world, door, changes);
  }
});

describe(`after ${cases * scale} random changes (TESTS_SEED=${seed}) there is no fault at`, () => {
  it.each(doors.map((door) => [door.name, door] as const))(
    '%s',
    async (_name, door) => {
      const batch = door.lasts ?? lasting;
      for (let left = runsOf(door), round = 0; left > 0; left -= batch, round += 1) {
        await world.renew();
        const property = fc.asyncProperty(
          door.changes,
          async (changes) => void (await judge(world, door, changes)),
        );
        await fc.assert(property, {
          numRuns: Math.min(left, batch),
          seed: seed + round,
          endOnFailure,
        });
      }
    },
    300_000,
  );
});
