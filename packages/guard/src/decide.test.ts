import { JwtError } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import { createGuard } from './guard.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { Decision, DetailType, RouteOptions } from './route.ts';
import { ask } from './testing-parts/ask.ts';
import {
  audience,
  createGuardFixture,
  createIssuer,
  issuer,
  present,
  startedAt,
} from './testing-parts/fixture.ts';

const signer = await createIssuer();
const seconds = startedAt / 1000;

function createWorld<Resource = undefined>(options: RouteOptions<unknown, Resource>) {
  const { guard, events } = createGuardFixture([signer.key]);
  const route = guard.route(options);
  const askWith = (claims: Record<string, unknown> = {}) => {
    const authorization = `Bearer ${signer.token(claims)}`;
    return ask(route, present({ authorization }, '/buildings/1?secret=x', 'PUT'));
  };
  return { events, ask: askWith };
}

describe('a route that requires a way to sign in (RFC 9470)', () => {
  const route = { scope: 'buildings:read', acr: ['mfa', 'phr'], maxAgeSeconds: 300 };

  it.each([
    { acr: 'mfa', auth_time: seconds },
    { acr: 'phr', auth_time: seconds - 300 },
    { acr: 'mfa', auth_time: seconds + 60 },
  ])('accepts %j', async (claims) => {
    expect((await createWorld(route).ask(claims)).status).toBe(200);
  });

  it.each([
    {},
    { acr: 'mfa' },
    { auth_time: seconds },
    { acr: 'pwd', auth_time: seconds },
    { acr: 'MFA', auth_time: seconds },
    { acr: 'mfa phr', auth_time: seconds },
    { acr: ['mfa'], auth_time: seconds },
    { acr: 'mfa', auth_time: seconds - 301 },
    { acr: 'mfa', auth_time: String(seconds) },
    { acr: 'mfa', auth_time: null },
    { acr: 'mfa', auth_time: seconds + 61 },
  ])('refuses a caller with %j, and states the required sign-in', async (claims) => {
    const { ask, events } = createWorld(route);
    // The token may be known or not.
    for (let n = 0; n < 3; n += 1) {
      const { status, reason, challenge } = await ask(claims);
      expect([status, reason]).toEqual([401, 'authentication_insufficient']);
      expect(challenge).toContain('error="insufficient_user_authentication"');
      expect(challenge?.endsWith(', acr_values="mfa phr", max_age="300"')).toBe(true);
    }
    expect(events.at(-1)).toMatchObject({ subject: 'usr_ada', clientId: 'heatlens', issuer });
  });

  it('requires only what it names', async () => {
    const strong = await createWorld({ acr: ['mfa'] }).ask();
    const recent = await createWorld({ maxAgeSeconds: 0 }).ask();
    expect(strong.challenge).toMatch(/acr_values="mfa"$/);
    expect(recent.challenge).toMatch(/max_age="0"$/);
  });

  it('checks this first, before a missing scope', async () => {
    expect((await createWorld(route).ask({ scope: '' })).reason).toBe(
      'authentication_insufficient',
    );
    const signedIn = { acr: 'mfa', auth_time: seconds };
    expect((await createWorld(route).ask({ ...signedIn, scope: '' })).reason).toBe(
      'scope_insufficient',
    );
  });

  it.each([
    { acr: [] },
    { acr: ['a"b'] },
    { acr: ['a b'] },
    { maxAgeSeconds: -1 },
    { maxAgeSeconds: 1.5 },
    { maxAgeSeconds: Number.NaN },
  ])('cannot require %j', (options) => {
    expect(() => createWorld(options)).toThrow(TypeError);
  });
});

