/**
 * Clients that each name an address: one for each way in which a host can misbehave, and working
 * ones.
 */
import { cibaGrant, jwtBearerGrant } from '@keywright/wire';
import { fillForm, findForm } from '../interop/html-form.ts';
import { type Person, type Place, visit } from './actors.ts';
import { configuration, service } from './cast.ts';
import type { Signer } from './signers.ts';

const secret = 'x'.repeat(43);
const redirectUri = 'https://heatlens.example/callback';

/** A confidential application with a secret. `more` are further members of its registration. */
export function appOf(id: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    client_id: id,
    client_name: id,
    client_secret: secret,
    kind: 'web',
    trust: 'first-party',
    redirect_uris: [redirectUri],
    scope: 'openid buildings:read',
    ...more,
  };
}

export function serviceOf(id: string, more: Readonly<Record<string, unknown>> = {}) {
  const { scope } = service;
  return { client_id: id, client_name: id, kind: 'service', trust: 'first-party', scope, ...more };
}

export const signingServiceOf = (id: string, keys: Readonly<Record<string, unknown>>) =>
  serviceOf(id, { token_endpoint_auth_method: 'private_key_jwt', ...keys });

export const pingedOf = (id: string, endpoint: string) =>
  appOf(id, {
    grant_types: [cibaGrant],
    redirect_uris: [],
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: endpoint,
  });

export const bringerOf = (id: string, issuer: string) =>
  serviceOf(id, {
    client_secret: secret,
    grant_types: ['client_credentials', jwtBearerGrant],
    assertion_issuers: [issuer],
  });

export const clientOf = (id: string) => ({
  id,
  secret,
  redirectUri,
  scope: 'openid buildings:read',
});

/** Every feature with addresses of clients is on. Each test adds its own clients. */
export function settingsOf(
  clients: readonly object[],
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    features: {
      backchannel_authentication: true,
      jwt_assertions: true,
      registration: 'open',
      client_id_documents: true,
    },
    registration: { limit: { per_second: 1000, burst: 100_000 } },
    clients: [...configuration.clients, ...clients],
    ...more,
  };
}

export function authorizeAt(clientId: string, more: Readonly<Record<string, string>>): string {
  const query = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
    ...more,
  };
  return `/authorize?${new URLSearchParams(query)}`;
}

/** A registration (RFC 7591) with a sector address. */
export const registrationOf = (sector: string) => ({
  redirect_uris: [redirectUri],
  subject_type: 'pairwise',
  sector_identifier_uri: sector,
});

/** What a user sees and sends at this point. Returns the milliseconds until the answer. */
export type Sending = (place: Place) => Promise<number>;

export async function signOut(place: Place, person: Person): Promise<number> {
  return (await prepareSignOut(place, person))(place);
}

/** The user allows the waiting request. */
export async function allowWaiting(place: Place, person: Person): Promise<number> {
  return (await prepareAnswer(place, person))(place);
}

export const prepareSignOut = (place: Place, person: Person) =>
  prepare(place, person, '/sign-out', 'logout');

export const prepareAnswer = (place: Place, person: Person) =>
  prepare(place, person, '/account', 'request-0-allow');

async function prepare(
  place: Place,
  person: Person,
  page: string,
  button: string,
): Promise<Sending> {
  const { answer, cookies } = await visit(place, page, person.cookies);
  const found = findForm(answer.body, button);
  const form = fillForm(found, button);
  return async (at) => {
    const began = performance.now();
    const sent = await visit(at, found.action, cookies, { form });
    if (sent.answer.status >= 400)
      throw new Error(`${found.action} was answered with ${sent.answer.status}`);
    return performance.now() - began;
  };
}

/** A request of a client in the ping mode, valid for a minute, for the answer of the user. */
export const askingFor = ({ email }: Person) => ({
  scope: 'openid buildings:read',
  login_hint: email,
  client_notification_token: 'n'.repeat(32),
  requested_expiry: '60',
});

export const grantBy = (signer: Signer, issuer: string, audience: string, subject: string) => ({
  grant_type: jwtBearerGrant,
  assertion: signer.sign('JWT', { iss: issuer, aud: audience, sub: subject }),
});
