/**
 * Single-use values are used a hundred times at the same moment: at three nodes the answer to a
 * consent page and the sealed request after a sign-in, and at an API a sealed API key. (Test 1 has
 * codes. The file beside this one has protocol extensions.) Attempts of a password may be used more
 * than once, but are counted in the same way.
 */
import { generateDecryptionKey } from '@keywright/jwt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillForm, findForm } from '../interop/html-form.ts';
import { createApiKeyFetch } from '../packages/client/src/index.ts';
import { createGuard, type Guard } from '../packages/guard/src/index.ts';
import { authorizationTarget, codeOf, type Cookies, signIn, visit } from './actors.ts';
import { ada, api, apiClient, grace, ownClient, service, webClient } from './cast.ts';
import { scaled } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import type { Answer } from './http.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { assertOnce, uses } from './once.ts';
import { record } from './report.ts';

const handles = scaled(20);
/** The number of simultaneous attempts for one account from one network. Further ones wait. */
const triesAtOnce = 10;
const verifier = 'v'.repeat(43);

describeOnBothEngines('What may be used once', (engine) => {
  let nodes: Nodes;

  beforeAll(async () => {
    nodes = await startNodes({ engine, count: 3 });
  });
  afterAll(() => nodes?.stop());

  const place = (index: number) => nodes.nodes[index % 3]!;
  const isCode = (answer: Answer) => codeOf(answer) !== undefined;
  const many = (use: (index: number) => Promise<{ readonly answer: Answer }>) =>
    Promise.all(Array.from({ length: uses }, async (_, index) => (await use(index)).answer));

  it('is the answer to a consent page', async () => {
    const session = await signIn(place(0));
    const target = authorizationTarget(verifier, webClient, { prompt: 'consent' });
    const answers = await forEach(handles, 2, async (number) => {
      const { answer } = await visit(place(number), target, session);
      const page = await visit(place(number), answer.headers.location ?? '', session);
      const form = fillForm(findForm(page.answer.body, 'allow'), 'allow');
      return many((index) => visit(place(number + index), '/consent', page.cookies, { form }));
    });
    assertOnce(engine, 'one consent page answered at 3 nodes', answers, isCode);
  });

  it('is the sealed request that comes back from signing in', async () => {
    const answers = await forEach(handles, 1, async (number) => {
      const { cookies, target } = await signInFor(number);
      return many((index) => visit(place(number + index), target, cookies));
    });
    assertOnce(engine, 'one sealed request back from sign-in at 3 nodes', answers, isCode);
  });

  /** The address after the sign-in, with its cookies. */
  async function signInFor(
    number: number,
  ): Promise<{ readonly cookies: Cookies; readonly target: string }> {
    const { answer } = await visit(
      place(number),
      authorizationTarget(verifier, ownClient),
      new Map(),
    );
    const page = await visit(place(number), answer.headers.location ?? '', new Map());
    const values = { email: ada.email, password: ada.password };
    const form = fillForm(findForm(page.answer.body, 'signin'), 'signin', { values });
    const done = await visit(place(number + 1), '/sign-in', page.cookies, { form });
    return { cookies: done.cookies, target: done.answer.headers.location ?? '' };
  }

  async function addApiKey(): Promise<string> {
    const what = [
      '--client',
      service.id,
      '--environment',
      'test',
      '--name',
      'Roof',
      '--scope',
      service.scope,
    ];
    const { out } = await nodes.command(['api-keys', 'add', ...what, '--json']);
    return JSON.parse(out).api_key;
  }

  /** The request that a caller sends, with the key sealed for it. */
  async function sealRequest(guard: Guard, apiKey: string): Promise<Request> {
    const { promise: sent, resolve } = Promise.withResolvers<Request>();
    const call = createApiKeyFetch({
      apiKey,
      resource: api,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const document = guard.wellKnown(new URL(request.url).pathname);
        if (document !== undefined) return new Response(document.body, document);
        resolve(request);
        return new Response();
      },
    });
    await call(`${api}/buildings`);
    return sent;
  }

  it('is a sealed API key, at the API', async () => {
    const issuer = { issuer: nodes.issuer, client: apiClient };
    const apiKeys = { decryptionKeys: [generateDecryptionKey()] };
    const guard = createGuard({ audience: api, issuer, apiKeys });
    const open = guard.fetch({ scope: service.scope }, () => new Response());
    const apiKey = await addApiKey();
    const answers = await forEach(handles, 1, async () => {
      const request = await sealRequest(guard, apiKey);
      const use = () => open(new Request(request), { remoteAddress: '192.0.2.7' });
      return Promise.all(Array.from({ length: uses }, use));
    });
    assertOnce(
      engine,
      'one sealed API key sent to its API',
      answers,
      ({ status }) => status === 200,
    );
  });

  it('and parallel tries of a password count one by one', async () => {
    const page = await visit(place(0), '/sign-in', new Map());
    const values = { email: grace.email, password: 'not the one' };
    const form = fillForm(findForm(page.answer.body, 'signin'), 'signin', { values });
    const answers = await many((index) => visit(place(index), '/sign-in', page.cookies, { form }));
    const tried = answers.filter(({ status }) => status === 401).length;
    const refused = answers.filter(({ status }) => status === 429 || status === 503).length;
    record({
      test: 4,
      title: `${uses} wrong passwords for one account, 3 nodes`,
      engine,
      asked: `at most ${triesAtOnce} are checked`,
      reached: `${tried} tried, ${refused} put off`,
      passed: tried <= triesAtOnce && tried + refused === uses,
    });
    expect(tried).toBeLessThanOrEqual(triesAtOnce);
    expect(tried + refused).toBe(uses);
  });
});
