/**
 * Addresses of clients that never answer, answer slowly, reset, redirect, answer endlessly or late,
 * or point to private networks: keys, request objects, sectors, documents, and deliveries. Each
 * only affects requests of that client, within limits.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPersons, clientCredentials, obtainCode, post, visit } from './actors.ts';
import { ada } from './cast.ts';
import { scaled } from './chance.ts';
import { forEach } from './crowd.ts';
import { queryRows } from './database.ts';
import { everyHostBehaviour, type HostileHosts, startHostileHosts } from './hostile-host.ts';
import { type Answer, send } from './http.ts';
import { type KeywrightNode, type Nodes, startNodes } from './nodes.ts';
import {
  allowWaiting,
  appOf,
  askingFor,
  authorizeAt,
  bringerOf,
  clientOf,
  grantBy,
  registrationOf,
  pingedOf,
  settingsOf,
  signingServiceOf,
  signOut,
} from './outbound-cast.ts';
import { record } from './report.ts';
import { authenticateBy, createSigner, type Signer } from './signers.ts';

const longestMilliseconds = 5000;
/** A timer of 5 s may end this much later on a busy machine. */
const timerMilliseconds = 500;
/** Much less than the time of a host that does not answer. */
const quickMilliseconds = 1000;
/** The size of the piece that exceeds a limit, and of the buffers of the network. */
const onTheWayBytes = 256 * 1024;
const openedNetworks = ['127.0.0.0/8'];
const hosts = () => {
  if (running === undefined) throw new Error('The hosts were not started.');
  return running;
};
let running: HostileHosts | undefined;
let signer: Signer;

beforeAll(async () => {
  signer = await createSigner();
  running = await startHostileHosts();
  running.serve('/jwks', JSON.stringify(signer.jwks));
});
afterAll(() => running?.close());

/** One way in which an address is requested for one client. */
interface Door {
  readonly number: number;
  readonly title: string;
  readonly maxBytes: number;
  readonly callers: number;
  /** The largest number of requests to a host, for this number of callers. */
  readonly mostAsked: number;
  /** The clients that name these addresses. */
  readonly clients: (id: string, origin: string) => readonly object[];
  readonly ask: (node: KeywrightNode, id: string, origin: string) => Promise<Answer>;
  readonly isRefused: (answer: Answer) => boolean;
}

const isPage = ({ status }: Answer) => status >= 400 && status < 500;
const isUnauthorized = ({ status }: Answer) => status === 400 || status === 401 || status === 503;
const issuerOf = (id: string) => `https://${id}.example`;

const doors: readonly Door[] = [
  {
    number: 1,
    title: 'the jwks_uri of a client (private_key_jwt)',
    maxBytes: 64 * 1024,
    callers: 25,
    mostAsked: 2,
    clients: (id, origin) => [signingServiceOf(id, { jwks_uri: `${origin}/jwks` })],
    ask: (node, id) => {
      const form = {
        grant_type: 'client_credentials',
        ...authenticateBy(signer, id, nodesOf().issuer),
      };
      return send(`${node.address}/token`, { form });
    },
    isRefused: isUnauthorized,
  },
  {
    number: 2,
    title: 'the request_uri of a client',
    maxBytes: 64 * 1024,
    callers: 10,
    mostAsked: 10,
    clients: (id, origin) => [
      appOf(id, { jwks: signer.jwks, request_uris: [`${origin}/request`] }),
    ],
    ask: async (node, id, origin) => {
      const target = authorizeAt(id, { request_uri: `${origin}/request` });
      return (await visit(node, target, new Map())).answer;
    },
    isRefused: isPage,
  },
  {
    number: 3,
    title: 'the sector_identifier_uri of a dynamic client',
    maxBytes: 64 * 1024,
    callers: 15,
    mostAsked: 15,
    clients: () => [],
    ask: (node, _id, origin) =>
      send(`${node.address}/register`, { json: registrationOf(`${origin}/sector`) }),
    isRefused: isPage,
  },
  {
    number: 4,
    title: 'the document of a client whose id is its address',
    maxBytes: 5 * 1024,
    callers: 25,
    // A request that fails at once is repeated for the next caller, until there are too many.
    mostAsked: 20,
    clients: () => [],
    ask: async (node, _id, origin) =>
      (await visit(node, authorizeAt(`${origin}/client.json`, {}), new Map())).answer,
    isRefused: isPage,
  },
  {
    number: 5,
    title: 'the jwks_uri of an issuer of assertions',
    maxBytes: 256 * 1024,
    callers: 25,
    mostAsked: 2,
    clients: (id) => [bringerOf(id, issuerOf(id))],
    ask: (node, id) =>
      post(
        node,
        '/token',
        clientOf(id),
        grantBy(signer, issuerOf(id), nodesOf().issuer, ada.email),
      ),
    isRefused: isUnauthorized,
  },
];

