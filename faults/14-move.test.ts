/**
 * A move from SQLite to PostgreSQL and back while clients continue: each rotates its refresh token
 * all the time, and tries again when the answer says so. No user signs in again, no refresh token
 * is lost, and everything else is unchanged. docs/guides/move-and-back-up.md has the same steps.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSchema } from '../packages/store/src/testing-parts/shared-cluster.ts';
import {
  addPeople,
  askForTokens,
  basic,
  type Cookies,
  introspect,
  obtainCode,
  obtainTokens,
  type Place,
  redeem,
  refresh,
  revoke,
  signIn,
} from './actors.ts';
import { ada, apiClient, configuration, ownClient, service } from './cast.ts';
import { scaled } from './chance.ts';
import { type Engine, isPostgresLeftOut } from './engines.ts';
import { send } from './http.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const clients = scaled(20);
const pauseMilliseconds = 50;
const goingOnMilliseconds = 2000;

const settings = {
  clients: configuration.clients.map((client) =>
    client.client_id === apiClient.id ? { ...client, scope: 'permissions:check' } : client,
  ),
};

/** The effect of the moves on the clients. */
interface Told {
  rotated: number;
  /** Answers that ask to try again, with a time. */
  refused: number;
  readonly lost: string[];
  /** Longest time that one client had to try. */
  longestMilliseconds: number;
}

