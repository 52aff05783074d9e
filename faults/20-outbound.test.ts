/**
 * Hosts that this process calls and that never answer, answer slowly, reset, redirect in a circle,
 * answer endlessly, or point to private networks. The guard calls issuers for keys and
 * introspection, and a decision point. These calls are limited, do not delay each other, and are
 * not repeated too often. The server calls only addresses of clients, which the file beside this
 * one tests.
 */
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync, readlinkSync, readdirSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import {
  createOutbound,
  createPublicOutbound,
  type GeneratedKey,
  generateSigningKey,
  signJwtSync,
} from '@keywright/jwt';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthZen } from '../packages/guard/src/authzen.ts';
import { createGuard, type Guard } from '../packages/guard/src/guard.ts';
import { present } from '../packages/guard/src/testing-parts/fixture.ts';
import {
  addPeople,
  clientCredentials,
  introspect,
  obtainTokens,
  refresh,
  revoke,
  signIn,
} from './actors.ts';
import {
  type Behaviour,
  everyBehaviour,
  type HostileTarget,
  startHostileTarget,
} from './hostile-target.ts';
import { type KeywrightNode, type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const audience = 'https://api.sunrise.example';
const longestMilliseconds = 5000;
const quickMilliseconds = 250;
/** A timer of 5 s may end this much later on a busy machine. */
const timerMilliseconds = 500;
const callers = 50;
/** The limit, and the size of the piece that exceeds it. */
const mostBytes = 1024 * 1024 + 128 * 1024;

let target: HostileTarget | undefined;
let nodes: Nodes | undefined;
afterEach(async () => {
  target?.close();
  await nodes?.stop();
  [target, nodes] = [undefined, undefined];
});

let key: GeneratedKey;
beforeAll(async () => {
  key = await generateSigningKey('ES256');
});

function makeToken(issuer: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const signingKey = { kid: key.kid, algorithm: 'ES256', privateKey: key.privateKey } as const;
  return signJwtSync(signingKey, 'at+jwt', {
    iss: issuer,
    aud: audience,
    sub: 'usr_ada',
    client_id: 'heatlens',
    scope: 'buildings:read',
    jti: randomUUID(),
    iat,
    exp: iat + 600,
  });
}

interface Refusal extends Error {
  readonly reason?: string;
  readonly fault?: string;
}

/** Accepted, or the reason of the refusal, and the time. */
async function judge(guard: Guard, token: string) {
  const began = performance.now();
  const verdict = await Promise.resolve()
    .then(() => guard.authenticate(present({ authorization: `Bearer ${token}` })))
    .then(
      () => 'accepted',
      (error: Refusal) => error.reason ?? error.message,
    );
  return { verdict, milliseconds: performance.now() - began };
}

type Judged = Awaited<ReturnType<typeof judge>>;

const longestOf = (judged: readonly Judged[]) =>
  Math.max(...judged.map(({ milliseconds }) => milliseconds));
const verdictsOf = (judged: readonly Judged[]) => [
  ...new Set(judged.map(({ verdict }) => verdict)),
];

/** The largest number of bytes that this process read of one answer. */
function watchReading() {
  const sockets = new Set<Socket>();
  const note = (message: unknown): void => {
    const { socket } = (message as { readonly request: ClientRequest }).request;
    if (socket !== null) sockets.add(socket);
  };
  subscribe('http.client.response.finish', note);
  return {
    stop: (): number => {
      unsubscribe('http.client.response.finish', note);
      return Math.max(0, ...[...sockets].map((socket) => socket.bytesRead));
    },
  };
}

/** A guard with one working issuer, and one whose documents all come from the tested host. */
function createTestedGuard({ origin }: HostileTarget): Guard {
  return createGuard({
    audience,
    issuer: [
      { issuer: 'https://sound.example', keys: { jwks: { keys: [key.publicJwk] } } },
      {
        issuer: 'https://hostile.example',
        keys: { jwksUri: `${origin}/jwks` },
        client: { id: 'sunrise-api', secret: 'a'.repeat(43) },
        introspect: { endpoint: `${origin}/introspect` },
      },
    ],
  });
}

describe.each(everyBehaviour)('A target that %s', (behaviour: Behaviour) => {
  it('costs who asks for it no more than 5 s, and others nothing', async () => {
    target = await startHostileTarget(behaviour);
    const { origin } = target;
    const guard = createTestedGuard(target);
    const reading = watchReading();
    const ofKeys = Array.from({ length: callers }, () =>
      judge(guard, makeToken('https://hostile.example')),
    );
    const ofOpaque = Array.from({ length: callers }, (_, index) =>
      judge(guard, `opaque-${index}-${'x'.repeat(40)}`),
    );
    const others: Judged[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      others.push(await judge(guard, makeToken('https://sound.example')));
    }
    const [keys, opaque] = [await Promise.all(ofKeys), await Promise.all(ofOpaque)];
    const askedForKeys = target.asked - callers;

    // A later flood does not cause repeated fetches of the keys.
    const before = target.asked;
    const flooded = await Promise.all(
      Array.from({ length: 200 }, () => judge(guard, makeToken('https://hostile.example'))),
    );
    const again = target.asked - before;

    const can = createAuthZen<string>({
      url: `${origin}/access/v1/evaluation`,
      token: () => 'token',
      issuer: 'https://sound.example',
      resource: (id) => ({ type: 'building', id }),
    });
    const began = performance.now();
    const decision = await can({
      caller: { kind: 'user', subject: 'usr_ada', issuer: 'https://sound.example' },
      action: 'read',
      resource: 'b-101',
    } as Parameters<typeof can>[0]).then(
      (verdict) => JSON.stringify(verdict),
      (error: Refusal) => error.reason ?? error.message,
    );
    const decisionMilliseconds = performance.now() - began;
    const mostRead = reading.stop();

    const longest = Math.max(
      longestOf(keys),
      longestOf(opaque),
      longestOf(flooded),
      decisionMilliseconds,
    );
    const verdicts = [verdictsOf([...keys, ...flooded]), verdictsOf(opaque), [decision]].map(
      (each) => each.join(),
    );
    const isRefused =
      verdicts.join(' ') === 'keys_unavailable introspection_unavailable decision_unavailable';
    record({
      test: 20,
      title: `a target that ${behaviour}`,
      asked:
        'each caller answered within 5 s, at most 1 MB read (and one more chunk), no redirect followed, other requests not slower, retries limited',
      reached:
        `the longest ${(longest / 1000).toFixed(1)} s, at most ${Math.round(mostRead / 1024)} KB read, ` +
        `keys asked for ${askedForKeys} times by ${callers} callers and ${again} times by 200 more, others ${Math.round(longestOf(others))} ms`,
      passed:
        isRefused &&
        longest <= longestMilliseconds + timerMilliseconds &&
        mostRead <= mostBytes &&
        askedForKeys <= 1 &&
        again <= 1 &&
        verdictsOf(others).join() === 'accepted' &&
        longestOf(others) <= quickMilliseconds,
    });
    expect(verdicts).toEqual([
      'keys_unavailable',
      'introspection_unavailable',
      'decision_unavailable',
    ]);
    expect(longest).toBeLessThanOrEqual(longestMilliseconds + timerMilliseconds);
    expect(mostRead).toBeLessThanOrEqual(mostBytes);
    expect(askedForKeys).toBeLessThanOrEqual(1);
    expect(again).toBeLessThanOrEqual(1);
    expect(verdictsOf(others)).toEqual(['accepted']);
    expect(longestOf(others)).toBeLessThanOrEqual(quickMilliseconds);
  });
});

describe('An address that somebody else chose', () => {
  it('is never one inside, by name or by number', async () => {
    target = await startHostileTarget('redirects in a circle');
    const { port } = new URL(target.origin);
    const hosts = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '169.254.169.254',
      '10.0.0.1',
      '[::ffff:7f00:1]',
      '0',
      '2130706433',
    ];
    const outbound = createPublicOutbound();
    const faults = await Promise.all(
      hosts.map((host) =>
        outbound.fetchJson(`http://${host}:${port}/`).then(
          () => 'fetched',
          (error: Refusal) => error.fault ?? error.message,
        ),
      ),
    );
    const refused = faults.filter((fault) => fault === 'address_refused').length;
    record({
      test: 20,
      title: 'private addresses (createPublicOutbound)',
      asked: 'no connection to any of them',
      reached: `${refused} of ${hosts.length} refused, ${target.asked} requests came`,
      passed: refused === hosts.length && target.asked === 0,
    });
    expect(new Set(faults)).toEqual(new Set(['address_refused']));
    expect(target.asked).toBe(0);
  });

  it('is redirected three times at most, where redirects are followed at all', async () => {
    target = await startHostileTarget('redirects in a circle');
    const { origin } = target;
    await expect(createOutbound({ maxRedirects: 3 }).fetchJson(`${origin}/`)).rejects.toMatchObject(
      {
        fault: 'redirect_refused',
      },
    );
    record({
      test: 20,
      title: 'redirects in a circle; three are allowed',
      asked: 'at most 3 redirects',
      reached: `${target.asked - 1} redirects`,
      passed: target.asked === 4,
    });
    expect(target.asked).toBe(4);
  });
});

