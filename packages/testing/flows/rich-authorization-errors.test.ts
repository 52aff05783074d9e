import { registerApi, registerClient } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  allowTicked,
  createWithDetails,
  detailApis,
  detailClients,
  obtainWithDetails,
  payment,
  reachConsent,
  reading,
} from './details-setting.ts';
import {
  authorizeLink,
  billing,
  buildings,
  redeem,
  refresh,
  tokensOf,
  type Words,
} from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createWithDetails();
  browser = platform.browser();
});
afterEach(() => platform.close());

async function errorOf(words: Words): Promise<string | null> {
  const { location } = await browser.get(authorizeLink(words));
  return location.searchParams.get('error');
}

const good = reading('b-1');
const details = (value: unknown) => ({ authorization_details: JSON.stringify(value) });

describe('authorization details that are refused (RFC 9396 §5)', () => {
  it.each<[string, Words, string]>([
    ['no JSON', { authorization_details: '[' }, 'The text is not JSON.'],
    [
      'two members of one name',
      { authorization_details: '[{"type":"payment","type":"building_access"}]' },
      'The text has two members with the same name.',
    ],
    [
      'nested without an end',
      { authorization_details: '['.repeat(100) + ']'.repeat(100) },
      'The text is nested too deeply.',
    ],
    [
      'longer than 4096 bytes',
      details([{ ...good, note: 'x'.repeat(4096) }]),
      'They are longer than 4096 bytes.',
    ],
    ['an object instead of an array', details(good), 'They must be an array of 1 to 20 objects.'],
    ['an empty array', details([]), 'They must be an array of 1 to 20 objects.'],
    [
      'more than twenty',
      details(Array.from({ length: 21 }, () => ({ type: payment }))),
      'They must be an array of 1 to 20 objects.',
    ],
    ['no object', details(['building_access']), '[0] must be an object with a type.'],
    ['no type', details([{ actions: ['read'] }]), '[0] must be an object with a type.'],
    [
      'a type that is no string',
      details([{ ...good, type: ['building_access'] }]),
      '[0] must be an object with a type.',
    ],
    [
      'an unknown type',
      details([{ ...good, type: 'all_access' }]),
      '[0] has a type that is unknown or that this client may not use.',
    ],
    [
      'an unknown member',
      details([{ ...good, everything: true }]),
      '[0] has a member that its type does not have.',
    ],
    [
      'a member of the prototype',
      { authorization_details: '[{"type":"building_access","__proto__":{}}]' },
      '[0] has a member that its type does not have.',
    ],
    [
      'a required member missing',
      details([{ type: good.type, actions: ['read'] }]),
      '[0].buildings is required.',
    ],
    [
      'a value of another type',
      details([{ ...good, buildings: 'b-1' }]),
      '[0].buildings must be an array of 1 to 12 strings.',
    ],
    [
      'a value that is not among those declared',
      details([{ ...good, actions: ['delete'] }]),
      '[0].actions[] has a value that its type does not allow.',
    ],
    [
      'an empty list, which might be read as all',
      details([{ ...good, actions: [] }]),
      '[0].actions must be an array of 1 to 50 strings.',
    ],
    ['a value twice', details([reading('b-1', 'b-1')]), '[0].buildings names a value twice.'],
    [
      'too many values',
      details([reading(...Array.from({ length: 13 }, (_, index) => `b-${index}`))]),
      '[0].buildings must be an array of 1 to 12 strings.',
    ],
    [
      'a string that is too long',
      details([reading('b'.repeat(41))]),
      '[0].buildings[] must be a string of 1 to 40 characters.',
    ],
    [
      'text that turns around at consent',
      details([reading('b-\u202e1')]),
      '[0].buildings[] must not have control or invisible characters.',
    ],
    [
      'a fraction',
      details([{ type: payment, amount: { value: 1.5, currency: 'EUR' }, creditor: 'x' }]),
      '[0].amount.value must be a whole number within the limits.',
    ],
    [
      'below the minimum',
      details([{ type: payment, amount: { value: 0, currency: 'EUR' }, creditor: 'x' }]),
      '[0].amount.value must be a whole number within the limits.',
    ],
    [
      'another API’s location',
      details([{ ...good, locations: [billing] }]),
      '[0].locations[] has a value that its type does not allow.',
    ],
    [
      'another API than the resource named',
      { ...details([good]), resource: billing, scope: 'openid' },
      'One does not belong to the requested resource.',
    ],
    [
      'a response type that gives no code',
      {
        ...details([good]),
        response_type: 'token',
        client_id: 'spa',
        redirect_uri: 'https://spa.example/callback',
        scope: 'buildings:read',
        code_challenge: undefined,
      },
      'need a response type with a code and without an access token.',
    ],
    [
      'a client that is not registered for the type',
      { ...details([good]), client_id: 'native', redirect_uri: 'com.example.app:/callback' },
      '[0] has a type that is unknown or that this client may not use.',
    ],
  ])('because of: %s', async (_, words, told) => {
    const { location } = await browser.get(authorizeLink(words));
    const answer = new URLSearchParams(location.search + location.hash.replace('#', '&'));
    expect(answer.get('error')).toBe('invalid_authorization_details');
    expect(answer.get('error_description')?.split(/^authorization_details:? /)[1]).toBe(told);
  });

  it('without regard to a location that names their own API', async () => {
    const page = await reachConsent(
      platform,
      browser,
      details([{ ...good, locations: [buildings] }]),
    );
    expect(page.json['page']).toBe('consent');
  });

  it('together with a repeated parameter, before they are parsed', async () => {
    const twice = `${authorizeLink(details([good]))}&authorization_details=%5B%5D`;
    expect((await browser.get(twice)).location.searchParams.get('error')).toBe('invalid_request');
  });

  it('with consent_required for prompt=none', async () => {
    await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    expect(await errorOf({ ...details([reading('b-2')]), prompt: 'none' })).toBe(
      'consent_required',
    );
  });
});

