/** Everything acknowledged survives kill -9, over HTTP and with a real file. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLong } from '../packages/jwt/src/testing-parts/series.ts';
import { findFreePorts } from './ports.ts';
import { end } from './process.ts';
import { prepareServer, type ServerFolder } from './server-process.ts';

const clientId = 'crash-test';
const secret = randomBytes(32).toString('base64url');
const account = {
  email: 'ada@example.com',
  name: 'Ada',
  password: randomBytes(16).toString('base64url'),
};
/** Fewer than one account may have password attempts at once. */
const families = 8;
const rotations = isLong ? 200 : 60;
const kills = isLong ? 3 : 1;

interface Refresh {
  readonly status: number;
  readonly refresh_token?: string;
}

describe('a server that is ended by kill -9', () => {
  let server: ServerFolder;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    const [port = 0] = await findFreePorts(1);
    server = prepareServer(port, {
      clients: [
        {
          client_id: clientId,
          client_secret: secret,
          kind: 'web',
          trust: 'first-party',
          client_name: 'Crash test',
          redirect_uris: ['http://localhost/callback'],
          grant_types: ['authorization_code', 'refresh_token', 'password'],
          scope: 'openid offline_access',
        },
      ],
      accounts: [account],
    });
    child = await server.start();
  });

  afterAll(async () => {
    if (child !== undefined) await end(child, 'SIGKILL');
    server?.remove();
  });

  it(`during ${rotations} rotations loses no acknowledged successor`, async () => {
    const living = await Promise.all(Array.from({ length: families }, () => signIn(server.issuer)));
    let acknowledged = 0;
    for (let round = 1; round <= kills; round += 1) {
      const until = Math.ceil((rotations * round) / kills);
      acknowledged += await rotateUntilKilled(server.issuer, living, until - acknowledged, () =>
        child?.kill('SIGKILL'),
      );
      if (child !== undefined) await end(child, 'SIGKILL');
      child = await server.start();
      const answers = await Promise.all(living.map((token) => refresh(server.issuer, token)));
      expect(answers.map(({ status }) => status)).toEqual(living.map(() => 200));
      for (const [index, answer] of answers.entries()) living[index] = answer.refresh_token ?? '';
    }
    expect(acknowledged).toBeGreaterThanOrEqual(rotations);
  });
});

/**
 * Every family rotates as fast as it can. At the last wanted answer the process is killed, while
 * requests of other families are in progress. `living` has the last token of each family. Returns
 * the number of tokens.
 */
async function rotateUntilKilled(
  issuer: string,
  living: string[],
  wanted: number,
  kill: () => void,
): Promise<number> {
  let given = 0;
  const rotate = async (_: string, index: number): Promise<void> => {
    for (;;) {
      const answer = await refresh(issuer, living[index] ?? '').catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status).toBe(200);
      living[index] = answer.refresh_token ?? '';
      given += 1;
      if (given === wanted) kill();
    }
  };
  await Promise.all(living.map(rotate));
  return given;
}

async function signIn(issuer: string): Promise<string> {
  const parameters = {
    grant_type: 'password',
    username: account.email,
    password: account.password,
  };
  const answer = await post(issuer, { ...parameters, scope: 'openid offline_access' });
  expect(answer.status).toBe(200);
  return answer.refresh_token ?? '';
}

function refresh(issuer: string, token: string): Promise<Refresh> {
  return post(issuer, { grant_type: 'refresh_token', refresh_token: token });
}

async function post(
  issuer: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Refresh> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${clientId}:${encodeURIComponent(secret)}`)}` },
    body: new URLSearchParams(parameters),
  });
  return { status: response.status, ...((await response.json()) as object) };
}