describe.skipIf(isPostgresLeftOut)('A live move from SQLite to PostgreSQL and back', () => {
  let folder: string;
  /** The address that clients use, as of a proxy. */
  let current: Nodes;
  /** The issuer of the first server, at any address. */
  let issuer: string;
  const sets: Nodes[] = [];
  const drops: (() => Promise<void>)[] = [];
  const place: Place = {
    get address() {
      return current.nodes[0]!.address;
    },
  };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'keywright-move-'));
    current = await startNodes({ engine: 'SQLite', count: 1, settings });
    ({ issuer } = current);
    sets.push(current);
  });
  afterAll(async () => {
    for (const set of sets.toReversed()) await set.stop();
    for (const drop of drops) await drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function makeDatabase(engine: Engine): Promise<string> {
    if (engine === 'SQLite') return path.join(folder, 'moved.db');
    const schema = await makeSchema();
    drops.push(schema.drop);
    return schema.address;
  }

  /** Returns for how many seconds no write was accepted. */
  async function move(engine: Engine): Promise<number> {
    const database = await makeDatabase(engine);
    const archive = path.join(folder, `to-${engine}.archive`);
    const from = performance.now();
    expect(await current.command(['export', archive])).toMatchObject({ code: 0 });
    expect(await current.command(['import', archive, '--database', database])).toMatchObject({
      code: 0,
    });
    const next = await startNodes({
      engine,
      count: 1,
      database,
      settings: { ...settings, issuer },
    });
    sets.push(next);
    const former = current;
    current = next;
    const seconds = (performance.now() - from) / 1000;
    await former.nodes[0]!.kill('SIGTERM');
    return seconds;
  }

  /** As an honest client: with the same token, until there is an answer. */
  async function rotateOnce(token: string, told: Told): Promise<string | undefined> {
    for (;;) {
      const answer = await send(`${place.address}/token`, {
        headers: { authorization: basic(ownClient) },
        form: { grant_type: 'refresh_token', refresh_token: token },
      }).catch(() => undefined);
      if (answer?.status === 200) {
        told.rotated += 1;
        return (JSON.parse(answer.body) as { readonly refresh_token: string }).refresh_token;
      }
      const isToComeAgain = answer?.status === 503 && Number(answer.headers['retry-after']) > 0;
      if (isToComeAgain) told.refused += 1;
      // A connection that ended with the former server has no meaning.
      else if (answer !== undefined) return void told.lost.push(`${answer.status} ${answer.body}`);
      await wait(pauseMilliseconds);
    }
  }

  function goOn(cookies: readonly Cookies[], told: Told): () => Promise<void> {
    let stopping = false;
    const working = cookies.map(async (own) => {
      let token: string | undefined = (await obtainTokens(place, own)).refresh_token;
      while (!stopping && token !== undefined) {
        const from = performance.now();
        token = await rotateOnce(token, told);
        told.longestMilliseconds = Math.max(told.longestMilliseconds, performance.now() - from);
        await wait(pauseMilliseconds);
      }
    });
    return async () => {
      stopping = true;
      await Promise.all(working);
    };
  }

  const jwks = async () => (await send(`${place.address}/jwks`)).body;

  async function mayRead(subject: string): Promise<boolean> {
    const form = { grant_type: 'client_credentials', resource: `${issuer}/admin` };
    const { access_token: token = '' } = await askForTokens(place, apiClient, form);
    const response = await fetch(`${place.address}/access/v1/evaluation`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        subject: { type: 'user', id: subject },
        action: { name: 'read' },
        resource: { type: 'building', id: 'b-1' },
      }),
    });
    return ((await response.json()) as { readonly decision: unknown }).decision === true;
  }

  it('signs nobody out, loses no refresh token, and carries sessions, keys, API keys and permissions', async () => {
    const cookies = await signIn(place);
    const tokens = await obtainTokens(place, cookies);
    const revoked = await obtainTokens(place, cookies);
    expect(await revoke(place, revoked.refresh_token)).toBe(200);
    const issued = await current.command(
      [
        'api-keys',
        'add',
        '--client',
        service.id,
        '--environment',
        'live',
        '--name',
        'Cellar',
      ].concat('--scope', service.scope, '--json'),
    );
    const { api_key: apiKey } = JSON.parse(issued.out) as { readonly api_key: string };
    await current.command(['permissions', 'set', 'user:ada', 'read', 'building:b-1']);
    const keys = await jwks();

    const told: Told = { rotated: 0, refused: 0, lost: [], longestMilliseconds: 0 };
    const stop = goOn(await addPeople(current, clients), told);
    await wait(goingOnMilliseconds);
    const code = await obtainCode(place, cookies);
    let { refresh_token: token } = tokens;
    let seconds = 0;
    const different: string[] = [];
    const compare = (what: string, isSame: boolean) => void (isSame || different.push(what));
    for (const [round, engine] of (['PostgreSQL', 'SQLite'] as const).entries()) {
      seconds = Math.max(seconds, await move(engine));
      const rotated = await refresh(place, token);
      compare(`${engine}: a refresh token from before`, rotated.status === 200);
      token = rotated.refresh_token ?? '';
      if (round === 0) compare('a code from before', (await redeem(place, code)).status === 200);
      compare(`${engine}: a session`, (await obtainCode(place, cookies)).code !== '');
      compare(`${engine}: an access token`, await introspect(place, tokens.access_token));
      compare(
        `${engine}: a revoked one`,
        (await refresh(place, revoked.refresh_token)).error === 'invalid_grant',
      );
      compare(`${engine}: an API key`, await introspect(place, apiKey));
      compare(`${engine}: a permission`, await mayRead('ada'));
      compare(`${engine}: a missing permission`, !(await mayRead('bob')));
      compare(`${engine}: published keys`, (await jwks()) === keys);
      await wait(goingOnMilliseconds);
    }
    await stop();
    compare('a password', (await signIn(place, ada)).size > 0);

    const isRefusedInOrder = told.refused > 0 && told.lost.length === 0;
    record({
      test: 14,
      title: `a live move to PostgreSQL and back, ${clients} active clients`,
      asked: 'no user signs in again, no refresh token is lost, all other data is the same',
      reached:
        `${told.lost.length} of ${clients} clients lost in ${told.rotated} rotations (${told.refused} × 503 with Retry-After, ` +
        `no writes for at most ${seconds.toFixed(1)} s a move, ${(told.longestMilliseconds / 1000).toFixed(1)} s for a client), ${different.length} things not the same`,
      passed: isRefusedInOrder && different.length === 0,
    });
    expect(told.lost).toEqual([]);
    expect(told.refused).toBeGreaterThan(0);
    expect(different).toEqual([]);
  });
});
