/**
 * Single-use values of protocol extensions are used a hundred times at the same moment at three
 * nodes. They are used again after the signing keys were rotated and every process was killed and
 * restarted, because no process may hold this state.
 */
import { randomUUID } from 'node:crypto';
import { makeInitialToken } from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { cibaGrant, deviceCodeGrant, jwtBearerGrant } from '@keywright/wire';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillForm, findForm } from '../interop/html-form.ts';
import { systemClock, systemRandom } from '../packages/server/src/ports.ts';
import { addPersons, authorizationTarget, codeOf, type Person, post, visit } from './actors.ts';
import { ada, configuration, ownClient, service } from './cast.ts';
import { scaled } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { type Answer, send } from './http.ts';
import { type Nodes, sealingKey, startNodes } from './nodes.ts';
import { assertOnce, uses } from './once.ts';
import { record } from './report.ts';
import { authenticateBy, createSigner, type Signer } from './signers.ts';

const handles = scaled(20);
const verifier = 'v'.repeat(43);
const otherIssuer = 'https://hr.partner.example';
const television = { id: 'television', scope: 'openid buildings:read' };
const desk = { id: 'desk', secret: 'd'.repeat(43), scope: 'openid buildings:read' };
const signingDesk = { ...desk, id: 'signing-desk' };
const signingService = { id: 'signing-thermometer', scope: service.scope };
const sync = { id: 'sync', secret: 's'.repeat(43), scope: service.scope };

function settingsFor({ jwks }: Signer) {
  const app = { kind: 'web', trust: 'first-party' };
  const machine = { kind: 'service', trust: 'first-party' };
  const clientOf = ({ id, secret, scope }: { id: string; secret?: string; scope: string }) => ({
    client_id: id,
    client_name: id,
    scope,
    ...(secret === undefined ? {} : { client_secret: secret }),
  });
  return {
    features: {
      device_authorization: true,
      backchannel_authentication: true,
      jwt_assertions: true,
      registration: 'initial-token',
    },
    assertion_issuers: [{ issuer: otherIssuer, jwks, subjects: 'account_email' }],
    accounts: [{ ...ada, email_verified: true }],
    clients: [
      ...configuration.clients,
      {
        ...clientOf(television),
        ...app,
        kind: 'native',
        grant_types: [deviceCodeGrant, 'refresh_token'],
      },
      { ...clientOf(desk), ...app, grant_types: [cibaGrant] },
      {
        ...clientOf(signingDesk),
        ...app,
        grant_types: [cibaGrant],
        jwks,
        backchannel_authentication_request_signing_alg: 'ES256',
      },
      {
        ...clientOf(signingService),
        ...machine,
        token_endpoint_auth_method: 'private_key_jwt',
        jwks,
      },
      {
        ...clientOf(sync),
        ...machine,
        grant_types: ['client_credentials', jwtBearerGrant],
        assertion_issuers: [otherIssuer],
      },
    ],
  };
}

/** A request that succeeds once. */
type Use = (place: number) => Promise<Answer>;

const isGiven = ({ status }: Answer) => status === 200 || status === 201;
const isCode = (answer: Answer) => codeOf(answer) !== undefined;
const textOf = (answer: Answer, member: string): string => {
  const value = (JSON.parse(answer.body) as Readonly<Record<string, unknown>>)[member];
  if (typeof value !== 'string') throw new Error(`no ${member}: ${answer.status} ${answer.body}`);
  return value;
};