const logoutDoor = 6;
const pingDoor = 7;

let nodes: Nodes | undefined;
function nodesOf(): Nodes {
  if (nodes === undefined) throw new Error('The nodes were not started.');
  return nodes;
}

/**
 * The times of one delivery within its lifetime of two minutes: at once, and after 15, 45 and 105
 * s.
 */
const mostTries = 4;

const idOf = (door: number, index: number) => `client-${door}-${index}`;
const eachBehaviour = <T>(
  door: number,
  act: (id: string, origin: string, index: number) => T,
): readonly T[] =>
  everyHostBehaviour.map((behaviour, index) =>
    act(idOf(door, index), hosts().origin(door, behaviour), index),
  );

async function timed<T>(act: () => Promise<T>) {
  const began = performance.now();
  const answer = await act();
  return { answer, milliseconds: performance.now() - began };
}

const longestOf = (all: readonly { readonly milliseconds: number }[]) =>
  Math.max(...all.map(({ milliseconds }) => milliseconds));

/**
 * What other clients get meanwhile: one with a secret, and one whose own keys must be fetched
 * first.
 */
async function askAsOthers(node: KeywrightNode, sound: string) {
  const form = {
    grant_type: 'client_credentials',
    ...authenticateBy(signer, sound, nodesOf().issuer),
  };
  const fetching = timed(() => send(`${node.address}/token`, { form }));
  const all: { readonly answer: { readonly status: number }; readonly milliseconds: number }[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    all.push(await timed(() => clientCredentials(node)));
    await wait(10);
  }
  return [await fetching, ...all];
}

const ofHosts = (door: number, from = 0) =>
  hosts()
    .asked.slice(from)
    .filter(({ host }) => host.startsWith(`127.0.${door}.`));

function countByHost(door: number, from: number): readonly number[] {
  const counts = Map.groupBy(ofHosts(door, from), ({ host }) => host);
  return [...counts.values()].map(({ length }) => length);
}

/** The bytes of one answer of the host, which sends only as fast as they are read. */
function mostTaken(door: number, from: number): number {
  const { hostname } = new URL(hosts().origin(door, 'answers without end'));
  const taken = ofHosts(door, from).filter(({ host }) => host === hostname);
  return Math.max(0, ...taken.map(({ bytes }) => bytes()));
}

/** Until every host was asked, so that other clients are measured while these requests wait. */
async function waitUntilAsked(door: number, from: number): Promise<void> {
  const until = performance.now() + longestMilliseconds;
  while (countByHost(door, from).length < everyHostBehaviour.length && performance.now() < until)
    await wait(20);
}

