/**
 * What the guard costs for each request, in tight loops without a server: API keys, a status list,
 * a decision function; and one decision of the engine over 100,000 stored permissions in a file.
 * Processor time, so that others on the core do not count.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { sealApiKey } from '@keywright/client';
import {
  createGuard,
  generateDecryptionKey,
  type GuardOptions,
  type Presented,
  type Route,
} from '@keywright/guard';
import { createOutbound, makeApiKey, type Outbound, type OutboundReply } from '@keywright/jwt';
import { createPermissionEngine } from '@keywright/permissions';
import { openSqliteStore } from '@keywright/store';
import type { Cast } from '../cast.ts';
import {
  accessTokenClaims,
  accessTokenHeader,
  compact,
  createTokenSigner,
  protectedIssuer,
  publicJwk,
} from './access-token.ts';
import { readSettings } from './settings.ts';

export interface GuardCostSettings {
  readonly cast: Cast;
  readonly seconds: number;
}

export interface GuardCosts {
  readonly sealedPerSecond: number;
  readonly plainPerSecond: number;
  /** Microseconds that a status reference in the token adds. */
  readonly statusMicroseconds: number;
  /** Microseconds that a plain function adds. */
  readonly functionMicroseconds: number;
  readonly decisionMilliseconds: number;
}

const audience = 'https://api.bench.example';
const address = `${audience}/buildings`;
const permissionCount = 100_000;
const decisionCount = 2000;

const { cast, seconds } = await readSettings<GuardCostSettings>();
const now = Math.floor(Date.now() / 1000);
const apiKey = makeApiKey('live', randomBytes);
const decryptionKey = generateDecryptionKey();

function signDocument(typ: string, claims: Readonly<Record<string, unknown>>): string {
  const sign = createTokenSigner(cast.keys.ES256, { ...accessTokenHeader(cast), typ });
  return compact(sign({ iss: protectedIssuer, iat: now, exp: now + 3600, ...claims }));
}

const statusUri = `${protectedIssuer}/status-lists/1`;
const lst = deflateSync(Buffer.alloc(1024)).toString('base64url');
const documents: Readonly<Record<string, string>> = {
  '/status-lists/1': signDocument('statuslist+jwt', {
    sub: statusUri,
    status_list: { bits: 1, lst },
  }),
  '/api-keys/manifest': signDocument('api-keys+jwt', {
    aud: audience,
    keys: [
      {
        id: apiKey.id,
        sha256: apiKey.digest,
        client_id: 'sensors',
        env: 'live',
        scope: cast.api.scope,
      },
    ],
  }),
};

/** The issuer, in this process: what is measured is the guard, not the way to it. */
const outbound: Outbound = {
  ...createOutbound(),
  send: async (url): Promise<OutboundReply> => ({
    status: 200,
    text: documents[new URL(url).pathname] ?? '',
    etag: undefined,
    maxAgeSeconds: undefined,
  }),
};

const options: GuardOptions = {
  audience,
  issuer: {
    issuer: protectedIssuer,
    keys: { jwks: { keys: [publicJwk(cast.keys.ES256)] } },
    client: { id: 'api', secret: 'secret' },
  },
  apiKeys: { decryptionKeys: [decryptionKey] },
  outbound,
};

function present(authorization: string): Presented {
  return {
    method: 'GET',
    target: '/buildings',
    remoteAddress: '192.0.2.1',
    header: (name) => (name === 'authorization' ? authorization : undefined),
    certificate: () => undefined,
  };
}

type AnyRoute = Route<undefined, unknown, boolean>;