describe('a route that requires authorization details (RFC 9396)', () => {
  interface Building {
    readonly id: string;
  }
  const asked: Decision<Building>[] = [];
  const detail: DetailType<Building> = {
    type: 'building',
    covers: ({ buildings, actions }, decision) => {
      asked.push(decision);
      const lists = [buildings, actions].map((list) => (Array.isArray(list) ? list : []));
      return lists[0]!.includes(decision.resource.id) && lists[1]!.includes(decision.action);
    },
  };
  const route = { action: 'view', resource: () => ({ id: '1' }), detail };
  const covering = { type: 'building', buildings: ['1'], actions: ['view'] };
  const detailed = (...details: unknown[]) => ({ authorization_details: details });

  it('accepts one that covers the request', async () => {
    const { ask } = createWorld(route);
    expect((await ask(detailed(covering))).status).toBe(200);
    expect((await ask(detailed({ type: 'other' }, { type: 'building' }, covering))).status).toBe(
      200,
    );
    expect(asked.at(-1)).toMatchObject({
      subject: 'usr_ada',
      action: 'view',
      resource: { id: '1' },
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['none', {}],
    ['an empty list', detailed()],
    ['another resource', detailed({ ...covering, buildings: ['2'] })],
    ['another action', detailed({ ...covering, actions: ['change'] })],
    ['another type', detailed({ ...covering, type: 'buildings' })],
    ['the parts in two', detailed({ ...covering, buildings: [] }, { ...covering, actions: [] })],
    ['members of other types', detailed({ type: 'building', buildings: '1', actions: 'view' })],
  ])('refuses %s with 403', async (_name, claims) => {
    const { status, reason, challenge } = await createWorld(route).ask(claims);
    expect([status, reason]).toEqual([403, 'detail_insufficient']);
    expect(challenge).toContain('error="insufficient_scope"');
  });

  it.each([
    null,
    'all',
    {},
    7,
    [null],
    ['building'],
    [[]],
    [{}],
    [{ type: 1 }],
    [covering, { type: null }],
  ])('refuses a token whose details are %j, as every route does', async (details) => {
    const claims = { authorization_details: details };
    for (const options of [route, {}]) {
      const { status, reason } = await createWorld(options as RouteOptions<unknown, Building>).ask(
        claims,
      );
      expect([status, reason]).toEqual([401, 'token_malformed']);
    }
  });

  it('refuses a caller if the check of the detail fails or returns anything but true', async () => {
    const failing = { type: 'building', covers: () => JSON.parse('{') as boolean };
    expect((await createWorld({ detail: failing }).ask(detailed(covering))).status).toBe(500);
    const vague = { type: 'building', covers: () => 'yes' as never };
    expect((await createWorld({ detail: vague }).ask(detailed(covering))).status).toBe(403);
    const late = { type: 'building', covers: (async () => true) as never };
    expect((await createWorld({ detail: late }).ask(detailed(covering))).status).toBe(403);
  });

  it('also keeps its other requirements', async () => {
    class Buildings implements DetailType<undefined> {
      readonly type = 'building';
      readonly #open = true;
      covers(): boolean {
        return this.#open;
      }
    }
    expect((await createWorld({ detail: new Buildings() }).ask(detailed(covering))).status).toBe(
      200,
    );
  });

  it('checks details after the resource, and before the decision', async () => {
    const order: string[] = [];
    const covers = () => order.push('detail') > 0;
    await createWorld({
      resource: () => ({ order: order.push('resource') }),
      detail: { type: 'building', covers },
      can: () => order.push('can') > 0,
    }).ask(detailed(covering));
    expect(order).toEqual(['resource', 'detail', 'can']);
  });
});

describe('a decision', () => {
  it.each([
    ['true', true],
    ['a verdict', { allowed: true, why: 'owner' }],
    ['a late verdict', Promise.resolve({ allowed: true })],
  ])('of %s permits the request', async (_name, verdict) => {
    expect((await createWorld({ can: () => verdict }).ask()).status).toBe(200);
  });

  it.each([
    ['false', false],
    ['nothing', undefined],
    ['null', null],
    ['1', 1],
    ['a text', 'true'],
    ['an empty object', {}],
    ['a verdict without a word', { why: 'owner' }],
    ['a verdict in text', { allowed: 'true' }],
    ['a list', [true]],
    ['a late nothing', Promise.resolve(undefined)],
    ['a late no', Promise.resolve({ allowed: false })],
  ])('of %s is 403', async (_name, verdict) => {
    const { status, reason } = await createWorld({ can: () => verdict as never }).ask();
    expect([status, reason]).toEqual([403, 'resource_forbidden']);
  });

  it('writes its reason only to the log', async () => {
    const { ask, events } = createWorld({
      can: async () => ({ allowed: false, why: 'policy 17 forbids' }),
    });
    const { headers, body } = await ask();
    expect(events.at(-1)).toMatchObject({
      reason: 'resource_forbidden',
      note: 'policy 17 forbids',
    });
    expect(JSON.stringify([headers, body])).not.toContain('policy 17');
  });

  it.each([
    [
      'at once',
      () => {
        throw new GuardRefusal('decision_unavailable', { note: 'pdp' });
      },
    ],
    ['late', async () => Promise.reject(new GuardRefusal('decision_unavailable', { note: 'pdp' }))],
  ] as const)('that cannot be had, %s, keeps its reason', async (_name, can) => {
    const { ask, events } = createWorld({ can });
    const { status, reason } = await ask();
    expect([status, reason]).toEqual([503, 'decision_unavailable']);
    expect(events.at(-1)).toMatchObject({
      note: 'pdp',
      subject: 'usr_ada',
      clientId: 'heatlens',
      issuer,
    });
  });

  it.each([
    ['an error', new TypeError('secret')],
    ['an error about some token', new JwtError('token_expired')],
    ['a text', 'secret'],
    ['nothing', undefined],
  ])('that throws %s is a fault of the API, and permits nothing', async (_name, thrown) => {
    const worlds = [
      createWorld({
        can: () => {
          throw thrown;
        },
      }),
      createWorld({ can: async () => Promise.reject(thrown) }),
      createWorld({
        resource: () => {
          throw thrown;
        },
      }),
      createWorld({ resource: async () => Promise.reject(thrown) }),
    ];
    for (const { ask, events } of worlds) {
      const { status, reason, challenge } = await ask();
      expect([status, reason, challenge]).toEqual([500, 'fault', undefined]);
      expect(events.at(-1)).toMatchObject({ reason: 'fault', subject: 'usr_ada' });
      expect(events.at(-1)?.error).toBe(thrown);
    }
  });

  it('waits for promises of other libraries', async () => {
    class Later {
      readonly value: unknown;
      constructor(value: unknown) {
        this.value = value;
      }
      // oxlint-disable-next-line unicorn/no-thenable -- what query builders of databases are
      then(done: (value: unknown) => void): void {
        done(this.value);
      }
    }
    const later = (value: unknown) => new Later(value) as never;
    expect((await createWorld({ resource: () => later(undefined) }).ask()).status).toBe(404);
    expect((await createWorld({ can: () => later(true) }).ask()).status).toBe(200);
    expect((await createWorld({ can: () => later(false) }).ask()).status).toBe(403);
  });
});

describe('the event of a refusal', () => {
  it('names each missing scope, and no other', async () => {
    const { ask, events } = createWorld({ scope: 'buildings:read buildings:write boxes:close' });
    await ask();
    expect(events.at(-1)?.note).toBe('missing: buildings:write boxes:close');
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'the audience',
      { aud: 'https://other.example' },
      `aud is "https://other.example", not "${audience}"`,
    ],
    ['each audience', { aud: ['a', 'b'] }, `aud is ["a","b"], not "${audience}"`],
    ['that there is no audience', { aud: undefined }, `aud is missing, not "${audience}"`],
    [
      'the issuer',
      { iss: 'https://other.example' },
      `iss is "https://other.example", not "${issuer}"`,
    ],
    ['that there is no issuer', { iss: undefined }, `iss is missing, not "${issuer}"`],
    [
      'an issuer with control characters, in one line',
      { iss: 'a\nrefused 200 \u001b[2J' },
      `iss is "a\\nrefused 200 \\u001b[2J", not "${issuer}"`,
    ],
  ])('names the received value and the expected value: %s', async (_name, claims, note) => {
    const { ask, events } = createWorld({});
    const reply = await ask(claims);
    expect(events.at(-1)?.note).toBe(note);
    // Only the log has it. The catalogue determines what a caller may learn.
    expect(reply.body).not.toContain('other.example');
  });

  it('shows at most 200 characters of a received value', async () => {
    const { ask, events } = createWorld({});
    for (const claims of [{ aud: 'a'.repeat(5000) }, { iss: 'a'.repeat(5000) }]) {
      await ask(claims);
      expect(events.at(-1)?.note?.length).toBeLessThan(300);
    }
  });

  it('names the caller, the reason and the path, without the query', async () => {
    const { ask, events } = createWorld({ scope: 'buildings:write', action: 'change' });
    await ask();
    expect(events).toEqual([
      {
        reason: 'scope_insufficient',
        status: 403,
        decision: expect.stringMatching(/^[\da-f-]{36}$/),
        issuer,
        subject: 'usr_ada',
        clientId: 'heatlens',
        tokenId: 'token-1',
        action: 'change',
        scope: 'buildings:write',
        note: 'missing: buildings:write',
        method: 'PUT',
        path: '/buildings/1',
      },
    ]);
  });

  it('names no caller for an invalid token', async () => {
    const { ask, events } = createWorld({});
    await ask({ exp: seconds - 100 });
    expect(events.at(-1)).not.toHaveProperty('subject');
    expect(events.at(-1)).toMatchObject({ reason: 'token_expired', path: '/buildings/1' });
  });
});

describe('invalid options of a route are refused', () => {
  it.each([
    { optional: true, acr: ['mfa'] },
    { optional: true, maxAgeSeconds: 1 },
    { optional: true, detail: { type: 'a', covers: () => true } },
    { scopes: ['a'] },
    { Can: () => true },
    { plainApiKey: true },
    { optional: 'false' },
    { queryToken: 1 },
    { formToken: null },
    { apiKeys: 'no' },
    // The result of a typing error in `can: rules.mayRaed`.
    { can: undefined },
    { scope: undefined },
    { detail: undefined, scope: 'a' },
    { resource: undefined },
  ])('%j', (options) => {
    const guard = createGuard({ issuer, audience });
    expect(() => guard.route(options as never)).toThrow(TypeError);
  });
});
