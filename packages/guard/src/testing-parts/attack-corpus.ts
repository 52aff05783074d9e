/** The attack corpus over real HTTP: the answers of each adapter. All of them must be equal. */
import { createPublicKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateSigningKey } from '@keywright/jwt';
import { refusal } from '@keywright/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attacksOnAudience,
  attacksOnCaller,
  attacksOnTokens,
  createForge,
  type Forge,
  type HostileToken,
} from '../../../jwt/src/testing-parts/corpus/index.ts';
import {
  asForm,
  audience,
  bearer,
  challengeOf,
  createGuardFixture,
  issuer,
  type GuardFixture,
  type Mount,
  type Reply,
  realm,
  send,
  type Served,
  startedAt,
} from './fixture.ts';

export const attacks: readonly HostileToken[] = [
  ...attacksOnTokens,
  ...attacksOnAudience,
  ...attacksOnCaller,
];

/**
 * The comparable parts of an answer, without those that are always new: the decision id, the date.
 */
export type Answer = Readonly<Record<string, unknown>>;

interface CorpusStage extends GuardFixture {
  readonly forge: Forge;
  readonly served: Served;
  readonly canary: Server;
  readonly asked: readonly string[];
}

/** A server that records its callers. Nothing may call it. */
function listenCanary(asked: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function createCorpusStage(mount: Mount): Promise<CorpusStage> {
  const [ec, rsa] = await Promise.all([generateSigningKey('ES256'), generateSigningKey('RS256')]);
  const asked: string[] = [];
  const canary = await listenCanary(asked);
  const fixture = createGuardFixture([ec, rsa]);
  const nowSeconds = startedAt / 1000;
  const forge = createForge({
    header: { alg: 'ES256', typ: 'at+jwt', kid: ec.kid },
    claims: {
      iss: issuer,
      aud: audience,
      sub: 'usr_ada',
      client_id: 'heatlens',
      scope: 'buildings:read',
      jti: 'token-1',
      iat: nowSeconds,
      exp: nowSeconds + 600,
    },
    privateKey: ec.privateKey,
    rsa: { kid: rsa.kid, privateKey: rsa.privateKey, publicKey: createPublicKey(rsa.privateKey) },
    nowSeconds,
    canary: `http://127.0.0.1:${(canary.address() as AddressInfo).port}`,
  });
  return { ...fixture, forge, served: await mount(fixture.guard), canary, asked };
}

/**
 * Sends the token in the header if HTTP allows it there, otherwise in a form. A comma would make
 * two headers of it (RFC 9110 §5.3).
 */
function present(origin: string, token: string): Promise<Reply> {
  const fits = /^[\x21-\x2b\x2d-\x7e]+$/.test(token) && token.length < 12_000;
  return send(
    `${origin}/read`,
    fits ? { headers: bearer(token) } : asForm({ access_token: token }),
  );
}

function answerOf({ status, headers, body }: Reply): Answer {
  const { decision: _decision, ...rest } = body;
  const kept = [
    'content-type',
    'cache-control',
    'referrer-policy',
    'x-content-type-options',
    'www-authenticate',
  ];
  return {
    status,
    ...Object.fromEntries(
      kept.map((name) => [name, headers[name]?.toString().replace(/;.*utf-8/i, '')]),
    ),
    body: rest,
  };
}

function assertRefused(reply: Reply, { why, reason }: HostileToken, token: string): void {
  if (reason === undefined) throw new TypeError('A control is not refused.');
  const { status, error, text } = refusal(reason);
  expect([reply.status, reply.body['reason'], reply.body['error']], why).toEqual([
    status,
    reason,
    error,
  ]);
  expect(challengeOf(reply), why).toContain(realm);
  expect(challengeOf(reply), why).toContain(`error="${error}", error_description="${text}"`);
  expect(reply.headers).toMatchObject({ 'cache-control': 'no-store' });
  if (token.length > 12) expect(reply.text).not.toContain(token);
}

/** Runs these attacks, and returns the answers by the name of the attack. */
export function describeAttackCorpus(
  adapter: string,
  mount: Mount,
  tried: readonly HostileToken[],
): ReadonlyMap<string, Answer> {
  const answers = new Map<string, Answer>();
  describe(`the attack corpus on ${adapter}`, () => {
    let stage: CorpusStage;
    beforeAll(async () => {
      stage = await createCorpusStage(mount);
    });
    afterAll(() => {
      stage.served.close();
      stage.canary.close();
    });

    it.each(tried.map((attack) => [attack.name, attack] as const))('%s', async (name, attack) => {
      const token = attack.make(stage.forge);
      const reply = await present(stage.served.origin, token);
      answers.set(name, answerOf(reply));
      if (attack.reason === undefined) expect(reply.status, attack.why).toBe(200);
      else assertRefused(reply, attack, token);
    });

    it('leaves the guard as it was: a good token passes, its changed twin does not', async () => {
      const token = stage.forge.withClaims({ jti: 'after all' });
      const twin = `${token.slice(0, -8)}${token.at(-8) === 'A' ? 'B' : 'A'}${token.slice(-7)}`;
      const statuses: number[] = [];
      for (const one of [token, twin, token, twin, token]) {
        statuses.push((await present(stage.served.origin, one)).status);
      }
      expect(statuses).toEqual([200, 401, 200, 401, 200]);
    });

    it('asked no address that a token named, and put no token into the log', () => {
      expect(stage.asked).toEqual([]);
      expect(JSON.stringify(stage.events)).not.toMatch(/eyJ[\w-]*\.|usr_mallory/);
      // The log shows the issuer or the audience of a token only if it was wrong.
      const others = stage.events.filter(({ note = '' }) => !/^(?:iss|aud) is /.test(note));
      expect(JSON.stringify(others)).not.toContain('attacker');
      expect(stage.events.filter(({ status }) => status >= 500)).toEqual([]);
    });
  });
  return answers;
}
