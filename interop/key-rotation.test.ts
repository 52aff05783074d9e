/**
 * `keywright keys rotate` while the server runs: an API that caches the published keys refuses no
 * token, before, during or after it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLong } from '../packages/jwt/src/testing-parts/series.ts';
import { type Cast, castOf, secretOf } from './cast.ts';
import { runKeywright } from './command.ts';
import { type Demonstration, startOwnDemonstration } from './demonstration.ts';

/**
 * Longer than the five seconds for which the server keeps its keys in memory, so that it publishes
 * before it signs. The default is made for every cache there is.
 */
const leadSeconds = 6;
const pauseMilliseconds = 50;
/** Lead, the server's memory of its keys, and what a busy machine adds. */
const longestMilliseconds = 40_000;
/** How often the new key must be accepted before this is over. */
const newEnough = 20;

interface Call {
  readonly kid: string;
  readonly token: string;
  /** What was published before this token was asked for. */
  readonly published: readonly string[];
  readonly status: number;
}

describe.runIf(isLong)('keywright keys rotate, while the server runs,', () => {
  let demonstration: Demonstration | undefined;
  let cast: Cast;

  beforeAll(async () => {
    demonstration = await startOwnDemonstration();
    cast = castOf(demonstration);
  });
  afterAll(() => demonstration?.stop());

  it(
    'causes no failed verification at an API that caches keys, and publishes the new key before it signs',
    async () => {
      const { kid: former, token: formerToken } = await call(cast);
      await rotate(cast.demo.configuration);
      const calls = await callUntilRotated(cast, former);
      expect(calls.filter(({ status }) => status !== 200)).toEqual([]);
      expect(calls.filter(({ kid, published }) => !published.includes(kid))).toEqual([]);
      expect(new Set(calls.map(({ kid }) => kid)).size).toBe(2);
      expect(calls.at(-1)?.published).toContain(former);
      expect(await readBuildings(cast, formerToken)).toBe(200);
    },
    longestMilliseconds + 10_000,
  );
});

/** Ends when the new key has signed often enough. Throws if that does not happen. */
async function callUntilRotated(cast: Cast, former: string): Promise<readonly Call[]> {
  const until = performance.now() + longestMilliseconds;
  const calls: Call[] = [];
  for (let signedByNew = 0; signedByNew < newEnough; ) {
    if (performance.now() > until) throw new Error(`the new key has signed ${signedByNew} tokens`);
    const made = await call(cast);
    calls.push(made);
    if (made.kid !== former) signedByNew += 1;
    await wait(pauseMilliseconds);
  }
  return calls;
}

/** A new token of the background service, used once. */
async function call(cast: Cast): Promise<Call> {
  const published = await readPublished(cast);
  const token = await obtainToken(cast);
  const [header = ''] = token.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as {
    readonly kid: string;
  };
  return { kid, token, published, status: await readBuildings(cast, token) };
}

async function readPublished({ demo }: Cast): Promise<readonly string[]> {
  const response = await fetch(`${demo.issuer}/jwks`);
  const { keys } = (await response.json()) as {
    readonly keys: readonly { readonly kid: string }[];
  };
  return keys.map(({ kid }) => kid);
}

async function obtainToken({ demo, service }: Cast): Promise<string> {
  const response = await fetch(`${demo.issuer}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${service.client_id}:${secretOf(service)}`)}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'buildings:read',
      resource: demo.audience,
    }),
  });
  expect(response.status).toBe(200);
  const { access_token: token } = (await response.json()) as { readonly access_token: string };
  return token;
}

async function readBuildings({ demo }: Cast, token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${demo.api}/buildings`, { headers });
  await response.body?.cancel();
  return response.status;
}

function rotate(configuration: string): Promise<unknown> {
  return runKeywright(configuration, 'keys', 'rotate', '--lead-seconds', String(leadSeconds));
}
