/** Modules of the Dynamic plan: what clients register, and what follows from it. */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect } from 'vitest';
import { complete, signInOnce, withApplication } from './flow.ts';
import { type Module, type Modules, withCode } from './module.ts';
import { refreshOnce } from './modules-answers.ts';
import { expectPage } from './modules-requests.ts';
import {
  addressOf,
  callbackOf,
  callRegistration,
  type ClientKeys,
  createKeys,
  makeApplication,
  makeRequest,
  readCallback,
  type Run,
  unregister,
} from './run.ts';

const query = '?dummy1=lorem&dummy2=ipsum';

export const registrations: Modules = {
  'oidcc-ensure-redirect-uri-in-authorization-request': {
    demands: 'without redirect_uri: a page of the server',
    play: (run) =>
      withApplication(run, {}, (app) => expectPage(run, { redirect_uri: undefined }, app)),
  },
  'oidcc-redirect-uri-query-OK': {
    demands: 'a redirect_uri with a query is answered at that very query',
    play: (run) =>
      signInOnce(run, {}, undefined, {
        metadata: { redirect_uris: [`${callbackOf(run)}${query}`] },
      }),
  },
  'oidcc-redirect-uri-query-mismatch': {
    demands: 'another query than the registered one gives a page',
    play: (run) =>
      withApplication(run, { metadata: { redirect_uris: [`${callbackOf(run)}${query}`] } }, (app) =>
        expectPage(run, { redirect_uri: `${callbackOf(run)}?dummy1=lorem&dummy2=other` }, app),
      ),
  },
  'oidcc-redirect-uri-query-added': {
    demands: 'a query where none is registered gives a page',
    play: (run) =>
      withApplication(run, {}, (app) =>
        expectPage(run, { redirect_uri: `${callbackOf(run)}${query}` }, app),
      ),
  },
  'oidcc-redirect-uri-regfrag': {
    demands: 'a redirect_uri with a fragment cannot be registered',
    async play(run) {
      const { status, answer } = await callRegistration(run, {
        metadata: { redirect_uris: [`${callbackOf(run)}#foobar`] },
      });
      expect(status).toBe(400);
      expect(['invalid_redirect_uri', 'invalid_client_metadata']).toContain(answer['error']);
    },
  },
  'oidcc-registration-logo-uri': {
    demands:
      'logo_uri is registered, and the pages are as ever: no picture is loaded from elsewhere',
    play: async (run) =>
      void (await playPicture(run, 'logo_uri', 'https://suite.example/logo.png')),
  },
  'oidcc-registration-policy-uri': picture(
    'policy_uri',
    'a link to policy_uri is on the page that asks',
  ),
  'oidcc-registration-tos-uri': picture('tos_uri', 'a link to tos_uri is on the page that asks'),
  'oidcc-registration-jwks-uri': {
    demands: 'a client authenticates by a key that it publishes at its jwks_uri',
    isFor: withCode,
    play(run) {
      const keys = createKeys(randomUUID());
      return signInOnce(run, {}, undefined, { metadata: publishing(run, keys), keys });
    },
  },
  'oidcc-refresh-token-rp-key-rotation': {
    demands: 'and by the one that it has put in its place when it refreshes',
    isFor: withCode,
    play: playKeyRotation,
  },
  'oidcc-registration-sector-uri': {
    demands: 'pairwise, with a sector_identifier_uri that lists the redirect URI: registered',
    play: (run) =>
      withApplication(run, { metadata: sector(run, [callbackOf(run)]) }, () => Promise.resolve()),
  },
  'oidcc-registration-sector-bad': {
    demands: 'with one that does not: invalid_client_metadata',
    async play(run) {
      const metadata = sector(run, ['https://suite.example/another']);
      const { status, answer } = await callRegistration(run, { metadata });
      expect([status, answer['error']]).toEqual([400, 'invalid_client_metadata']);
    },
  },
  'oidcc-request-uri-signed-rs256': {
    demands:
      'a request object by reference, signed with RS256, with iss and aud and no more than that about itself',
    play: playSignedRequest,
  },
};

function picture(member: 'policy_uri' | 'tos_uri', demands: string): Module {
  return {
    demands,
    async play(run) {
      const address = `https://suite.example/${member}`;
      const page = await playPicture(run, member, address);
      expect(page).toContain(`href="${address}"`);
    },
  };
}

/** Answers the page that the suite has a picture of. */
async function playPicture(run: Run, member: string, address: string): Promise<string> {
  const app = await makeApplication(run, { metadata: { [member]: address } });
  expect(app.registered[member]).toBe(address);
  await run.browser.go(makeRequest(run, app).address);
  const [page] = run.browser.pictures;
  await unregister(run, app);
  expect(page?.html).not.toMatch(/<img\b[^>]*src="https:\/\/suite\.example/);
  return page?.html ?? '';
}

const publishing = (run: Run, keys: ClientKeys) => ({
  jwks: undefined,
  jwks_uri: run.bench.site.publish(
    () => JSON.stringify({ keys: [keys.publicJwk] }),
    'application/json',
  ),
});

async function playKeyRotation(run: Run): Promise<void> {
  const keys = createKeys(randomUUID());
  const metadata = {
    ...publishing(run, keys),
    grant_types: ['authorization_code', 'implicit', 'refresh_token'],
  };
  await withApplication(run, { metadata, keys }, async (app) => {
    await refreshOnce(run, app, () => void Object.assign(keys, createKeys(randomUUID())));
  });
}

const sector = (run: Run, uris: readonly string[]) => ({
  subject_type: 'pairwise',
  sector_identifier_uri: run.bench.site.publish(() => JSON.stringify(uris), 'application/json'),
});

async function playSignedRequest(run: Run): Promise<void> {
  const { metadata: announced, site, issuer } = run.bench;
  expect(announced['request_uri_parameter_supported']).toBe(true);
  expect(announced['request_object_signing_alg_values_supported']).toContain('RS256');
  let object = '';
  const reference = site.publish(() => object, 'application/jwt');
  const metadata = { request_uris: [reference], request_object_signing_alg: 'RS256' };
  await withApplication(run, { metadata }, async (app) => {
    const request = makeRequest(run, app);
    object = await new SignJWT({ ...request.parameters, iss: app.clientId, aud: issuer })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(app.keys.privateKey);
    // OpenID Connect Core §6.1: these stand outside as well; state and nonce do not.
    const {
      client_id = '',
      redirect_uri = '',
      response_type = '',
      scope = '',
    } = request.parameters;
    const outside = { client_id, redirect_uri, response_type, scope, request_uri: reference };
    const landing = await run.browser.go(addressOf(run, outside));
    await complete(run, app, request, readCallback(run, request, landing));
  });
}
