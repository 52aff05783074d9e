/**
 * The entry points for signed objects: proofs, assertions, request objects, statements, and an
 * encrypted object.
 */
import { encryptFor } from '@keywright/jwt/encryption';
import { jwtBearerGrant } from '@keywright/wire';
import fc from 'fast-check';
import { assertionForm, assertionType, signAssertion } from '../assertions.ts';
import { requestWords } from '../authorize-setting.ts';
import { changeText, someTextChanges, type TextChange } from './changes.ts';
import { ask, type Door, encodeForm, jwtDoor, post } from './door.ts';
import {
  ada,
  basic,
  jsonType,
  key,
  partner,
  publicJwk,
  signObject,
  uniqueId,
  type World,
} from './setting.ts';

const soon = (world: World) => {
  const now = world.platform.clock.nowSeconds();
  return { iat: now, nbf: now, exp: now + 60, jti: uniqueId() };
};
const header = (typ: string) => ({ alg: 'ES256', kid: key.kid, typ });
const bringAssertion = (world: World, client_assertion: string) =>
  post(world, '/token', {
    grant_type: 'client_credentials',
    client_assertion_type: assertionType,
    client_assertion,
  });

const signed: readonly Door[] = [
  jwtDoor(
    'a DPoP proof at the token endpoint',
    (world) => ({
      header: { alg: 'ES256', typ: 'dpop+jwt', jwk: publicJwk },
      claims: { ...soon(world), htm: 'POST', htu: `${world.platform.issuer}/token` },
    }),
    (world, dpop) =>
      post(
        world,
        '/token',
        { grant_type: 'client_credentials' },
        { ...basic(world, 'collector'), dpop },
      ),
    { share: 4 },
  ),
  jwtDoor(
    'a client assertion',
    (world) => ({
      header: header('JWT'),
      claims: { ...soon(world), iss: 'signer', sub: 'signer', aud: world.platform.issuer },
    }),
    bringAssertion,
    { share: 4 },
  ),
  jwtDoor(
    'an assertion as a grant',
    (world) => ({
      header: header('JWT'),
      claims: { ...soon(world), iss: partner, sub: ada, aud: world.platform.issuer },
    }),
    (world, assertion) =>
      post(world, '/token', { grant_type: jwtBearerGrant, assertion, ...clientAssertion(world) }),
    { share: 3 },
  ),
  jwtDoor(
    'a request object',
    (world) => ({
      header: header('oauth-authz-req+jwt'),
      claims: { ...soon(world), iss: 'heatlens', aud: world.platform.issuer, ...requestWords() },
    }),
    (world, request) =>
      ask(world, {
        method: 'GET',
        path: '/authorize',
        query: encodeForm({ client_id: 'heatlens', request }),
      }),
    { share: 4, good: 303 },
  ),
  jwtDoor(
    'a signed question from afar',
    (world) => ({
      header: header('oauth-authz-req+jwt'),
      claims: {
        ...soon(world),
        iss: 'heatlens',
        aud: world.platform.issuer,
        scope: 'openid',
        login_hint: ada,
      },
    }),
    (world, request) => post(world, '/bc-authorize', { request }, basic(world, 'heatlens')),
    { share: 2, lasts: 10 },
  ),
  jwtDoor(
    'a software statement',
    (world) => ({
      header: header('JWT'),
      claims: { ...soon(world), iss: partner, client_name: 'Certified', software_id: 'app-1' },
    }),
    (world, statement) =>
      ask(world, {
        path: '/register',
        headers: jsonType,
        body: JSON.stringify({
          client_name: 'Thermo',
          redirect_uris: ['https://thermo.example/cb'],
          software_statement: statement,
        }),
      }),
    { share: 2, good: 201 },
  ),
];

function clientAssertion({ platform }: World) {
  return assertionForm(
    signAssertion(key, { clientId: 'signer', now: platform.clock.nowSeconds() }),
  );
}

interface Sealed {
  readonly inside: readonly TextChange[];
  readonly outside: readonly TextChange[];
}

/** Encrypted for the server, with changes of the text of the inner object or of the message. */
const encrypted: Door<Sealed> = {
  name: 'an encrypted request object',
  share: 1,
  good: 303,
  changes: fc.record({ inside: someTextChanges, outside: someTextChanges }),
  unchanged: { inside: [], outside: [] },
  async send(world, { inside, outside }) {
    const object = changeText(signObject(world.platform), inside).slice(0, 60_000);
    const { publicKey, kid } = world.receiver;
    const message = await encryptFor(publicKey, object, {
      alg: 'ECDH-ES',
      enc: 'A128GCM',
      cty: 'JWT',
      kid,
    });
    const request = changeText(message, outside);
    const query = encodeForm({ client_id: 'heatlens', request });
    return ask(world, { method: 'GET', path: '/authorize', query });
  },
};

export const signedDoors: readonly Door[] = [...signed, encrypted];
