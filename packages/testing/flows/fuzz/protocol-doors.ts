/**
 * The entry points of the protocol: forms and queries, headers, proofs, assertions, request
 * objects, hints.
 */
import { tokenExchangeGrant } from '@keywright/wire';
import { asParameter, reading } from '../details-setting.ts';
import { requestWords } from '../authorize-setting.ts';
import {
  ask,
  type Door,
  encodeForm,
  formDoor,
  jsonTextDoor,
  post,
  queryDoor,
  textDoor,
} from './door.ts';
import {
  ada,
  basic,
  bearer,
  buildings,
  callback,
  certificate,
  formType,
  prover,
  pushWords,
  verifier,
  type World,
} from './setting.ts';

const as = (clientId: string) => ({ headers: (world: World) => basic(world, clientId) });
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

const forms: readonly Door[] = [
  formDoor(
    'the form of a code',
    '/token',
    ({ specimens: { code } }) => ({
      grant_type: 'authorization_code',
      code,
      redirect_uri: callback,
      code_verifier: verifier,
    }),
    { share: 3, lasts: 15, ...as('heatlens') },
  ),
  formDoor(
    'the form of client credentials',
    '/token',
    () => ({ grant_type: 'client_credentials', scope: 'buildings:read', resource: buildings }),
    as('collector'),
  ),
  formDoor(
    'the form of a secret in the body',
    '/token',
    ({ platform }) => ({
      grant_type: 'client_credentials',
      client_id: 'collector',
      client_secret: platform.secrets.get('collector') ?? '',
    }),
    { share: 2 },
  ),
  formDoor(
    'the form of a device code',
    '/token',
    ({ specimens }) => ({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: specimens.deviceCode,
    }),
    { good: 400, ...as('desk') },
  ),
  formDoor(
    'the form of an auth_req_id',
    '/token',
    ({ specimens }) => ({
      grant_type: 'urn:openid:params:grant-type:ciba',
      auth_req_id: specimens.authReqId,
    }),
    { good: 400, ...as('desk') },
  ),
  formDoor(
    'the form of an exchange',
    '/token',
    ({ specimens: { accessToken } }) => ({
      grant_type: tokenExchangeGrant,
      subject_token: accessToken,
      subject_token_type: accessTokenType,
      requested_token_type: accessTokenType,
      audience: buildings,
    }),
    { share: 2, ...as('broker') },
  ),
  formDoor('a pushed request', '/par', pushWords, { share: 3, good: 201, ...as('heatlens') }),
  formDoor(
    'the question of a device',
    '/device_authorization',
    () => ({ scope: 'openid buildings:read', resource: buildings }),
    as('desk'),
  ),
  formDoor(
    'a question from afar',
    '/bc-authorize',
    () => ({ scope: 'openid', login_hint: ada, binding_message: 'W4SCT', requested_expiry: '120' }),
    { share: 2, lasts: 10, ...as('desk') },
  ),
  formDoor(
    'a first-party challenge',
    '/authorize-challenge',
    () => ({
      scope: 'openid',
      code_challenge: requestWords()['code_challenge'] ?? '',
      code_challenge_method: 'S256',
    }),
    { good: 400, ...as('portal') },
  ),
  formDoor(
    'introspection',
    '/introspect',
    ({ specimens }) => ({ token: specimens.accessToken, token_type_hint: 'access_token' }),
    { share: 2, ...as('buildings-api') },
  ),
  formDoor('a token to userinfo in a form', '/userinfo', ({ specimens }) => ({
    access_token: specimens.accessToken,
  })),
  formDoor(
    'signing out by a form',
    '/end-session',
    ({ specimens }) => ({
      id_token_hint: specimens.idToken,
      client_id: 'heatlens',
      post_logout_redirect_uri: 'https://heatlens.example/signed-out',
      state: 'a',
      logout_hint: ada,
    }),
    { good: 303 },
  ),
];

