import type { ConsentView, NamedResource, Ports, ResourceQuestion } from '@keywright/core';
import type { OutboundRequest } from '@keywright/jwt';
import { afterEach, describe, expect, it } from 'vitest';
import { type Browser, type Answer, readForm, type TestPlatform } from '../src/index.ts';
import {
  allowTicked,
  asParameter,
  buildingAccess,
  createWithDetails,
  detailApis,
  obtainWithDetails,
  reachConsent,
  reading,
} from './details-setting.ts';
import { createGuardedApi } from './guarded-api.ts';
import { ada, authorizeLink, buildings, claimsOf, redeem, refresh, tokensOf } from './sunrise.ts';

const address = 'https://api.sunrise.example/names';
const open = { type: buildingAccess, actions: ['read'] };

interface Told {
  readonly url: string;
  readonly request: OutboundRequest;
  readonly question: Readonly<Record<string, unknown>>;
}

let platform: TestPlatform;
afterEach(() => platform.close());

type Resolver = NonNullable<Ports['resolveResources']>;

/** The platform whose buildings have names, by an address or a function. */
async function createNamed(
  type: Readonly<Record<string, unknown>>,
  ports: Partial<Ports>,
): Promise<void> {
  const apis = detailApis.map((api) => ({
    ...api,
    authorization_details_types: api.authorization_details_types?.map((one) =>
      one.type === buildingAccess
        ? { ...one, schema: { ...(one.schema as object), required: ['actions'] }, ...type }
        : one,
    ),
  }));
  platform = await createWithDetails({ apis, ports: () => ports });
}

/** The API at its address. `answer` makes the members of the answer. */
async function createAtAddress(
  answer: (question: Told['question']) => unknown,
  type: Readonly<Record<string, unknown>> = {},
): Promise<Told[]> {
  const told: Told[] = [];
  await createNamed(
    { resolver: address, ...type },
    {
      ownOutbound: {
        async send(url, request) {
          const question = JSON.parse(request.body ?? '') as Told['question'];
          told.push({ url, request, question });
          const answered = answer(question);
          if (answered instanceof Error) throw answered;
          return { status: 200, text: JSON.stringify(answered), maxAgeSeconds: undefined };
        },
      },
    },
  );
  return told;
}

async function createWithFunction(
  resolve: Resolver,
  type: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await createNamed({ resolver: 'function', ...type }, { resolveResources: resolve });
}

const names: Readonly<Record<string, string>> = { 'b-1': 'Sunrise House', 'b-2': 'The Old Mill' };

/** Ada has two buildings. */
const ofAda: Resolver = ({ identifiers = Object.keys(names) }: ResourceQuestion) =>
  identifiers.flatMap((identifier): readonly NamedResource[] => {
    const name = names[identifier];
    return name === undefined ? [] : [{ identifier, name }];
  });

async function showDetails(
  browser: Browser,
  ...details: readonly unknown[]
): Promise<{ readonly page: Answer; readonly details: ConsentView['details'] }> {
  const asked = { authorization_details: asParameter(...details), scope: 'openid' };
  const page = await reachConsent(platform, browser, asked);
  return { page, details: (page.json as unknown as ConsentView).details };
}