describe('Addresses of clients whose hosts misbehave', () => {
  const kept = (door: number) => `sound-${door}`;

  beforeAll(async () => {
    const clients = doors.flatMap((door) => [
      ...eachBehaviour(door.number, door.clients).flat(),
      signingServiceOf(kept(door.number), { jwks_uri: `${hosts().sound}/jwks` }),
    ]);
    const assertionIssuers = eachBehaviour(5, (id, origin) => ({
      issuer: issuerOf(id),
      jwks_uri: `${origin}/jwks`,
      subjects: 'account_email',
    }));
    const told = [
      ...eachBehaviour(logoutDoor, (id, origin) =>
        appOf(id, { backchannel_logout_uri: `${origin}/logout` }),
      ),
      ...eachBehaviour(pingDoor, (id, origin) => pingedOf(id, `${origin}/ping`)),
      signingServiceOf('sound-first', { jwks_uri: `${hosts().sound}/jwks` }),
      appOf('sound-logout', { backchannel_logout_uri: `${hosts().sound}/logout` }),
      pingedOf('sound-ping', `${hosts().sound}/ping`),
    ];
    nodes = await startNodes({
      engine: 'SQLite',
      count: 1,
      settings: settingsOf([...clients, ...told], {
        assertion_issuers: assertionIssuers,
        danger_outbound_to_private_networks: openedNetworks,
      }),
      environment: { NODE_EXTRA_CA_CERTS: hosts().authority },
    });
    // A process that has just started is slow for other reasons.
    for (let turn = 0; turn < 3; turn += 1) await askAsOthers(nodes.nodes[0]!, 'sound-first');
  });
  afterAll(async () => {
    await nodes?.stop();
    nodes = undefined;
  });

  it.each(doors)('$title', async (door) => {
    const [node] = nodesOf().nodes;
    const from = hosts().asked.length;
    const asking = Promise.all(
      eachBehaviour(door.number, (id, origin) =>
        forEach(door.callers, door.callers, () => timed(() => door.ask(node!, id, origin))),
      ),
    );
    await waitUntilAsked(door.number, from);
    const others = await askAsOthers(node!, kept(door.number));
    const all = (await asking).flat();
    await wait(100);
    const statuses = [...new Set(all.map(({ answer }) => answer.status))].toSorted(
      (one, other) => one - other,
    );
    const refused = all.filter(({ answer }) => door.isRefused(answer)).length;
    const isOtherServed = others.every(({ answer }) => answer.status === 200);
    const [longest, longestOther] = [longestOf(all), longestOf(others)];
    const most = mostTaken(door.number, from);
    const asked = Math.max(...countByHost(door.number, from));
    record({
      test: 20,
      title: `${door.title}, ${everyHostBehaviour.length} hosts, each with another kind of fault`,
      asked: `each caller answered within 5 s, at most ${door.maxBytes / 1024} KB read (and data that is already sent), no redirect followed, others answered within 1 s`,
      reached: `${refused} of ${all.length} refused (${statuses.join(', ')}), the longest after ${(longest / 1000).toFixed(1)} s, ${Math.round(most / 1024)} KB read at most, each host asked ${asked} times at most by ${door.callers} callers, others ${Math.round(longestOther)} ms`,
      passed:
        refused === all.length &&
        isOtherServed &&
        longest <= longestMilliseconds + timerMilliseconds &&
        most <= door.maxBytes + onTheWayBytes &&
        asked <= door.mostAsked &&
        longestOther <= quickMilliseconds,
    });
    expect(refused).toBe(all.length);
    expect(isOtherServed).toBe(true);
    expect(longest).toBeLessThanOrEqual(longestMilliseconds + timerMilliseconds);
    expect(most).toBeLessThanOrEqual(door.maxBytes + onTheWayBytes);
    expect(asked).toBeLessThanOrEqual(door.mostAsked);
    expect(countByHost(door.number, from)).toHaveLength(everyHostBehaviour.length);
    expect(longestOther).toBeLessThanOrEqual(quickMilliseconds);
  });

  const watchSeconds = scaled(125);
  const signOuts = 5;

  it('are never waited for by the person, and asked again only so often: deliveries', async () => {
    const [node] = nodesOf().nodes;
    const from = hosts().asked.length;
    const people = await addPersons(nodesOf(), everyHostBehaviour.length * (signOuts + 1) + 2);
    const next = people.values();
    const person = () => next.next().value!;
    const leaving = eachBehaviour(logoutDoor, (id) =>
      Array.from({ length: signOuts }, () => [id, person()] as const),
    );
    const asked = eachBehaviour(pingDoor, (id) => [id, person()] as const);
    const [soundLeaver, soundAsked] = [person(), person()];
    const signIns = await forEach(leaving.flat().length, 4, (index) => {
      const [id, { cookies }] = leaving.flat()[index]!;
      return timed(() => obtainCode(node!, cookies, clientOf(id)));
    });
    await obtainCode(node!, soundLeaver.cookies, clientOf('sound-logout'));
    for (const [id, one] of [...asked, ['sound-ping', soundAsked] as const]) {
      const answer = await post(node!, '/bc-authorize', clientOf(id), askingFor(one));
      if (answer.status !== 200) throw new Error(`no auth_req_id: ${answer.body}`);
    }
    const began = performance.now();
    const waited = [
      ...(await forEach(leaving.flat().length, 4, (index) =>
        signOut(node!, leaving.flat()[index]![1]),
      )),
      ...(await forEach(asked.length, 4, (index) => allowWaiting(node!, asked[index]![1]))),
    ];
    const soundBegan = performance.now();
    await Promise.all([signOut(node!, soundLeaver), allowWaiting(node!, soundAsked)]);
    const others: { readonly milliseconds: number }[] = [];
    while (performance.now() - began < watchSeconds * 1000) {
      others.push(await timed(() => clientCredentials(node!)));
      await wait(100);
    }
    const arrived = hosts()
      .asked.slice(from)
      .filter(({ host }) => host === '127.0.0.1')
      .map(({ at }) => at - soundBegan);
    const tries = [logoutDoor, pingDoor].map((door) => Math.max(...countByHost(door, from)));
    const most = Math.max(mostTaken(logoutDoor, from), mostTaken(pingDoor, from));
    const longestWait = Math.max(...waited, longestOf(signIns));
    const longestOther = longestOf(others);
    const isWithin =
      arrived.length === 2 &&
      Math.max(...arrived) <= longestMilliseconds &&
      longestWait <= quickMilliseconds &&
      tries[0]! <= signOuts * mostTries &&
      tries[1]! <= mostTries &&
      most <= 1024 * 1024 + onTheWayBytes &&
      longestOther <= quickMilliseconds;
    record({
      test: 20,
      title: `deliveries to clients (logout tokens, pings of CIBA), ${everyHostBehaviour.length} hosts for each, each host with another kind of fault, ${watchSeconds} s`,
      asked: `no user waits, deliveries to other clients arrive, at most ${mostTries} attempts for each, at most 1024 KB read, others answered within 1 s`,
      reached: `people waited ${Math.round(longestWait)} ms at most, ${arrived.length} of 2 to sound clients arrived after ${Math.round(Math.max(...arrived))} ms at most, for ${signOuts} logout tokens a host was asked ${tries[0]} times at most, for a ping ${tries[1]} times; ${Math.round(most / 1024)} KB read at most, others ${Math.round(longestOther)} ms`,
      passed: isWithin,
    });
    expect(arrived).toHaveLength(2);
    expect(Math.max(...arrived)).toBeLessThanOrEqual(longestMilliseconds);
    expect(longestWait).toBeLessThanOrEqual(quickMilliseconds);
    expect(tries[0]).toBeLessThanOrEqual(signOuts * mostTries);
    expect(tries[1]).toBeLessThanOrEqual(mostTries);
    for (const door of [logoutDoor, pingDoor])
      expect(countByHost(door, from)).toHaveLength(everyHostBehaviour.length);
    expect(most).toBeLessThanOrEqual(1024 * 1024 + onTheWayBytes);
    expect(longestOther).toBeLessThanOrEqual(quickMilliseconds);
  });
});