describe('a consent form cannot add to the request:', () => {
  it('unknown boxes and scopes in the form are ignored', async () => {
    const page = await reachConsent(platform, browser, details([reading('b-1', 'b-2')]));
    const code = (await allowTicked(browser, page, ['1', '2', '-1', 'b-1'])).get('code') ?? '';
    expect((await redeem(platform, code)).json['authorization_details']).toEqual([reading('b-2')]);
  });

  it('a page that was answered cannot be answered again with other boxes', async () => {
    const page = await reachConsent(platform, browser, details([reading('b-1', 'b-2')]));
    await allowTicked(browser, page, ['0']);
    const again = await browser.post('/consent', {
      ...readForm(page),
      decision: 'allow',
      detail: ['0', '1'],
    });
    expect(again.reason).toBe('request_expired');
  });
});

describe('a token request for more details than were granted is refused, and nothing is spent (RFC 9396 §6):', () => {
  const tooMuch = [
    ['another building', [reading('b-3')]],
    ['another action', [{ ...reading('b-1'), actions: ['write'] }]],
    ['another type', [{ type: payment, amount: { value: 5, currency: 'EUR' }, creditor: 'x' }]],
    ['a member that was not granted', [{ ...reading('b-1'), note: 'x' }]],
  ] as const;

  it.each(tooMuch)('%s with a code', async (_, asked) => {
    const page = await reachConsent(platform, browser, details([reading('b-1', 'b-2')]));
    const code = (await allowTicked(browser, page, ['0', '1'])).get('code') ?? '';
    const refused = await redeem(platform, code, details(asked));
    expect([refused.json['error'], refused.reason]).toEqual([
      'invalid_authorization_details',
      'details_invalid',
    ]);
    expect((await redeem(platform, code)).status).toBe(200);
  });

  it.each(tooMuch)('%s at a refresh', async (_, asked) => {
    const answer = await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const { refresh_token: token } = tokensOf(answer);
    expect((await refresh(platform, token, details(asked))).json['error']).toBe(
      'invalid_authorization_details',
    );
    expect((await refresh(platform, token)).status).toBe(200);
  });

  it('a detail that was unticked cannot be requested', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1', 'b-2')], ['0'], {}, browser);
    const wide = await refresh(platform, tokensOf(answer).refresh_token, details([reading('b-2')]));
    expect(wide.json['error']).toBe('invalid_authorization_details');
  });

  it('a service gets no type that it is not registered for, and no details with the exchange of an API key', async () => {
    const form = { grant_type: 'client_credentials', ...details([good]) };
    expect((await platform.post('/token', form, 'buildings-api')).json['error']).toBe(
      'invalid_authorization_details',
    );
  });

  it('details of another API than the resource are refused', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const words = { ...details([reading('b-1')]), resource: billing };
    expect((await refresh(platform, tokensOf(answer).refresh_token, words)).status).toBe(400);
  });
});

describe('details are dropped at the next refresh when', () => {
  it('the API no longer declares their type', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const [api] = detailApis;
    if (api === undefined) throw new Error('no API');
    const { authorization_details_types: _, ...plain } = api;
    await platform.store.apis.save(registerApi(plain, { apis: [], origin: 'config' }));
    const { json } = await refresh(platform, tokensOf(answer).refresh_token);
    expect(json).not.toHaveProperty('authorization_details');
  });

  it('the client is no longer registered for their type', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('no client');
    const { settings: _, ...plain } = client;
    await platform.store.clients.save(plain);
    const { json } = await refresh(platform, tokensOf(answer).refresh_token);
    expect(json).not.toHaveProperty('authorization_details');
    expect(json['scope']).toBe('openid buildings:read');
  });
});