describeOnBothEngines('What extensions give or take for one use', (engine) => {
  let nodes: Nodes;
  let people: readonly Person[];
  let others: readonly Person[];
  let signer: Signer;

  beforeAll(async () => {
    signer = await createSigner();
    nodes = await startNodes({ engine, count: 3, settings: settingsFor(signer) });
    people = await addPersons(nodes, handles);
    others = await addPersons(nodes, handles);
  });
  afterAll(() => nodes?.stop());

  const place = (index: number) => nodes.nodes[index % 3]!;
  const race = (use: Use, first: number) =>
    Promise.all(Array.from({ length: uses }, (_, index) => use(first + index)));

  /** Each value is made, and used by all callers at once, one after the other. */
  async function assertUsedOnce(
    what: string,
    make: (number: number) => Use | Promise<Use>,
    isSuccess: (answer: Answer) => boolean = isGiven,
  ): Promise<void> {
    const answers = await forEach(handles, 1, async (number) => race(await make(number), number));
    assertOnce(engine, `${what} at 3 nodes`, answers, isSuccess);
  }

  async function askAsDevice(number: number) {
    const form = { client_id: television.id, scope: television.scope };
    const answer = await send(`${place(number).address}/device_authorization`, { form });
    return { deviceCode: textOf(answer, 'device_code'), userCode: textOf(answer, 'user_code') };
  }

  /**
   * The user types the code, as often as the page asks. Returns the address of the page that asks,
   * if there is one.
   */
  async function typeCode(number: number, userCode: string, { cookies }: Person, times: number) {
    const page = await visit(place(number), '/device', cookies);
    const values = { 'user-code': userCode };
    const form = fillForm(findForm(page.answer.body, 'user-code'), 'continue', { values });
    const typed = await Promise.all(
      Array.from({ length: times }, (_, index) =>
        visit(place(number + index), '/device', page.cookies, { form }),
      ),
    );
    const led = typed.map(({ answer }) => answer).filter(({ status }) => status === 303);
    return { cookies: page.cookies, targets: led.map(({ headers }) => headers.location ?? '') };
  }

  async function reachConfirmation(number: number, userCode: string) {
    const { cookies, targets } = await typeCode(number, userCode, people[number]!, 1);
    const page = await visit(place(number), targets[0] ?? '', cookies);
    const form = fillForm(findForm(page.answer.body, 'allow'), 'allow');
    return async (at: number) =>
      (await visit(place(at), '/device/confirm', page.cookies, { form })).answer;
  }

  const isAllowed = ({ headers }: Answer) => headers.location?.includes('/device/done') === true;

  it('is a device code that two people type: it is the first one’s', async () => {
    const owners = await forEach(handles, 1, async (number) => {
      const { userCode } = await askAsDevice(number);
      const both = [people[number]!, others[number]!].map((person, index) =>
        typeCode(number + index, userCode, person, uses / 2),
      );
      return (await Promise.all(both)).filter(({ targets }) => targets.length > 0).length;
    });
    const once = owners.filter((number) => number === 1).length;
    record({
      test: 4,
      title: `one device code entered by two users at 3 nodes, ${handles} × ${uses}`,
      engine,
      asked: 'for each code, only one user is asked',
      reached: `${once} of ${handles} asked one person`,
      passed: once === handles,
    });
    expect(owners).toEqual(owners.map(() => 1));
  });

  it('is the page by which a device is allowed', async () => {
    const make = async (number: number) =>
      reachConfirmation(number, (await askAsDevice(number)).userCode);
    await assertUsedOnce('one page that allows a device answered', make, isAllowed);
  });

  it('is a device code', async () => {
    const alive: boolean[] = [];
    const answers = await forEach(handles, 1, async (number) => {
      const { deviceCode, userCode } = await askAsDevice(number);
      const allow = await reachConfirmation(number, userCode);
      if (!isAllowed(await allow(number))) throw new Error('the device was not allowed');
      const form = {
        grant_type: deviceCodeGrant,
        device_code: deviceCode,
        client_id: television.id,
      };
      const all = await race((at) => send(`${place(at).address}/token`, { form }), number);
      const won = all.find(isGiven);
      const refresh = {
        grant_type: 'refresh_token',
        refresh_token: won === undefined ? '' : textOf(won, 'refresh_token'),
        client_id: television.id,
      };
      alive.push(isGiven(await send(`${place(number).address}/token`, { form: refresh })));
      return all;
    });
    assertOnce(engine, 'one device code redeemed at 3 nodes', answers, isGiven);
    // As with a code that is used twice: the thief cannot use the tokens.
    expect(alive).toEqual(alive.map(() => false));
  });

  const askFromAfar = (number: number, form: Readonly<Record<string, string>>, client = desk) =>
    post(place(number), '/bc-authorize', client, form);

  it('is an auth_req_id', async () => {
    await assertUsedOnce('one auth_req_id redeemed', async (number) => {
      const { email, cookies } = people[number]!;
      const asked = await askFromAfar(number, { scope: desk.scope, login_hint: email });
      const page = await visit(place(number), '/account', cookies);
      const form = fillForm(findForm(page.answer.body, 'request-0-allow'), 'request-0-allow');
      await visit(place(number + 1), '/account/answer', page.cookies, { form });
      const token = { grant_type: cibaGrant, auth_req_id: textOf(asked, 'auth_req_id') };
      return (at) => post(place(at), '/token', desk, token);
    });
  });

  const signRequest = ({ email }: Person): Use => {
    const claims = { scope: desk.scope, login_hint: email };
    const request = signer.sign('oauth-authz-req+jwt', {
      iss: signingDesk.id,
      aud: nodes.issuer,
      ...claims,
    });
    return (at) => askFromAfar(at, { request }, signingDesk);
  };

  it('is a signed backchannel request', async () => {
    await assertUsedOnce('one signed backchannel request sent', (number) =>
      signRequest(people[number]!),
    );
  });

  const push = async (number: number): Promise<Use> => {
    const { searchParams } = new URL(authorizationTarget(verifier), nodes.issuer);
    const pushed = await post(place(number), '/par', ownClient, Object.fromEntries(searchParams));
    const query = new URLSearchParams({
      client_id: ownClient.id,
      request_uri: textOf(pushed, 'request_uri'),
    });
    return async (at) =>
      (await visit(place(at), `/authorize?${query}`, people[number]!.cookies)).answer;
  };

  it('is a pushed request', async () => {
    await assertUsedOnce('one pushed request answered', push, isCode);
  });

  const credentials = { grant_type: 'client_credentials', scope: service.scope };

  const prove = (): Use => {
    const headers = { dpop: signer.prove(`${nodes.issuer}/token`) };
    return (at) => post(place(at), '/token', service, credentials, { headers });
  };

  it('is a DPoP proof', async () => {
    await assertUsedOnce('one DPoP proof sent', prove);
  });

  const assertClient = (): Use => {
    const form = { ...credentials, ...authenticateBy(signer, signingService.id, nodes.issuer) };
    return (at) => send(`${place(at).address}/token`, { form });
  };

  it('is a client assertion', async () => {
    await assertUsedOnce('one client assertion sent', assertClient);
  });

  const assertPerson = (): Use => {
    const claims = { iss: otherIssuer, aud: nodes.issuer, sub: ada.email };
    const form = { grant_type: jwtBearerGrant, assertion: signer.sign('JWT', claims) };
    return (at) => post(place(at), '/token', sync, form);
  };

  it('is an assertion that is a grant', async () => {
    await assertUsedOnce('one assertion sent as a grant', assertPerson);
  });

  const register = (): Use => {
    const vault = createVault(Buffer.from(sealingKey, 'base64'));
    const ports = { vault, clock: systemClock, random: systemRandom, events: { emit: () => {} } };
    const { token } = makeInitialToken(ports, { expiresInSeconds: 3600, uses: 1 });
    const headers = { authorization: `Bearer ${token}` };
    const json = { redirect_uris: ['https://app.example/cb'], client_name: `App ${randomUUID()}` };
    return (at) => send(`${place(at).address}/register`, { headers, json });
  };

  it('is an initial access token for one', async () => {
    await assertUsedOnce('one initial access token used', register);
  });

  /** A used one, and an unused one. */
  async function useUp(make: () => Use) {
    const [used, fresh] = [make(), make()];
    expect(isGiven(await used(0))).toBe(true);
    return { used, fresh };
  }

  it('and stays used when keys are rotated and every process is killed', async () => {
    // At most two requests of one client may wait for one user at the same time.
    const makers = [() => signRequest(others[0]!), prove, assertClient, assertPerson, register];
    const kinds = await Promise.all(makers.map(useUp));
    expect((await nodes.command(['keys', 'rotate'])).code).toBe(0);
    await Promise.all(nodes.nodes.map((node) => node.kill('SIGKILL')));
    for (const node of nodes.nodes) await node.restart();
    const again = await Promise.all(kinds.flatMap(({ used }) => [0, 1, 2].map(used)));
    const controls = await Promise.all(kinds.map(({ fresh }) => fresh(0)));
    const taken = again.filter(isGiven).length;
    const good = controls.filter(isGiven).length;
    record({
      test: 4,
      title: 'used values again, after a rotation of the keys and kill -9 of 3 nodes',
      engine,
      asked: 'all refused, and unused values accepted',
      reached: `${again.length - taken} of ${again.length} refused (${kinds.length} kinds at each node), ${good} of ${controls.length} that were not used are taken`,
      passed: taken === 0 && good === controls.length,
    });
    expect(
      again.map(({ status }) => status).filter((status) => status >= 500 || status < 300),
    ).toEqual([]);
    expect(controls.map(({ status, body }) => (status < 300 ? '' : body)).join('')).toBe('');
  });
});