describe('names of resources at consent', () => {
  it('come from the API, which is asked about these resources for this user and this client', async () => {
    const told = await createAtAddress(() => ({
      resources: [
        { identifier: 'b-1', name: 'Sunrise House' },
        { identifier: 'b-7', name: 'Not asked for' },
      ],
    }));
    const { details } = await showDetails(platform.browser(), reading('b-1', 'b-2'));
    expect(details[0]?.resources).toEqual([
      { name: 'b-1', title: 'Sunrise House', value: '0', granted: false },
      { name: 'b-2', value: '1', granted: false },
    ]);
    expect(details[0]).not.toHaveProperty('isUnnamed');
    expect(told.map(({ url, question }) => [url, question])).toEqual([
      [
        address,
        {
          type: buildingAccess,
          sub: platform.accounts.get(ada)?.id,
          client_id: 'heatlens',
          identifiers: ['b-1', 'b-2'],
        },
      ],
    ]);
  });

  it('are asked for with a token for this API alone, with a scope that no client can have', async () => {
    const told = await createAtAddress(() => ({ resources: [] }));
    await showDetails(platform.browser(), reading('b-1'));
    const authorization = told[0]?.request.headers?.['authorization'] ?? '';
    const token = authorization.replace('Bearer ', '');
    const { iat, exp, ...claims } = claimsOf(token) as Record<string, number>;
    expect(claims).toMatchObject({
      iss: platform.issuer,
      sub: platform.issuer,
      client_id: platform.issuer,
      aud: buildings,
      scope: 'authorization_details:describe',
    });
    expect(Number(exp) - Number(iat)).toBe(60);
    const { guard } = createGuardedApi(platform);
    const ask = (scope: string) =>
      guard.fetch(
        { scope },
        () => new Response(),
      )(new Request(address, { headers: { authorization } }));
    expect((await ask('authorization_details:describe')).status).toBe(200);
    expect((await ask('buildings:read')).status).toBe(403);
    const introspect = { token };
    const { json } = await platform.post('/introspect', introspect, 'buildings-api');
    expect(json).toMatchObject({ active: true, client_id: platform.issuer });
  });

  it('are cached for five minutes, for each user and client', async () => {
    const told = await createAtAddress(() => ({
      resources: [{ identifier: 'b-1', name: 'Sunrise House' }],
    }));
    const browser = platform.browser();
    await showDetails(browser, reading('b-1'));
    await showDetails(browser, reading('b-1'));
    expect(told).toHaveLength(1);
    await showDetails(browser, reading('b-1', 'b-2'));
    expect(told[1]?.question['identifiers']).toEqual(['b-2']);
    platform.clock.advance(301);
    await showDetails(browser, reading('b-1'));
    expect(told).toHaveLength(3);
  });

  it('are missing if the API fails, which is logged, and the API is left alone for ten seconds', async () => {
    const told = await createAtAddress(() => new Error('no answer'));
    const browser = platform.browser();
    const { page, details } = await showDetails(browser, reading('b-1'));
    expect(details[0]).toMatchObject({
      isUnnamed: true,
      resources: [{ name: 'b-1', value: '0', granted: false }],
    });
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'resources.not_named', detailType: buildingAccess }),
    );
    await showDetails(browser, reading('b-1'));
    expect(told).toHaveLength(1);
    platform.clock.advance(11);
    await showDetails(browser, reading('b-1'));
    expect(told).toHaveLength(2);
    expect((await allowTicked(browser, page, ['0'])).get('code')).not.toBeNull();
  });

  it.each<[string, unknown]>([
    ['no object', null],
    ['no list', { resources: 'b-1' }],
    ['a list of something else', { resources: [null, 7, { identifier: 7 }, {}] }],
    ['no name', { resources: [{ identifier: 'b-1' }] }],
    ['an empty name', { resources: [{ identifier: 'b-1', name: ' ' }] }],
    ['a name of 101 characters', { resources: [{ identifier: 'b-1', name: 'x'.repeat(101) }] }],
    ['a name that turns around', { resources: [{ identifier: 'b-1', name: 'a\u202eb' }] }],
    ['an invisible name', { resources: [{ identifier: 'b-1', name: '\u3164' }] }],
    ['a name of two lines', { resources: [{ identifier: 'b-1', name: 'a\nb' }] }],
  ])('are left out if the API says %s', async (_, answer) => {
    await createAtAddress(() => answer);
    const { details } = await showDetails(platform.browser(), reading('b-1'));
    expect(details[0]?.resources).toEqual([{ name: 'b-1', value: '0', granted: false }]);
  });

  it('may have a picture in the answer, and never an address of a picture or a document', async () => {
    const png = `data:image/png;base64,${Buffer.from('\x89PNG\r\n\x1a\n1234', 'latin1').toString('base64')}`;
    const pictures = [
      png,
      'https://tracker.example/pixel.png',
      'data:image/svg+xml;base64,PHN2Zz4=',
      'data:image/png;base64,PHN2Zz4=',
      `${png}${'A'.repeat(4000)}`,
    ];
    await createAtAddress(() => ({
      resources: pictures.map((picture, index) => ({
        identifier: `b-${index}`,
        name: 'X',
        picture,
      })),
    }));
    const asked = reading(...pictures.map((_, index) => `b-${index}`));
    const { details } = await showDetails(platform.browser(), asked);
    const shown = details[0]?.resources.map(({ picture }) => picture);
    expect(shown).toEqual([png, undefined, undefined, undefined, undefined]);
  });

  it('come from a function where the server is embedded, and are missing if it fails', async () => {
    await createWithFunction(ofAda);
    const { details } = await showDetails(platform.browser(), reading('b-2'));
    expect(details[0]?.resources[0]).toMatchObject({ title: 'The Old Mill' });
    await platform.close();
    await createWithFunction(() => {
      throw new Error('a bug');
    });
    const failed = await showDetails(platform.browser(), reading('b-2'));
    expect(failed.details[0]).toMatchObject({ isUnnamed: true });
  });
});

