/**
 * All other entry points of the server: JSON of services, the pages with their forms and cookies,
 * paths and headers.
 */
import type { Browser } from '../../src/index.ts';
import { ask, type Door, formDoor, handle, jsonDoor, queryDoor, textDoor } from './door.ts';
import {
  ada,
  basic,
  bearer,
  buildings,
  grace,
  jsonType,
  randomNetwork,
  registration,
  uniqueId,
  type World,
} from './setting.ts';

const admin = { headers: ({ specimens }: World) => bearer(specimens.adminToken) };
const question = {
  subject: { type: 'user', id: 'usr_1', properties: { department: 'x' } },
  action: { name: 'read', properties: { method: 'GET' } },
  resource: { type: 'building', id: 'b1', properties: { owner: 'usr_1' } },
  context: { time: '2026-01-01T00:00:00Z' },
};

const json: readonly Door[] = [
  jsonDoor(
    'a registration',
    () => '/register',
    () => registration,
    { share: 4, good: 201 },
  ),
  jsonDoor(
    'a registration that is replaced',
    ({ specimens: { registered } }) =>
      new URL(String(registered['registration_client_uri'])).pathname,
    ({ specimens: { registered } }) => ({ ...registration, client_id: registered['client_id'] }),
    {
      share: 2,
      method: 'PUT',
      headers: ({ specimens: { registered } }) =>
        bearer(String(registered['registration_access_token'])),
    },
  ),
  jsonDoor(
    'a key set in a registration',
    () => '/register',
    () => ({
      client_name: 'Keys',
      redirect_uris: registration.redirect_uris,
      jwks: registration.jwks,
    }),
    { share: 2, good: 201 },
  ),
  jsonDoor(
    'a client of the administration',
    () => '/admin/v1/clients',
    () => ({ ...registration, client_id: `made-${uniqueId()}`, kind: 'web', trust: 'third-party' }),
    { share: 3, good: 201, ...admin },
  ),
  jsonDoor(
    'a secret that is renewed',
    () => '/admin/v1/clients/secret',
    ({ specimens: { registered } }) => ({
      client_id: registered['client_id'],
      overlap_seconds: 60,
    }),
    admin,
  ),
  jsonDoor(
    'a registration token',
    () => '/admin/v1/registration-tokens',
    () => ({ expires_in: 3600, uses: 2 }),
    { good: 201, ...admin },
  ),
  jsonDoor(
    'an answer in the place of a person',
    () => '/admin/v1/requests',
    () => ({ user_code: 'BCDF-GHJK', account: ada, decision: 'deny' }),
    { good: 400, ...admin },
  ),
  jsonDoor(
    'global token revocation',
    () => '/global-token-revocation',
    () => ({ sub_id: { format: 'email', email: grace } }),
    { share: 2, good: 204, ...admin },
  ),
  jsonDoor(
    'a question to the decision point',
    () => '/access/v1/evaluation',
    () => question,
    {
      share: 2,
      ...admin,
    },
  ),
  jsonDoor(
    'several questions',
    () => '/access/v1/evaluations',
    () => ({
      ...question,
      evaluations: [{ action: { name: 'write' } }],
      options: { evaluations_semantic: 'execute_all' },
    }),
    admin,
  ),
  jsonDoor(
    'a search',
    () => '/access/v1/search/resource',
    () => ({ ...question, resource: { type: 'building' }, page: { limit: 10 } }),
    admin,
  ),
];

/**
 * The cookies that the browser sends. With another mark of the browser, a form would be foreign.
 */
