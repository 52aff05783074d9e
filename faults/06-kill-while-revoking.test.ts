/**
 * kill -9 between revocations: by an application (RFC 7009), and by users who end a connection.
 * What was acknowledged stays revoked, at nodes that had cached the tokens as active, and after
 * every process was killed and restarted.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillForm, readForms } from '../interop/html-form.ts';
import {
  addPeople,
  type Cookies,
  introspect,
  obtainTokens,
  type Place,
  refresh,
  revoke,
  visit,
} from './actors.ts';
import { type Chance, scaled, takeChance } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const people = scaled(1000);
const kills = scaled(20);
const atOnce = 4;
const mostTries = 400;

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

describeOnBothEngines('kill -9 while revoking', (engine) => {
  let nodes: Nodes;
  let cookies: readonly Cookies[];
  let tokens: readonly Tokens[];
  let chance: Chance;

  const place = (index: number) => nodes.nodes[index % 3]!;

  beforeAll(async () => {
    chance = takeChance(`6. kill -9 while revoking, ${engine}`);
    nodes = await startNodes({ engine, count: 3 });
    cookies = await addPeople(nodes, people);
    tokens = await forEach(people, atOnce, (index) => obtainTokens(place(index), cookies[index]!));
  });
  afterAll(() => nodes?.stop());

  /** Now every node has cached everything that it may cache about an active token. */
  async function warm(): Promise<void> {
    const living = await forEach(people, atOnce, async (index) => {
      const { access_token: token } = tokens[index]!;
      const answers = await Promise.all(nodes.nodes.map((node) => introspect(node, token)));
      return answers.every(Boolean);
    });
    expect(living.filter((alive) => !alive)).toEqual([]);
  }

  /** Repeated at another node until it is acknowledged, because it is idempotent. */
  async function untilAcknowledged(
    first: number,
    act: (node: Place) => Promise<boolean>,
  ): Promise<void> {
    for (let tries = 0; tries < mostTries; tries += 1)
      if (await act(place(first + tries)).catch(() => false)) return;
    throw new Error('a revocation was never acknowledged');
  }

  /** The account page: sends the form, or finds nothing left to end. */
  async function disconnect(node: Place, person: Cookies): Promise<boolean> {
    const page = await visit(node, '/account', person);
    if (page.answer.status !== 200) return false;
    const form = readForms(page.answer.body).find(({ action }) =>
      action.endsWith('/account/revoke'),
    );
    if (form === undefined) return true;
    const { answer } = await visit(node, '/account/revoke', page.cookies, {
      form: fillForm(form, ''),
    });
    return answer.status < 400;
  }

  /** Returns whether the other nodes know it at once. */
  async function revokeOne(index: number): Promise<boolean> {
    const { access_token: access, refresh_token: token } = tokens[index]!;
    await untilAcknowledged(index, async (node) =>
      index % 2 === 0 ? (await revoke(node, token)) === 200 : disconnect(node, cookies[index]!),
    );
    const living = await Promise.all(
      nodes.nodes.map((node) => introspect(node, access).catch(() => false)),
    );
    return !living.includes(true);
  }

  async function killOne(): Promise<void> {
    const victim = nodes.nodes[chance.below(3)]!;
    await victim.kill('SIGKILL');
    await victim.restart();
  }

  /** A kill after each group of revocations, at a random moment, while others are in progress. */
  async function revokeAll(): Promise<readonly boolean[]> {
    const every = Math.ceil(people / kills);
    let restarted = Promise.resolve();
    const known = await forEach(people, atOnce, async (index) => {
      if (index % every === every - 1) {
        const former = restarted;
        restarted = former.then(killOne);
        await former;
      }
      return revokeOne(index);
    });
    await restarted;
    return known;
  }

  /** At every node: inactive for its API, and refused for a refresh. */
  async function countRevoked(): Promise<number> {
    const ended = await forEach(people, atOnce, async (index) => {
      const { access_token: access, refresh_token: token } = tokens[index]!;
      const living = await Promise.all(nodes.nodes.map((node) => introspect(node, access)));
      const { error } = await refresh(place(index), token);
      return !living.includes(true) && error === 'invalid_grant';
    });
    return ended.filter(Boolean).length;
  }

  it('leaves what was acknowledged revoked, at every node and after every restart', async () => {
    await warm();
    const known = (await revokeAll()).filter(Boolean).length;
    const before = await countRevoked();
    await Promise.all(nodes.nodes.map((node) => node.kill('SIGKILL')));
    for (const node of nodes.nodes) await node.restart();
    const after = await countRevoked();
    record({
      test: 6,
      title: `${people} grants and tokens revoked, ${kills} kills, 3 nodes with warm caches`,
      engine,
      asked: 'revoked tokens stay revoked after a restart, also with a warm cache',
      reached: `${known} of ${people} known at once by all nodes, ${before} before and ${after} after all were killed`,
      passed: known === people && before === people && after === people,
    });
    expect(known).toBe(people);
    expect(before).toBe(people);
    expect(after).toBe(people);
  });
});