describe('resources that the user picks', () => {
  const choosing = { choices: true };

  async function pick(
    browser: Browser,
    page: Answer,
    values: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return browser.post('/consent', {
      ...readForm(page),
      decision: 'allow',
      detail: values,
      ...more,
    });
  }

  const codeOf = (answer: Answer) => answer.location.searchParams.get('code') ?? '';

  it('are those of the user, none picked at first, and the token has what was picked (RFC 9396 §7)', async () => {
    await createWithFunction(ofAda, choosing);
    const browser = platform.browser();
    const { page, details } = await showDetails(browser, open);
    expect(details[0]).toMatchObject({
      resources: [],
      choice: {
        control: 'choice-0',
        most: 12,
        resources: [
          { name: 'b-1', title: 'Sunrise House', value: '0.0', granted: false },
          { name: 'b-2', title: 'The Old Mill', value: '0.1', granted: false },
        ],
      },
    });
    const answer = await pick(browser, page, ['0.1']);
    const redeemed = await redeem(platform, codeOf(answer), { resource: buildings });
    expect(redeemed.json['authorization_details']).toEqual([reading('b-2')]);
    const again = await refresh(platform, tokensOf(redeemed).refresh_token ?? '', {
      authorization_details: asParameter(open),
    });
    expect(again.json['authorization_details'] ?? [reading('b-2')]).toEqual([reading('b-2')]);
  });

  it('are not asked for again, and a form or a link adds none', async () => {
    await createWithFunction(ofAda, choosing);
    const browser = platform.browser();
    const { page } = await showDetails(browser, open);
    await pick(browser, page, ['0.0', '0.7', '1.0', 'b-9', '0']);
    const { location } = await browser.get(
      authorizeLink({ authorization_details: asParameter(open), scope: 'openid' }),
    );
    const redeemed = await redeem(platform, location.searchParams.get('code') ?? '', {
      resource: buildings,
    });
    expect(redeemed.json['authorization_details']).toEqual([reading('b-1')]);
  });

  it('can be picked anew with prompt=consent, and what is not picked again ends', async () => {
    await createWithFunction(ofAda, choosing);
    const browser = platform.browser();
    await pick(browser, (await showDetails(browser, open)).page, ['0.0']);
    const asked = {
      authorization_details: asParameter(open),
      scope: 'openid',
      prompt: 'consent',
    };
    const page = await reachConsent(platform, browser, asked);
    await pick(browser, page, ['0.1']);
    const { location } = await browser.get(
      authorizeLink({ authorization_details: asParameter(open), scope: 'openid' }),
    );
    const redeemed = await redeem(platform, location.searchParams.get('code') ?? '', {
      resource: buildings,
    });
    expect(redeemed.json['authorization_details']).toEqual([reading('b-2')]);
  });

  it('must be picked: a detail without resources is granted to nobody, whatever the tier', async () => {
    await createWithFunction(ofAda, choosing);
    const browser = platform.browser();
    const portal = {
      client_id: 'portal',
      redirect_uri: 'https://portal.sunrise.example/callback',
      authorization_details: asParameter(open),
      scope: 'openid',
    };
    const page = await reachConsent(platform, browser, portal);
    expect(page.json['page']).toBe('consent');
    const silent = await browser.get(authorizeLink({ ...portal, prompt: 'none' }));
    expect(silent.location.searchParams.get('error')).toBe('consent_required');
    const answer = await pick(browser, page, []);
    expect(codeOf(answer)).not.toBe('');
    const later = await browser.get(authorizeLink(portal));
    expect(codeOf(later)).not.toBe('');
    const redeemed = await redeem(platform, codeOf(later), { client_id: 'portal' });
    expect(redeemed.json['authorization_details']).toBeUndefined();
  });

  it('are asked for again on the page if nothing was picked and nothing else is asked for', async () => {
    await createWithFunction(ofAda, choosing);
    const browser = platform.browser();
    const asked = { authorization_details: asParameter(open), scope: undefined };
    const page = await reachConsent(platform, browser, asked);
    const again = await pick(browser, page, []);
    expect(again.json['error']).toBe('Choose at least one, or cancel.');
    expect(codeOf(await pick(browser, again, ['0.0']))).not.toBe('');
  });

  it('are as many as the type allows, and one where it allows one', async () => {
    const [type] = detailApis[0]?.authorization_details_types ?? [];
    const schema = type?.schema as { readonly properties: Readonly<Record<string, object>> };
    const one = {
      ...schema,
      required: ['actions'],
      properties: {
        ...schema.properties,
        buildings: { ...schema.properties['buildings'], maxItems: 1 },
      },
    };
    await createWithFunction(ofAda, { ...choosing, schema: one });
    const browser = platform.browser();
    const { page, details } = await showDetails(browser, open);
    expect(details[0]?.choice?.most).toBe(1);
    const refused = await pick(browser, page, ['0.0', '0.1']);
    expect(refused.json['error']).toBe('Choose 1 at most.');
    const { choice } = (refused.json as unknown as ConsentView).details[0] ?? {};
    expect(choice?.resources.map(({ isPicked }) => isPicked)).toEqual([true, true]);
    const answer = await pick(browser, refused, [], { 'choice-0': '0.1' });
    const redeemed = await redeem(platform, codeOf(answer), { resource: buildings });
    expect(redeemed.json['authorization_details']).toEqual([reading('b-2')]);
  });

  it('cannot be picked if the API fails: the page says so, and the rest can be allowed', async () => {
    await createWithFunction(() => Promise.reject(new Error('down')), choosing);
    const browser = platform.browser();
    const { page, details } = await showDetails(browser, open);
    expect(details[0]?.choice).toMatchObject({ isUnavailable: true, resources: [] });
    const redeemed = await redeem(platform, codeOf(await pick(browser, page, ['0.0'])));
    expect(redeemed.json['authorization_details']).toBeUndefined();
  });

  it('and everything that was unticked stay as they are where the page is shown again', async () => {
    const many = Array.from({ length: 20 }, (_, index) => ({
      identifier: `b-${index}`,
      name: `Building ${index}`,
    }));
    await createWithFunction(() => many, choosing);
    const browser = platform.browser();
    const asked = {
      authorization_details: asParameter(open),
      scope: 'openid measurements:read',
    };
    const page = await reachConsent(platform, browser, asked);
    const thirteen = many.slice(0, 13).map((_, place) => `0.${place}`);
    const again = await pick(browser, page, thirteen);
    const { error, groups, details } = again.json as unknown as ConsentView;
    expect(error).toBe('Choose 12 at most.');
    expect(groups.flatMap(({ scopes }) => scopes)).toContainEqual(
      expect.objectContaining({ name: 'measurements:read', isUnticked: true }),
    );
    const picked = details[0]?.choice?.resources.filter(({ isPicked }) => isPicked === true);
    expect(picked).toHaveLength(13);
  });

  it('are at most fifty on the page, and only those that fit the type', async () => {
    const many = Array.from({ length: 90 }, (_, index) => ({
      identifier: index === 3 ? 'x'.repeat(41) : `b-${index}`,
      name: `Building ${index}`,
    }));
    await createWithFunction(() => many, choosing);
    const { details } = await showDetails(platform.browser(), open);
    const { resources = [], isCut } = details[0]?.choice ?? {};
    expect([resources.length, resources[3]?.name, isCut]).toEqual([50, 'b-4', true]);
  });

  it.each<[string, string, readonly unknown[]]>([
    ['with resources beside it', '/authorize', [open, reading('b-1')]],
    ['twice', '/authorize', [open, { ...open, actions: ['write'] }]],
  ])('must be the only detail of their type: %s is refused', async (_, path, details) => {
    await createWithFunction(ofAda, choosing);
    const { location } = await platform
      .browser()
      .get(authorizeLink({ authorization_details: asParameter(...details) }));
    expect([path, location.searchParams.get('error')]).toEqual([
      '/authorize',
      'invalid_authorization_details',
    ]);
  });

  it('need a user at a page: services must name resources', async () => {
    await createWithFunction(ofAda, choosing);
    const { json } = await platform.post(
      '/token',
      { grant_type: 'client_credentials', authorization_details: asParameter(open) },
      'collector',
    );
    expect(json['error']).toBe('invalid_authorization_details');
  });

  it('and named ones are the same to an application that names them', async () => {
    await createWithFunction(ofAda, choosing);
    const browser = platform.browser();
    await pick(browser, (await showDetails(browser, open)).page, ['0.0']);
    const answer = await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    expect(answer.json['authorization_details']).toEqual([reading('b-1')]);
  });
});
