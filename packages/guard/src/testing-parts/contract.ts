/** What every adapter must do, over real HTTP: the same answers with 401 and 403. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  challengeOf,
  realm,
  createStage,
  type Current,
  type Mount,
  type Stage,
} from './fixture.ts';
import { describeDocuments } from './document-contract.ts';
import {
  describeBodies,
  describeFacts,
  describeFloods,
  describeHandlers,
  describeMethods,
  describeNames,
} from './request-contract.ts';
import {
  describeBadToken,
  describeMissingToken,
  describeSourceRefusals,
  describeSources,
} from './token-contract.ts';

/** `parsesFirst`: a parser of the framework reads bodies before the guard runs. */
export function describeGuardContract(adapter: string, mount: Mount, parsesFirst = false): void {
  describe(`the guard on ${adapter}`, () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await createStage(mount);
    });
    afterAll(() => stage.served.close());
    const current = () => stage;
    describeAdmission(current);
    describeOpenRoute(current);
    describeMissingToken(current);
    describeBadToken(current);
    describeSources(current);
    describeSourceRefusals(current);
    describeForbidden(current);
    describeDecisions(current);
    describeFaults(current);
    describeFacts(current);
    describeMethods(current);
    describeHandlers(current);
    describeFloods(current);
    describeNames(current);
    if (!parsesFirst) describeBodies(current);
    describeDocuments(current);
  });
}

function describeAdmission(current: Current): void {
  it('tells a route who calls', async () => {
    const { ask, issuer } = current();
    const reply = await ask('/read', { headers: bearer(issuer.token()) });
    expect(reply.status).toBe(200);
    expect(reply.body['caller']).toEqual({
      kind: 'user',
      credential: 'access_token',
      issuer: 'https://issuer.example',
      subject: 'usr_ada',
      clientId: 'heatlens',
      scopes: ['buildings:read'],
      tokenId: 'token-1',
    });
  });

  it('knows a service by its subject being itself', async () => {
    const { ask, issuer } = current();
    const token = issuer.token({ sub: 'collector', client_id: 'collector' });
    expect((await ask('/plain', { headers: bearer(token) })).body['caller']).toMatchObject({
      kind: 'service',
    });
  });

  it.each(['bearer', 'BEARER', 'Bearer ', 'bEaReR  '])(
    'takes the scheme as "%s"',
    async (scheme) => {
      const { ask, issuer } = current();
      expect((await ask('/read', { headers: bearer(issuer.token(), scheme) })).status).toBe(200);
    },
  );

  it('lets the same token through again and again, and keeps two tokens apart', async () => {
    const { ask, issuer } = current();
    const tokens = ['usr_ada', 'usr_bob'].map((sub) => issuer.token({ sub }));
    for (const token of [...tokens, ...tokens, ...tokens, ...tokens]) {
      const { body } = await ask('/read', { headers: bearer(token) });
      expect((body['caller'] as { subject: string }).subject).toBe(
        token === tokens[0] ? 'usr_ada' : 'usr_bob',
      );
    }
  });
}

function describeOpenRoute(current: Current): void {
  it('lets a request without a token through where a route says so, but not a bad token', async () => {
    const { ask, issuer } = current();
    expect((await ask('/open')).body['caller']).toBeUndefined();
    expect((await ask('/open', { headers: bearer(issuer.token()) })).body['caller']).toBeDefined();
    expect((await ask('/open', { headers: bearer('bad') })).status).toBe(401);
  });
}

function describeForbidden(current: Current): void {
  it('answers 403 with the needed scope when the token lacks it (RFC 6750 §3.1)', async () => {
    const { ask, issuer, events } = current();
    const reply = await ask('/both', { headers: bearer(issuer.token()) });
    expect([reply.status, reply.body['reason'], reply.body['error']]).toEqual([
      403,
      'scope_insufficient',
      'insufficient_scope',
    ]);
    expect(challengeOf(reply)).toBe(
      `${realm}, error="insufficient_scope", error_description="The access token does not have the scope that this request needs.", scope="buildings:read buildings:write"`,
    );
    expect(events.at(-1)).toMatchObject({
      subject: 'usr_ada',
      clientId: 'heatlens',
      tokenId: 'token-1',
    });
  });

  it.each(['', 'buildings', 'buildings:readx', 'BUILDINGS:READ', 'xbuildings:read'])(
    'does not take scope "%s" for buildings:read',
    async (scope) => {
      const { ask, issuer } = current();
      expect((await ask('/read', { headers: bearer(issuer.token({ scope })) })).status).toBe(403);
    },
  );
}

function describeDecisions(current: Current): void {
  it.each(['/buildings', '/late'])(
    'decides by subject, action and resource at %s',
    async (path) => {
      const { ask, issuer, events } = current();
      const ada = { headers: bearer(issuer.token()) };
      expect((await ask(`${path}/1`, ada)).body['resource']).toEqual({ id: '1', owner: 'usr_ada' });
      const foreign = await ask(`${path}/2`, ada);
      expect([foreign.status, foreign.body['reason'], foreign.body['error']]).toEqual([
        403,
        'resource_forbidden',
        'access_denied',
      ]);
      expect(challengeOf(foreign)).toBeUndefined();
      expect(events.at(-1)).toMatchObject({ reason: 'resource_forbidden', subject: 'usr_ada' });
      const service = {
        headers: bearer(issuer.token({ sub: 'collector', client_id: 'collector' })),
      };
      expect((await ask(`${path}/2`, service)).status).toBe(200);
    },
  );

  it.each(['/buildings', '/late'])('answers 404 at %s only to who may ask', async (path) => {
    const { ask, issuer } = current();
    const missing = await ask(`${path}/3`, { headers: bearer(issuer.token()) });
    expect([missing.status, missing.body['reason']]).toEqual([404, 'path_unknown']);
    expect((await ask(`${path}/3`)).status).toBe(401);
    expect((await ask(`${path}/3`, { headers: bearer(issuer.token({ scope: '' })) })).status).toBe(
      403,
    );
  });
}

function describeFaults(current: Current): void {
  it.each(['/fault', '/late-fault'])(
    'lets nobody through when the decision at %s fails',
    async (path) => {
      const { ask, issuer, events } = current();
      const reply = await ask(path, { headers: bearer(issuer.token()) });
      expect([reply.status, reply.body['reason']]).toEqual([500, 'fault']);
      expect(reply.text).not.toContain('secret');
      expect(String(events.at(-1)?.error)).toContain('secret');
    },
  );

  it('lets nobody through when a decision decides nothing', async () => {
    const { ask, issuer } = current();
    expect((await ask('/vague', { headers: bearer(issuer.token()) })).status).toBe(403);
  });
}
