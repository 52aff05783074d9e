import { describe, expect, it } from 'vitest';
import { GuardRefusal } from './guard-refusal.ts';
import type { Replays } from './options.ts';
import { createReplays } from './replays.ts';
import { createSingleUse } from './single-use.ts';
import { present } from './testing-parts/fixture.ts';

const start = 1_800_000_000_000;

function createWorld(replays?: Replays) {
  let now = start;
  const failures: unknown[] = [];
  const uses = createSingleUse({
    replays: replays ?? createReplays(() => now),
    clock: () => now,
    onFailed: (error) => failures.push(error),
  });
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const claim = async (id: string, carrier?: object) => {
    try {
      return await uses.claim(id, start + 60_000, { ...present({}), carrier });
    } catch (error) {
      return (error as GuardRefusal).reason;
    }
  };
  return { claim, pass, failures };
}

describe('the single-use id of a request', () => {
  it('counts once for all routes of the request, and is refused for any other request', async () => {
    const { claim } = createWorld();
    const [one, other] = [{}, {}];
    expect([await claim('a', one), await claim('a', one), await claim('a', other)]).toEqual([
      true,
      true,
      false,
    ]);
    // After one refusal, it stays refused for that request.
    expect([await claim('a', other), await claim('a'), await claim('a', one)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('is separate from other single-use ids of the request', async () => {
    const { claim } = createWorld();
    const one = {};
    await claim('b', {});
    expect([await claim('a', one), await claim('b', one)]).toEqual([true, false]);
  });

  it('is checked once, although both routes ask before there is an answer', async () => {
    let asked = 0;
    const { claim } = createWorld({
      claim: async () => {
        asked += 1;
        return asked === 1;
      },
    });
    const one = {};
    expect(await Promise.all([claim('a', one), claim('a', one), claim('a', {})])).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([undefined, null, 1, 'OK', {}, [true]])(
    'is refused if the answer is not exactly true: %j',
    async (answer) => {
      expect(await createWorld({ claim: () => answer as never }).claim('a')).toBe(false);
      expect(await createWorld({ claim: async () => answer as never }).claim('a')).toBe(false);
    },
  );

  it('is refused if the answer is so late that the memory may have deleted the first use', async () => {
    const answers: ((isFirst: boolean) => void)[] = [];
    const { claim, pass } = createWorld({
      claim: () => new Promise((resolve) => answers.push(resolve)),
    });
    const [early, late] = [claim('a'), claim('b')];
    pass(59);
    answers[0]?.(true);
    expect(await early).toBe(true);
    pass(1);
    answers[1]?.(true);
    expect(await late).toBe(false);
  });

  it.each<[string, Replays['claim']]>([
    [
      'throws',
      () => {
        throw new Error('memory down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('memory down'))],
  ])(
    'is refused if the memory %s: 503, reported to the operator (docs/api-keys.md §5)',
    async (_name, ask) => {
      const { claim, failures } = createWorld({ claim: ask });
      const one = {};
      expect([await claim('a', one), await claim('a', one)]).toEqual(['overloaded', 'overloaded']);
      expect(String(failures[0])).toContain('memory down');
    },
  );

  it('passes a refusal of the memory on unchanged', async () => {
    const { claim, failures } = createWorld({
      claim: () => {
        throw new GuardRefusal('throttled');
      },
    });
    expect([await claim('a'), failures]).toEqual(['throttled', []]);
  });
});