const queries: readonly Door[] = [
  queryDoor('an authorization request', '/authorize', () => requestWords(), {
    share: 5,
    good: 303,
  }),
  queryDoor(
    'an authorization request with all that it may ask',
    '/authorize',
    () =>
      requestWords({
        prompt: 'login',
        max_age: '60',
        acr_values: 'urn:keywright:acr:password',
        ui_locales: 'de en',
        login_hint: ada,
        display: 'page',
        response_mode: 'form_post',
        dpop_jkt: prover.thumbprint,
        resource: buildings,
      }),
    { share: 2, good: 303 },
  ),
  queryDoor(
    'a reference to a pushed request',
    '/authorize',
    ({ specimens }) => ({ client_id: 'heatlens', request_uri: specimens.requestUri }),
    { good: 303 },
  ),
  queryDoor(
    'signing out by a link',
    '/end-session',
    ({ specimens }) => ({ id_token_hint: specimens.idToken, state: 'a' }),
    { good: 303 },
  ),
  textDoor(
    'a redirect URI',
    () => callback,
    (world, redirect_uri) =>
      ask(world, {
        method: 'GET',
        path: '/authorize',
        query: encodeForm(requestWords({ redirect_uri })),
      }),
    { share: 3, good: 303 },
  ),
  jsonTextDoor(
    'the parameter claims',
    () => ({
      userinfo: { given_name: { essential: true }, nickname: null, email: { value: ada } },
      id_token: { auth_time: { essential: true }, acr: { values: ['urn:keywright:acr:password'] } },
    }),
    (world, claims) =>
      ask(world, {
        method: 'GET',
        path: '/authorize',
        query: encodeForm(requestWords({ claims })),
      }),
    { share: 3, good: 303 },
  ),
  jsonTextDoor(
    'authorization details',
    () => JSON.parse(asParameter(reading('b1', 'b2'))) as unknown,
    (world, details) =>
      post(
        world,
        '/par',
        { ...pushWords(), authorization_details: details },
        basic(world, 'heatlens'),
      ),
    { share: 3, good: 201 },
  ),
  textDoor(
    'an id_token_hint',
    ({ specimens }) => specimens.idToken,
    (world, hint) =>
      ask(world, {
        method: 'GET',
        path: '/authorize',
        query: encodeForm(requestWords({ id_token_hint: hint })),
      }),
    { share: 2, good: 303 },
  ),
];

const credentials: readonly Door[] = [
  textDoor(
    'Basic',
    (world) => basic(world, 'collector')['authorization'] ?? '',
    (world, authorization) =>
      post(world, '/token', { grant_type: 'client_credentials' }, { authorization }),
    { share: 2 },
  ),
  textDoor(
    'what is in Basic',
    ({ platform }) => `collector:${platform.secrets.get('collector')}`,
    (world, pair) => {
      const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
      return post(world, '/token', { grant_type: 'client_credentials' }, { authorization });
    },
    { share: 2 },
  ),
  textDoor(
    'Bearer',
    ({ specimens }) => bearer(specimens.accessToken).authorization,
    (world, authorization) =>
      ask(world, { method: 'GET', path: '/userinfo', headers: { authorization } }),
    { share: 2 },
  ),
  textDoor(
    'DPoP as a scheme',
    ({ specimens }) => `DPoP ${specimens.accessToken}`,
    (world, authorization) =>
      ask(world, { method: 'GET', path: '/userinfo', headers: { authorization, dpop: 'a.b.c' } }),
    { good: 401 },
  ),
  textDoor(
    'ApiKey',
    ({ specimens }) => `ApiKey ${specimens.apiKey}`,
    (world, authorization) =>
      post(world, '/token', { grant_type: 'client_credentials' }, { authorization }),
    { share: 2 },
  ),
  textDoor(
    'a refresh token',
    ({ specimens }) => specimens.refreshToken,
    (world, token) =>
      post(
        world,
        '/token',
        { grant_type: 'refresh_token', refresh_token: token },
        basic(world, 'heatlens'),
      ),
    { share: 3, lasts: 15 },
  ),
  textDoor(
    'a token that is revoked',
    ({ specimens }) => `${specimens.refreshToken}x`,
    (world, token) => post(world, '/revoke', { token }, basic(world, 'heatlens')),
  ),
  textDoor(
    'a certificate in DER',
    () => certificate.der.toString('latin1'),
    (world, der) =>
      ask(world, {
        path: '/token',
        headers: formType,
        body: encodeForm({ grant_type: 'client_credentials', client_id: 'meter' }),
        clientCertificate: { raw: Buffer.from(der, 'latin1'), isVerified: true },
      }),
    { share: 3 },
  ),
];

export const protocolDoors: readonly Door[] = [...forms, ...queries, ...credentials];
