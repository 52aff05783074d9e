import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Crew, type CrewEvent, type Generation } from './crew.ts';
import { type Ended, type Member, WorkerError } from './member.ts';

/** A worker without a process: it serves, fails and dies when it is told to. */
interface FakeMember extends Member {
  readonly generation: string;
  readonly stops: boolean[];
  serve(): void;
  die(reason?: string): void;
}

let made: FakeMember[];
let events: CrewEvent[];
let givenUp: string[];
let crew: Crew;

beforeEach(() => {
  vi.useFakeTimers();
  made = [];
  events = [];
  givenUp = [];
  crew = new Crew({
    onEvent: (event) => events.push(event),
    onGivenUp: (reason) => givenUp.push(reason),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function makeMember(generation: string): FakeMember {
  const started = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<Ended>();
  started.promise.catch(() => undefined);
  const stops: boolean[] = [];
  const die = (reason?: string): void => {
    started.reject(new WorkerError(reason ?? 'died'));
    ended.resolve({ code: 1, signal: null, reason });
  };
  return {
    generation,
    stops,
    id: String(made.length + 1),
    pid: undefined,
    started: started.promise,
    ended: ended.promise,
    serve: () => started.resolve(4000),
    die,
    stop(isReplaced) {
      stops.push(isReplaced);
      die();
      return ended.promise;
    },
    kill: die,
    report: async () => undefined,
  };
}

function generation(name: string, count: number): Generation {
  return {
    count,
    start() {
      const member = makeMember(name);
      made.push(member);
      return member;
    },
  };
}

const settle = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

/** Of those that were made, which serve, by their generation. */
const serving = () => crew.members.map((member) => (member as FakeMember).generation);

async function startMany(count: number): Promise<void> {
  const starting = crew.start(generation('first', count));
  await settle();
  made[0]?.serve();
  await settle();
  for (const member of made.slice(1)) member.serve();
  expect(await starting).toBe(4000);
}

const startTwo = () => startMany(2);

it('the first worker starts alone, because it makes what all need, and then the others start', async () => {
  const starting = crew.start(generation('first', 3));
  await settle(1000);
  expect(made).toHaveLength(1);
  made[0]?.serve();
  await settle();
  expect(made).toHaveLength(3);
  for (const member of made) member.serve();
  expect(await starting).toBe(4000);
  expect(serving()).toEqual(['first', 'first', 'first']);
});

it('the start fails with the error of the first worker if that cannot start', async () => {
  const starting = crew.start(generation('first', 3));
  await settle();
  made[0]?.die('Port 4000 is taken.');
  await expect(starting).rejects.toThrow('Port 4000 is taken.');
  expect(made).toHaveLength(1);
});

it('a new worker starts for each one that dies', async () => {
  await startTwo();
  await settle(1000);
  made[0]?.die('a bug');
  await settle();
  await settle();
  expect(made).toHaveLength(3);
  expect(events.at(-1)).toMatchObject({ type: 'worker.died', worker: '1', because: 'a bug' });
  made[2]?.serve();
  await settle();
  expect(crew.members).toHaveLength(2);
});

it('the supervisor gives up when no worker runs and none can be started', async () => {
  await startTwo();
  for (const member of made) member.die('the disk is gone');
  for (let seconds = 0; seconds < 120; seconds += 1) {
    await settle(1000);
    for (const member of made.slice(2)) member.die('the disk is gone');
  }
  expect(givenUp[0]).toBe('the disk is gone');
  const tried = made.length;
  expect(tried).toBeLessThan(20);
});

it('the supervisor does not give up at once because many workers die together', async () => {
  await startMany(8);
  await settle(1000);
  for (const member of made) member.die('the disk is full');
  for (let turns = 0; turns < 20; turns += 1) {
    await settle();
    for (const member of made.slice(8)) member.die('the disk is full');
  }
  expect(made.length).toBeGreaterThanOrEqual(16);
  expect(givenUp).toEqual([]);
  await settle(10_000);
  for (const member of made) member.serve();
  await settle();
  expect(crew.members).toHaveLength(8);
});

it('a worker that starts beside others and never serves is ended and replaced', async () => {
  await startTwo();
  await settle(1000);
  made[0]?.die('a bug');
  await settle(599_000);
  expect(made).toHaveLength(3);
  await settle(2000);
  expect(events.at(-1)).toMatchObject({
    type: 'worker.died',
    because: 'The worker did not serve within ten minutes.',
  });
  expect(made).toHaveLength(4);
});

it('the supervisor waits for the very first worker without a limit', async () => {
  const starting = crew.start(generation('first', 1));
  await settle(3_600_000);
  made[0]?.serve();
  expect(await starting).toBe(4000);
});

it('the supervisor never gives up while one worker runs', async () => {
  await startTwo();
  made[0]?.die('a bug');
  for (let seconds = 0; seconds < 300; seconds += 1) {
    await settle(1000);
    for (const member of made.slice(2)) member.die('a bug');
  }
  expect(givenUp).toEqual([]);
  expect(crew.members).toHaveLength(1);
});

it('a reload replaces one worker after the other: none leaves before its successor serves', async () => {
  await startTwo();
  const replacing = crew.replace(generation('second', 2));
  await settle();
  expect(made).toHaveLength(3);
  expect(made[0]?.stops).toEqual([]);
  made[2]?.serve();
  await settle();
  expect(made[0]?.stops).toEqual([true]);
  expect(made[1]?.stops).toEqual([]);
  made[3]?.serve();
  await replacing;
  expect(made[1]?.stops).toEqual([true]);
  expect(serving()).toEqual(['second', 'second']);
  await settle(60_000);
  expect(made).toHaveLength(4);
});

it('a reload changes the number of workers when the configuration does', async () => {
  await startTwo();
  const growing = crew.replace(generation('second', 3));
  for (let turns = 0; turns < 5; turns += 1) {
    await settle();
    for (const member of made) member.serve();
  }
  await growing;
  expect(serving()).toEqual(['second', 'second', 'second']);
  const shrinking = crew.replace(generation('third', 1));
  await settle();
  made.at(-1)?.serve();
  await shrinking;
  expect(serving()).toEqual(['third']);
});

it('a reload changes nothing when the first new worker cannot start', async () => {
  await startTwo();
  const replacing = crew.replace(generation('second', 2));
  await settle();
  made[2]?.die('policies cannot be read');
  await expect(replacing).rejects.toThrow('policies cannot be read');
  expect(serving()).toEqual(['first', 'first']);
  await settle(1000);
  made[0]?.die();
  await settle();
  await settle();
  expect(made[3]?.generation).toBe('first');
});

it('a reload continues after one worker that cannot be replaced, reports the number, and tries again', async () => {
  await startTwo();
  const replacing = crew.replace(generation('second', 2));
  await settle();
  made[2]?.serve();
  await settle();
  made[3]?.die('out of memory');
  expect(await replacing).toBe(1);
  expect(serving()).toEqual(['second', 'first']);
  expect(events.at(-1)).toMatchObject({ type: 'worker.died', because: 'out of memory' });
  await settle(1000);
  expect(made[4]?.generation).toBe('second');
  made[4]?.serve();
  await settle();
  expect(serving()).toEqual(['second', 'second']);
  expect(made[1]?.stops).toEqual([true]);
});

it('an additional worker that cannot be started is tried again', async () => {
  await startTwo();
  const growing = crew.replace(generation('second', 3));
  for (const next of [2, 3]) {
    await settle();
    made[next]?.serve();
  }
  await settle();
  made[4]?.die('out of memory');
  expect(await growing).toBe(1);
  await settle(1000);
  made[5]?.serve();
  await settle();
  expect(serving()).toEqual(['second', 'second', 'second']);
});

it('a running worker is stopped when the number became smaller meanwhile', async () => {
  await startTwo();
  await settle(1000);
  made[1]?.die('a bug');
  await settle();
  const shrinking = crew.replace(generation('second', 1));
  await settle();
  made[3]?.serve();
  expect(await shrinking).toBe(0);
  made[2]?.serve();
  await settle();
  expect(made[2]?.stops).toEqual([true]);
  expect(serving()).toEqual(['second']);
});

it('only one start at a time is tried when a worker without a successor dies', async () => {
  await startTwo();
  await settle(1000);
  const replacing = crew.replace(generation('second', 2));
  await settle();
  made[2]?.serve();
  await settle();
  made[1]?.die('a bug');
  await settle();
  made[3]?.die('out of memory');
  await replacing;
  await settle();
  made[4]?.die('out of memory');
  await settle(10_000);
  expect(made).toHaveLength(6);
  made[5]?.die('out of memory');
  await settle();
  expect(made).toHaveLength(6);
});

it('a stop cancels the starts that wait', async () => {
  await startTwo();
  await settle(1000);
  const replacing = crew.replace(generation('second', 2));
  await settle();
  made[0]?.die('a bug');
  await settle();
  await Promise.all([crew.stop(), expect(replacing).rejects.toThrow()]);
  await settle(60_000);
  expect(made).toHaveLength(3);
});

it('a stop ends the workers that serve, start and leave, and starts no other', async () => {
  await startTwo();
  const replacing = crew.replace(generation('second', 2));
  await settle();
  await Promise.all([crew.stop(), expect(replacing).rejects.toThrow()]);
  expect(made.map(({ stops }) => stops.length)).toEqual([1, 1, 1]);
  await settle(60_000);
  expect(made).toHaveLength(3);
});