/** Microseconds of processor time of one call, in rounds of 64 as a busy server sees them. */
async function measure(
  work: (at: number) => unknown,
  milliseconds: number,
  most = Number.POSITIVE_INFINITY,
) {
  const start = performance.now();
  const before = process.cpuUsage();
  let count = 0;
  while (performance.now() - start < milliseconds && count < most) {
    const round: unknown[] = [];
    for (let at = 0; at < 64; at += 1) {
      const answer = work(count + at);
      if (answer instanceof Promise) round.push(answer);
    }
    if (round.length > 0) await Promise.all(round);
    count += 64;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

async function measureTwice(work: (at: number) => unknown): Promise<number> {
  await measure(work, 300);
  return measure(work, seconds * 500);
}

/**
 * Each is used once, so they are all made before the clock starts, and the guard has a new memory
 * of them each time.
 */
async function measureSealed(): Promise<number> {
  const { d: _, ...key } = decryptionKey;
  const seal = () =>
    present(
      `ApiKey ${sealApiKey({ apiKey: apiKey.text, audience, method: 'GET', url: address, key })}`,
    );
  const requests = Array.from({ length: 64 * 400 }, seal);
  const run = (part: readonly Presented[]) => {
    const route: AnyRoute = createGuard(options).route({ scope: cast.api.scope });
    return measure((at) => route.admit(part[at] as Presented, undefined), 60_000, part.length);
  };
  await run(requests.slice(0, 64 * 50));
  return run(requests.slice(64 * 50));
}

async function measurePlain(): Promise<number> {
  const route: AnyRoute = createGuard(options).route({ scope: cast.api.scope, plainApiKey: true });
  const request = present(`ApiKey ${apiKey.text}`);
  return measureTwice(() => route.admit(request, undefined));
}

/** The difference of two routes that are otherwise alike. */
async function measureAdded(
  plain: readonly [Presented, AnyRoute],
  richer: readonly [Presented, AnyRoute],
): Promise<number> {
  const costs: number[] = [];
  for (const [request, route] of [plain, richer, plain, richer])
    costs.push(await measureTwice(() => route.admit(request, undefined)));
  const [first = 0, second = 0, third = 0, fourth = 0] = costs;
  return Math.max(0, Math.min(second, fourth) - Math.min(first, third));
}

function bearer(claims: Readonly<Record<string, unknown>>): Presented {
  const sign = createTokenSigner(cast.keys.ES256, accessTokenHeader(cast));
  const token = compact(
    sign({ ...accessTokenClaims(cast), aud: audience, jti: 'serial', ...claims }),
  );
  return present(`Bearer ${token}`);
}

async function measureGuard() {
  const guard = createGuard(options);
  const { scope } = cast.api;
  const bare = [bearer({}), guard.route({ scope })] as const;
  const withStatus = [
    bearer({ status: { status_list: { idx: 77, uri: statusUri } } }),
    guard.route({ scope }),
  ] as const;
  const withFunction = [
    bearer({}),
    guard.route({ scope, can: ({ subject }) => subject.startsWith('usr_') }),
  ] as const;
  return {
    statusMicroseconds: await measureAdded(bare, withStatus),
    functionMicroseconds: await measureAdded(bare, withFunction),
  };
}

/**
 * 10,000 people with ten buildings each; a policy beside the stored ones, so that Cedar has to be
 * asked.
 */
async function measureDecisions(): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-bench-'));
  const clock = { nowSeconds: () => now };
  const store = await openSqliteStore({ file: path.join(folder, 'store.db'), clock });
  try {
    for (let at = 0; at < permissionCount; at += 1000)
      await Promise.all(
        Array.from({ length: 1000 }, (_, one) => store.permissions.set(permission(at + one))),
      );
    const engine = await createPermissionEngine({
      store: store.permissions,
      policies: {
        text: 'forbid (principal, action, resource) when { context has frozen && context.frozen == true };',
        place: 'bench',
      },
    });
    const times: number[] = [];
    for (let at = 0; at < decisionCount; at += 1) {
      const { subject, action, resource } = permission((at * 7919) % permissionCount);
      const question = { subject, action: { name: action }, resource, context: { frozen: false } };
      const start = performance.now();
      const { allowed } = await engine.decide(question);
      times.push(performance.now() - start);
      if (!allowed) throw new Error('a stored permission was not found');
    }
    return times.sort((a, b) => a - b)[decisionCount / 2] ?? Number.NaN;
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function permission(at: number) {
  return {
    subject: { type: 'user', id: `usr_${Math.floor(at / 10)}` },
    action: 'buildings:read',
    resource: { type: 'building', id: `b-${at}` },
    createdAt: now,
  };
}

const costs: GuardCosts = {
  sealedPerSecond: 1e6 / (await measureSealed()),
  plainPerSecond: 1e6 / (await measurePlain()),
  ...(await measureGuard()),
  decisionMilliseconds: await measureDecisions(),
};
process.stdout.write(JSON.stringify(costs));
