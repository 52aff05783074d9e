/**
 * kill -9 between the end of a session and its logout token, and between an answer and its ping.
 * Once the processes run again, the client is notified of everything that was acknowledged to the
 * user, also if the client could not be reached at first.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseJwt } from '@keywright/jwt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addPersons, obtainCode, type Person, post } from './actors.ts';
import { type Chance, scaled, takeChance } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { type HostileHosts, startHostileHosts } from './hostile-host.ts';
import { type Nodes, startNodes } from './nodes.ts';
import {
  appOf,
  askingFor,
  clientOf,
  pingedOf,
  prepareAnswer,
  prepareSignOut,
  type Sending,
  settingsOf,
} from './outbound-cast.ts';
import { record } from './report.ts';

const people = scaled(200);
const rounds = scaled(8);
const longestBeforeKill = 200;
/** An attempt that was interrupted is repeated after 15 s, the next ones after 30 and 60. */
const tellsWithinMilliseconds = 100_000;

/** A user who signs out, or who answers. `told`: the name by which the client learns of it. */
interface Actor {
  readonly told: string;
  readonly send: Sending;
}

describeOnBothEngines('kill -9 before clients are told', (engine) => {
  let nodes: Nodes;
  let hosts: HostileHosts;
  let chance: Chance;
  let actors: readonly Actor[];

  const place = (index: number) => nodes.nodes[index % 2]!;

  beforeAll(async () => {
    chance = takeChance(`6. kill -9 before clients are told, ${engine}`);
    hosts = await startHostileHosts();
    nodes = await startNodes({
      engine,
      count: 2,
      settings: settingsOf(
        [
          appOf('told', { backchannel_logout_uri: `${hosts.sound}/logout` }),
          pingedOf('pinged', `${hosts.sound}/ping`),
        ],
        { danger_outbound_to_private_networks: ['127.0.0.0/8'] },
      ),
      environment: { NODE_EXTRA_CA_CERTS: hosts.authority },
    });
    const all = await addPersons(nodes, people);
    actors = await forEach(people, 4, (index) =>
      index % 4 === 0 ? askPerson(index, all[index]!) : signInAtClient(index, all[index]!),
    );
  });
  afterAll(async () => {
    await nodes?.stop();
    hosts?.close();
  });

  async function signInAtClient(index: number, person: Person): Promise<Actor> {
    await obtainCode(place(index), person.cookies, clientOf('told'));
    return { told: person.id, send: await prepareSignOut(place(index), person) };
  }

  async function askPerson(index: number, person: Person): Promise<Actor> {
    const form = { ...askingFor(person), requested_expiry: '300' };
    const { body } = await post(place(index), '/bc-authorize', clientOf('pinged'), form);
    const { auth_req_id: told } = JSON.parse(body) as { readonly auth_req_id: string };
    return { told, send: await prepareAnswer(place(index), person) };
  }

  /**
   * All requests of a round at once, and the end of every process once some of them were
   * acknowledged. Returns the users who got an acknowledgement.
   */
  async function actAndKill(round: number): Promise<readonly Actor[]> {
    const own = actors.filter((_, index) => index % rounds === round);
    // Every second time, the client cannot be reached either.
    hosts.isDown = round % 2 === 1;
    const acknowledged: Actor[] = [];
    const enough = 1 + chance.below(own.length);
    const { promise: isTime, resolve: kill } = Promise.withResolvers<void>();
    const acting = own.map(async (actor, index) => {
      await actor.send(place(index));
      acknowledged.push(actor);
      if (acknowledged.length >= enough) kill();
    });
    await Promise.race([isTime, Promise.allSettled(acting)]);
    // From before the first message until some have arrived.
    await wait(chance.below(longestBeforeKill));
    await Promise.all(nodes.nodes.map((node) => node.kill('SIGKILL')));
    await Promise.allSettled(acting);
    hosts.isDown = false;
    for (const node of nodes.nodes) await node.restart();
    return acknowledged;
  }

  /** The names in everything that the client received. */
  function toldOf(): readonly string[] {
    return hosts.asked
      .filter(({ isDown }) => !isDown)
      .map(({ path, body }) =>
        path === '/ping'
          ? String((JSON.parse(body) as { readonly auth_req_id: unknown }).auth_req_id)
          : String(parseJwt(new URLSearchParams(body).get('logout_token') ?? '').claims['sub']),
      );
  }

  it('loses nothing of what was acknowledged', async () => {
    const acknowledged: Actor[] = [];
    for (let round = 0; round < rounds; round += 1) {
      acknowledged.push(...(await actAndKill(round)));
    }
    const began = performance.now();
    const missing = () => {
      const told = new Set(toldOf());
      return acknowledged.filter((actor) => !told.has(actor.told));
    };
    const atOnce = missing().length;
    while (missing().length > 0 && performance.now() - began < tellsWithinMilliseconds)
      await wait(100);
    const took = (performance.now() - began) / 1000;
    const lost = missing().length;
    const told = toldOf();
    record({
      test: 6,
      title: `${people} sign out or answer; ${rounds} times both nodes are killed before the clients are told`,
      engine,
      asked: 'each client learns of every acknowledged end',
      reached: `${lost} of ${acknowledged.length} acknowledged lost, ${atOnce} of them not told when the last kill was over, all told ${took.toFixed(0)} s later; ${told.length - new Set(told).size} told twice`,
      passed: lost === 0 && acknowledged.length > 0,
    });
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(lost).toBe(0);
  });
});