describe('when a grant is narrowed at the same moment,', () => {
  it('no code is issued for a detail that was just withdrawn', async () => {
    const racing = await createWithDetails({
      ports: ({ store }) => ({
        store: {
          ...store,
          codes: {
            ...store.codes,
            issue: async (issue, now) => {
              const grant = await store.grants.load(issue.code.accountId, issue.code.clientId);
              const [detail] = grant?.terms?.authorizationDetails ?? [];
              if (grant !== undefined && detail !== undefined)
                await store.grants.withdraw(grant.id, grant.accountId, detail, now);
              return store.codes.issue(issue, now);
            },
          },
        },
      }),
    });
    const own = racing.browser();
    await obtainWithDetails(racing, [good], ['0'], {}, own);
    const back = await reachConsent(racing, own, details([good]));
    expect(back.location.searchParams.get('error')).toBe('consent_required');
    await racing.close();
  });
});

describe('the declaration of a type of details is checked:', () => {
  const [api] = detailApis;
  const type = api?.authorization_details_types?.[0];
  function problemsOf(change: object): string {
    try {
      if (api === undefined || type === undefined) throw new Error('no type');
      const changed = { ...api, authorization_details_types: [{ ...type, ...change }] };
      registerApi(changed, { apis: [], origin: 'config' });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  }
  const schema = (properties: object) => ({
    schema: { type: 'object', properties },
    description: 'x',
    resources: undefined,
  });

  it.each<[string, object, string]>([
    [
      'a word that is no word of schemas here',
      schema({ a: { type: 'string', pattern: '(a+)+$' } }),
      'a.pattern',
    ],
    ['an unknown type', schema({ a: { type: 'number' } }), 'a.type'],
    [
      'a common member of another type (RFC 9396 §2.2)',
      schema({ actions: { type: 'string' } }),
      'actions.type',
    ],
    ['type among the members', schema({ type: { type: 'string' } }), 'properties.type'],
    [
      'an array of other things than strings',
      schema({ a: { type: 'array', items: { type: 'integer' } } }),
      'items.type',
    ],
    ['a member of the prototype', schema({ constructor: { type: 'string' } }), 'constructor'],
    ['a sentence that names no member', { description: 'See {rooms}' }, '{rooms} is not a member'],
    ['resources that are no array', { resources: 'note' }, 'resources'],
    [
      'words for no value',
      schema({ a: { type: 'string', enum: ['x'], words: { y: 'z' } } }),
      'words.y',
    ],
    ['no schema at all', { schema: 7 }, 'schema'],
    [
      'a resolver where there are no resources',
      { resources: undefined, resolver: 'https://api.example/names' },
      'needs resources, because it names',
    ],
    ['a resolver over http', { resolver: 'http://api.example/names' }, 'must be an https address'],
    [
      'a resolver with a password',
      { resolver: 'https://a:b@api.example/names' },
      'must be an https address',
    ],
    ['choices without a resolver', { choices: true }, 'needs a resolver, which lists'],
    [
      'choices of resources that are required',
      { choices: true, resolver: 'https://api.example/names' },
      'has no effect while the schema requires buildings',
    ],
    [
      'a schema that is deeper than three objects',
      schema({
        a: {
          type: 'object',
          properties: {
            b: { type: 'object', properties: { c: { type: 'object', properties: {} } } },
          },
        },
      }),
      'deeper',
    ],
  ])('%s', (_, change, problem) => {
    expect(problemsOf(change)).toContain(problem);
  });

  it('the scope with which the server asks about resources belongs to no API', () => {
    const scope = { name: 'authorization_details:describe', description: 'Ask' };
    const taken = () =>
      registerApi(
        { identifier: 'https://a.example', name: 'A', scopes: [scope] },
        { apis: [], origin: 'config' },
      );
    expect(taken).toThrow('belongs to the server itself');
  });

  it('a type belongs to one API, and a client can register only declared types', () => {
    const [first, second] = detailApis;
    if (first === undefined || second === undefined) throw new Error('no API');
    const registered = registerApi(first, { apis: [], origin: 'config' });
    const twice = { ...second, authorization_details_types: first.authorization_details_types };
    expect(() => registerApi(twice, { apis: [registered], origin: 'config' })).toThrow(
      'already belongs to',
    );
    const context = {
      now: 0,
      random: { bytes: (length: number) => new Uint8Array(length) },
      origin: 'config',
    } as const;
    const client = {
      ...detailClients[0],
      authorization_details_types: ['nothing'],
    } as (typeof detailClients)[number];
    expect(() => registerClient(client, { ...context, apis: [] })).toThrow(
      'is a type of no declared API',
    );
    const stranger = {
      kind: 'web',
      trust: 'unverified',
      client_name: 'S',
      redirect_uris: ['https://s.example/'],
      authorization_details_types: ['building_access'],
    };
    expect(() => registerClient(stranger, { ...context, apis: [registered] })).toThrow(
      'beyond what this tier may have',
    );
  });
});
