/**
 * An upgrade without a pause. Two nodes of this version under load are replaced, one after the
 * other, by the next version, which has one more migration, and then back. A caller without a
 * connection tries another node, as any proxy does. No other request fails, and users who had begun
 * to sign in continue at any node.
 */
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillForm, findForm } from '../interop/html-form.ts';
import {
  addPeople,
  authorizationTarget,
  clientCredentials,
  codeOf,
  type Cookies,
  obtainCode,
  obtainTokens,
  type Place,
  redeem,
  refresh,
  visit,
} from './actors.ts';
import { ada, ownClient } from './cast.ts';
import { queryRows } from './database.ts';
import { describeOnBothEngines } from './engines.ts';
import { describeOutcomes, startLoad } from './load.ts';
import { type KeywrightNode, type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const nextVersion = path.join(import.meta.dirname, 'next-version.ts');
const perSecond = 200;
const people = 30;
const signInsUnderWay = 6;
const betweenMilliseconds = 3000;
/** A node that is replaced is absent for some seconds. The other one runs. */
const mostTries = 6;

const noConnection: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

describeOnBothEngines('a rolling upgrade and the way back', (engine) => {
  let nodes: Nodes;
  let sessions: readonly Cookies[];
  let retries = 0;
  /** The faults, each with its count. */
  const faults = new Map<string, number>();
  beforeAll(async () => {
    nodes = await startNodes({ engine, count: 2 });
    sessions = await addPeople(nodes, people);
  });
  afterAll(() => nodes?.stop());

  async function atSomeNode<T>(index: number, ask: (place: Place) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await ask(nodes.nodes[(index + tries) % nodes.nodes.length] as Place);
      } catch (error) {
        if (tries === mostTries || !noConnection.has((error as NodeJS.ErrnoException).code))
          throw error;
        retries += 1;
      }
    }
  }

  /**
   * A third of the requests each: tokens of a service, refreshes, and codes with their redemption.
   */
  async function startCallers() {
    const tokens = await Promise.all(
      sessions.map(async (cookies, index) => {
        const { refresh_token } = await obtainTokens(nodes.nodes[index % 2] as Place, cookies);
        return refresh_token;
      }),
    );
    const refreshNext = async (index: number): Promise<{ readonly status: number }> => {
      const token = tokens.shift();
      if (token === undefined) return atSomeNode(index, clientCredentials);
      const answer = await atSomeNode(index, (place) => refresh(place, token));
      tokens.push(answer.refresh_token ?? token);
      return answer;
    };
    const takeCode = async (index: number): Promise<{ readonly status: number }> => {
      const cookies = sessions[index % people] as Cookies;
      const code = await atSomeNode(index, (place) => obtainCode(place, cookies));
      return atSomeNode(index + 1, (place) => redeem(place, code));
    };
    const send = (index: number) => {
      if (index % 6 === 0) return takeCode(index);
      return index % 2 === 0 ? refreshNext(index) : atSomeNode(index, clientCredentials);
    };
    return startLoad({ perSecond, send: (index) => noting(send(index)) });
  }

  async function noting<T extends { readonly status: number }>(asked: Promise<T>): Promise<T> {
    const note = (fault: string) => faults.set(fault, (faults.get(fault) ?? 0) + 1);
    try {
      const answer = await asked;
      if (answer.status !== 200) note(JSON.stringify(answer));
      return answer;
    } catch (error) {
      note(String(error).split('\n', 1)[0] as string);
      throw error;
    }
  }

  /**
   * Up to the sign-in page. Its form is sent to the other node after the versions have changed.
   */
  async function beginSignIn(index: number) {
    const place = nodes.nodes[index % 2] as Place;
    const verifier = `verifier-of-a-person-who-signs-in-during-an-upgrade-${index}`;
    const asked = await visit(place, authorizationTarget(verifier), new Map());
    const target = new URL(asked.answer.headers.location ?? '', nodes.issuer);
    const page = await visit(place, `${target.pathname}${target.search}`, asked.cookies);
    const { email, password } = ada;
    const form = fillForm(findForm(page.answer.body, 'signin'), 'signin', {
      values: { email, password },
    });
    return async (other: Place): Promise<number> => {
      let step = await visit(other, `${target.pathname}${target.search}`, page.cookies, { form });
      for (let hops = 0; codeOf(step.answer) === undefined && hops < 4; hops++) {
        const next = new URL(step.answer.headers.location ?? '', nodes.issuer);
        step = await visit(other, `${next.pathname}${next.search}`, step.cookies);
      }
      const code = codeOf(step.answer) ?? '';
      return (await redeem(other, { code, verifier, client: ownClient })).status;
    };
  }

  /** One node after the other. Each gets the signal to stop. */
  async function replaceAll(program?: string): Promise<readonly number[]> {
    const begun = await Promise.all(
      Array.from({ length: signInsUnderWay }, (_, index) => beginSignIn(index)),
    );
    for (const node of nodes.nodes) {
      await node.kill('SIGTERM');
      await node.restart(program);
      await wait(betweenMilliseconds);
    }
    const finish = (end: (other: Place) => Promise<number>, index: number) =>
      end(nodes.nodes[(index + 1) % 2] as KeywrightNode);
    return Promise.all(begun.map(finish));
  }

  const countMigrations = async () =>
    Number(
      (await queryRows(nodes.database, 'SELECT COUNT(*) AS applied FROM migrations'))[0]?.[
        'applied'
      ],
    );

  it('fails no request, and loses nobody who was signing in, at 200 requests a second', async () => {
    const before = await countMigrations();
    const load = await startCallers();
    await wait(betweenMilliseconds);
    const signedIn = await replaceAll(nextVersion);
    const upgraded = await countMigrations();
    const signedInAfterTheWayBack = await replaceAll();
    const result = await load.stop();
    const good = result.outcomes['200'] ?? 0;
    const signIns = [...signedIn, ...signedInAfterTheWayBack];
    const lost = signIns.filter((status) => status !== 200).length;
    record({
      test: 12,
      title: `version N, N + 1, and back to N, ${perSecond} requests/s, 2 nodes`,
      engine,
      asked: '0 failed requests except connection retries, running sign-ins continue',
      reached:
        `${result.sent - good} of ${result.sent} requests failed (${describeOutcomes(result)}; ${retries} tried again for want of a connection), ` +
        `${lost} of ${signIns.length} sign-ins lost, longest answer ${Math.round(result.longestMilliseconds)} ms`,
      passed: good === result.sent && lost === 0 && upgraded === before + 1,
    });
    expect([...faults]).toEqual([]);
    expect(result.outcomes).toEqual({ 200: result.sent });
    expect(lost).toBe(0);
    expect(upgraded).toBe(before + 1);
    expect(await countMigrations()).toBe(before + 1);
    // The older version, which is back, works on the newer schema.
    await queryRows(nodes.database, 'SELECT next_note FROM families LIMIT 1');
    const listed = await nodes.command(['clients', 'list']);
    expect(listed.code).toBe(0);
  });
});