const cookiesOf = (browser: Browser): string =>
  [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
const cookies = ({ specimens }: World) => cookiesOf(specimens.browser);

const queries: readonly Door[] = [
  queryDoor(
    'clients of the administration',
    '/admin/v1/clients',
    () => ({ origin: 'config', limit: '5' }),
    admin,
  ),
  queryDoor('accounts of the administration', '/admin/v1/accounts', () => ({ email: ada }), admin),
  queryDoor(
    'requests of the administration',
    '/admin/v1/requests',
    () => ({ account_id: 'usr_1' }),
    admin,
  ),
  queryDoor('permissions', '/admin/permissions', () => ({ limit: '5' }), admin),
  queryDoor('a manifest of API keys', '/api-keys/manifest', () => ({ audience: buildings }), {
    headers: (world) => basic(world, 'buildings-api'),
  }),
];

const pages: readonly Door[] = [
  formDoor(
    'signing in',
    '/sign-in',
    ({ specimens }) => ({ ...specimens.signInForm, email: ada, password: 'wrong' }),
    {
      share: 2,
      good: 401,
      lasts: 40,
      headers: ({ specimens }) => ({ cookie: cookiesOf(specimens.visitor) }),
    },
  ),
  formDoor('consent', '/consent', ({ specimens }) => specimens.consentForm, {
    share: 2,
    good: 303,
    lasts: 15,
    headers: (world) => ({ cookie: cookies(world) }),
  }),
  textDoor(
    'a sealed request',
    ({ specimens }) => specimens.consentForm['request'] ?? '',
    (world, request) =>
      ask(world, {
        method: 'GET',
        path: '/consent',
        query: new URLSearchParams({ request }).toString(),
        headers: { cookie: cookies(world) },
      }),
    { share: 3 },
  ),
  textDoor(
    'a sealed request at sign-in',
    ({ specimens }) => specimens.consentForm['request'] ?? '',
    (world, request) =>
      ask(world, {
        method: 'GET',
        path: '/sign-in',
        query: new URLSearchParams({ request }).toString(),
      }),
  ),
  textDoor(
    'a user code that is typed',
    ({ specimens }) => specimens.userCode,
    (world, user_code) =>
      ask(world, {
        path: '/device',
        headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: cookies(world) },
        body: new URLSearchParams({ ...world.specimens.deviceForm, user_code }).toString(),
      }),
    { share: 2, good: 303, lasts: 5 },
  ),
  textDoor(
    'a user code in a link',
    ({ specimens }) => specimens.userCode,
    (world, user_code) =>
      ask(world, {
        method: 'GET',
        path: '/device',
        query: new URLSearchParams({ user_code }).toString(),
        headers: { cookie: cookies(world) },
      }),
  ),
  textDoor(
    'cookies',
    cookies,
    (world, cookie) => ask(world, { method: 'GET', path: '/account', headers: { cookie } }),
    {
      share: 3,
    },
  ),
];

const paths = [
  ['/status-lists/1', 404],
  ['/grants/gra_1', 401],
  ['/register/cli_1', 401],
  ['/.well-known/openid-configuration', 200],
  ['/token', 405],
] as const;

const plainHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'if-none-match': '"a", W/"b"',
  origin: 'https://spa.example',
  'sec-fetch-site': 'same-origin',
  'x-request-id': 'f3b0c0',
  dpop: 'a.b.c',
} as const;

const plain: readonly Door[] = [
  textDoor(
    'Accept, where it chooses the answer',
    () => 'application/token-introspection+jwt, application/json;q=0.5',
    (world, accept) =>
      ask(world, {
        path: '/introspect',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          accept,
          ...basic(world, 'buildings-api'),
        },
        body: new URLSearchParams({ token: world.specimens.accessToken }).toString(),
      }),
    { share: 2 },
  ),
  ...paths.map(([path, good]) =>
    textDoor(
      `the path ${path}`,
      () => path,
      (world, changed) =>
        ask(world, { method: 'GET', path: changed, headers: bearer(world.specimens.accessToken) }),
      { good },
    ),
  ),
  ...Object.entries(plainHeaders).map(([name, good]) =>
    textDoor(
      `the header ${name}`,
      () => good,
      (world, value) =>
        ask(world, {
          path: '/access/v1/evaluation',
          headers: { ...jsonType, ...admin.headers(world), [name]: value },
          body: JSON.stringify(question),
        }),
    ),
  ),
  textDoor(
    'the method',
    () => 'GET',
    (world, method) => ask(world, { method, path: '/jwks' }),
  ),
  textDoor(
    'the address of who asks',
    () => randomNetwork(),
    (world, remoteAddress) =>
      handle(world, {
        method: 'GET',
        path: '/sign-in',
        query: '',
        headers: {},
        body: '',
        remoteAddress,
      }),
  ),
];

export const otherDoors: readonly Door[] = [...json, ...queries, ...pages, ...plain];