describe('Addresses of clients that lead inwards', () => {
  const inside = [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '169.254.169.254',
    '10.0.0.1',
    '[::ffff:7f00:1]',
    '0',
    '2130706433',
  ];
  const originOf = (host: string) => `https://${host}:${hosts().port}`;
  const eachInside = <T>(door: number, act: (id: string, origin: string) => T): readonly T[] =>
    inside.map((host, index) => act(idOf(door, index), originOf(host)));

  beforeAll(async () => {
    const clients = [
      ...doors.flatMap((door) => eachInside(door.number, door.clients).flat()),
      ...eachInside(logoutDoor, (id, origin) =>
        appOf(id, { backchannel_logout_uri: `${origin}/logout` }),
      ),
      ...eachInside(pingDoor, (id, origin) => pingedOf(id, `${origin}/ping`)),
    ];
    const issuers = eachInside(5, (id, origin) => ({
      issuer: issuerOf(id),
      jwks_uri: `${origin}/jwks`,
      subjects: 'account_email',
    }));
    nodes = await startNodes({
      engine: 'SQLite',
      count: 1,
      settings: settingsOf(clients, { assertion_issuers: issuers }),
      environment: { NODE_EXTRA_CA_CERTS: hosts().authority },
    });
  });
  afterAll(async () => {
    await nodes?.stop();
    nodes = undefined;
  });

  it('are never connected to, by name or by number', async () => {
    const [node] = nodesOf().nodes;
    const before = hosts().connections;
    const answers = await Promise.all(
      doors.flatMap((door) =>
        eachInside(door.number, (id, origin) => timed(() => door.ask(node!, id, origin))).map(
          async (answer) => ({ door, ...(await answer) }),
        ),
      ),
    );
    const people = await addPersons(nodesOf(), inside.length * 2);
    for (const [index] of inside.entries()) {
      const [leaver, asked] = [people[index]!, people[inside.length + index]!];
      await obtainCode(node!, leaver.cookies, clientOf(idOf(logoutDoor, index)));
      await signOut(node!, leaver);
      await post(node!, '/bc-authorize', clientOf(idOf(pingDoor, index)), askingFor(asked));
      await allowWaiting(node!, asked);
    }
    const { database } = nodesOf();
    const untried = () => queryRows(database, 'SELECT id FROM deliveries WHERE attempts = 0');
    const untold = () =>
      queryRows(database, 'SELECT sid FROM logout_targets WHERE ended_at IS NOT NULL');
    const waiting = async () => [...(await untold()), ...(await untried())];
    await expect.poll(waiting, { timeout: 15_000 }).toEqual([]);
    await wait(100);
    const connections = hosts().connections - before;
    const refused = answers.filter(({ door, answer }) => door.isRefused(answer)).length;
    record({
      test: 20,
      title: 'client addresses in private networks, of all these kinds',
      asked: 'no connection to any of them',
      reached: `${refused} of ${answers.length} requests refused, ${inside.length * 2} deliveries tried, ${connections} connections came, the longest answer after ${(longestOf(answers) / 1000).toFixed(1)} s`,
      passed: refused === answers.length && connections === 0,
    });
    expect(refused).toBe(answers.length);
    expect(connections).toBe(0);
  });
});
