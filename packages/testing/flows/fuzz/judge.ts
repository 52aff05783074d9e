/**
 * Conditions for every answer: no fault, no secret in it, headers that can be written, and a
 * limited time.
 */
import { hash } from 'node:crypto';
import { ConfigError, OAuthError } from '@keywright/core';
import { JwtError } from '@keywright/jwt';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';
import type { Door } from './door.ts';
import type { World } from './setting.ts';

export const mostMicroseconds = 50_000;
/**
 * The largest input that the HTTP server accepts (packages/server/src/http). For longer inputs, the
 * limit grows with each character.
 */
const longest = 65_536;
const microsecondsEach = 0.4;

/** The time of a fixed piece of work on the reference machine. */
const referenceMicroseconds = 10_000;
const text = JSON.stringify(
  Array.from({ length: 4000 }, (_, n) => ({ n, name: `name ${n}`, list: [n, n, n] })),
);

/**
 * 1, or more on a machine that is slower now, because 50 ms are the limit for the reference
 * machine. The fastest of several tries.
 */
export function measureSlowness(): number {
  let quickest = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 8; time += 1) {
    const before = process.cpuUsage();
    for (let turn = 0; turn < 8; turn += 1) hash('sha256', JSON.stringify(JSON.parse(text)));
    const { user, system } = process.cpuUsage(before);
    quickest = Math.min(quickest, user + system);
  }
  return Math.max(1, quickest / referenceMicroseconds);
}

const boundOf = ({ length }: World) =>
  mostMicroseconds + Math.max(0, length - longest) * microsecondsEach;

/** Throws what is wrong. Time is only measured in the long series. */
export async function judge<Changes>(
  world: World,
  door: Door<Changes>,
  changes: Changes,
): Promise<number> {
  world.length = 0;
  const status = await judgeOnce(world, door, changes);
  if (!isLong) return status;
  // Other code may have run meanwhile. Only an input that is slow each time counts as slow.
  for (let time = 1; time < 4 && world.took > boundOf(world); time += 1)
    await judgeOnce(world, door, changes);
  if (world.took > boundOf(world) && world.took > boundOf(world) * measureSlowness())
    throw new Error(
      `took ${Math.round(world.took / 1000)} ms of the processor for ${world.length} characters`,
    );
  return status;
}

async function judgeOnce<Changes>(
  world: World,
  door: Door<Changes>,
  changes: Changes,
): Promise<number> {
  world.events = [];
  const answer = await sendTo(world, door, changes);
  assertSound(world, answer);
  return answer?.status ?? 200;
}

/** A parser may refuse with known errors. */
async function sendTo<Changes>(world: World, door: Door<Changes>, changes: Changes) {
  try {
    return await door.send(world, changes);
  } catch (error) {
    const isRefusal =
      error instanceof OAuthError || error instanceof JwtError || error instanceof ConfigError;
    if (!isRefusal) throw error;
    return undefined;
  }
}

/** Characters that Node writes in a header value. */
const writable = /^[\t\x20-\x7e\x80-\xff]*$/;

function assertSound({ events, secrets }: World, answer: Awaited<ReturnType<Door['send']>>): void {
  const fault = events.find(({ type }) => type === 'fault');
  if (fault !== undefined) throw new Error('a fault', { cause: fault['error'] });
  if (answer === undefined) return;
  if (answer.status >= 500)
    throw new Error(`answered ${answer.status}: ${answer.body.slice(0, 300)}`);
  for (const [name, value] of Object.entries(answer.headers))
    for (const one of typeof value === 'string' ? [value] : value)
      if (!writable.test(one))
        throw new Error(`the header ${name} cannot be written: ${JSON.stringify(one)}`);
  const told = `${answer.body} ${JSON.stringify(answer.headers)} ${JSON.stringify(events)}`;
  const secret = secrets.find((one) => told.includes(one));
  if (secret !== undefined) throw new Error(`tells a secret, ${secret}, in ${told.slice(0, 2000)}`);
}