/** The number of a socket. Nothing for another file, or a closed one. */
function inodeOf(descriptor: string): readonly string[] {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(descriptor))?.slice(1) ?? [];
  } catch {
    return [];
  }
}

/**
 * Connections that the process opened itself: all whose local port is not the port on which it
 * listens.
 */
function findDialled({ child, port }: KeywrightNode): readonly string[] {
  const folder = `/proc/${child.pid}/fd`;
  const own = new Set(readdirSync(folder).flatMap((name) => inodeOf(`${folder}/${name}`)));
  const listening = port.toString(16).toUpperCase().padStart(4, '0');
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/${child.pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, local, , , , , , , , inode]) =>
          inode !== undefined && own.has(inode) && local?.split(':')[1] !== listening,
      )
      .map(([, local, remote]) => `${local} to ${remote}`),
  );
}

describe.skipIf(process.platform !== 'linux')('The server', () => {
  it('calls nobody while people sign in and clients ask for tokens', async () => {
    nodes = await startNodes({ engine: 'SQLite', count: 1 });
    const node = nodes.nodes[0]!;
    const dialled = new Set<string>();
    const timer = setInterval(() => {
      for (const each of findDialled(node)) dialled.add(each);
    }, 5);
    const [person] = await addPeople(nodes, 1);
    for (let turn = 0; turn < 5; turn += 1) {
      await signIn(node);
      const { refresh_token, access_token } = await obtainTokens(node, person!);
      const rotated = await refresh(node, refresh_token);
      await clientCredentials(node);
      await introspect(node, access_token);
      await revoke(node, rotated.refresh_token ?? '');
    }
    clearInterval(timer);
    record({
      test: 20,
      title: 'the server itself, for clients without addresses',
      asked: 'no outbound call on the login path',
      reached: `${dialled.size} connections that it opened`,
      passed: dialled.size === 0,
    });
    expect([...dialled]).toEqual([]);
  });
});
