/** examples/conformance/keywright.yaml: each of its clients does what it is made for. */
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import { tokenExchangeGrant } from '@keywright/wire';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ada, type Bench, discover, startBench, typeAdminLines } from './bench.ts';

const callback = 'https://localhost:8443/test/a/keywright/callback';
const api = 'https://api.conformance.example/';
const everyScope = 'openid profile email address phone offline_access accounts';

const secretOf = (client: string) =>
  `${client.replace('bench-', 'conformance-')}-secret-that-everyone-knows`;

/** As the test plans send a user: without PKCE. */
function attempt(extra: Readonly<Record<string, string>> = {}) {
  const checks = { expectedState: openid.randomState(), expectedNonce: openid.randomNonce() };
  const { expectedState: state, expectedNonce: nonce } = checks;
  return {
    checks,
    parameters: { redirect_uri: callback, scope: everyScope, state, nonce, ...extra },
  };
}

export function describeCertification(): void {
  describe('keywright.yaml', () => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await startBench({ file: 'keywright.yaml' });
    });
    afterAll(() => bench?.stop());

    const byBasic = (client: string) =>
      discover(bench, client, openid.ClientSecretBasic(secretOf(client)));

    async function connect(app: openid.Configuration) {
      const { checks, parameters } = attempt();
      const back = await bench.visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      return openid.authorizationCodeGrant(app, back, checks);
    }

    it('is discovered in both ways, with a key of each algorithm', async () => {
      const issuer = new URL(bench.issuer);
      const documents = await Promise.all(
        (['oidc', 'oauth2'] as const).map(async (algorithm) => {
          const how = { algorithm, [oauth.customFetch]: bench.fetch as openid.CustomFetch };
          return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, how));
        }),
      );
      expect(documents[0]).toEqual(documents[1]);
      const { keys } = (await (await bench.fetch(documents[0]?.jwks_uri ?? '')).json()) as {
        readonly keys: readonly { readonly alg: string; readonly use: string }[];
      };
      expect(
        keys
          .filter(({ use }) => use === 'sig')
          .map(({ alg }) => alg)
          .sort(),
      ).toEqual(['ES256', 'EdDSA', 'PS256', 'RS256']);
    });

    it.each(['bench-client-1', 'bench-client-2'])(
      'lets %s sign Ada in, with every standard claim',
      async (client) => {
        const app = await byBasic(client);
        const tokens = await connect(app);
        const next = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '');
        const person = await openid.fetchUserInfo(
          app,
          next.access_token,
          tokens.claims()?.sub ?? '',
        );
        expect(Object.keys(person).sort()).toEqual(standardClaims);
      },
    );

    it('lets bench-client-post send its secret in the form', async () => {
      const client = 'bench-client-post';
      const tokens = await connect(
        await discover(bench, client, openid.ClientSecretPost(secretOf(client))),
      );
      expect(tokens.claims()?.aud).toBe(client);
    });

    it('answers bench-client-1 by a form', async () => {
      const app = await byBasic('bench-client-1');
      await connect(app);
      const { checks, parameters } = attempt({ response_mode: 'form_post' });
      const request = await bench.visitor.authorizeByForm(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      const tokens = await openid.authorizationCodeGrant(app, request, checks);
      expect(tokens.token_type).toBe('bearer');
    });

    describe.each(['bench-client-hybrid', 'bench-client-hybrid-2'])('%s', (client) => {
      it.each([
        ['id_token', []],
        ['id_token token', ['at_hash']],
        ['code id_token', ['c_hash']],
        ['code token', []],
        ['code id_token token', ['at_hash', 'c_hash']],
      ])('is answered with %s', async (type, hashes) => {
        const app = await byBasic(client);
        const { checks, parameters } = attempt({ response_type: type });
        const back = await bench.visitor.authorize(
          openid.buildAuthorizationUrl(app, parameters),
          ada,
        );
        const told = new URLSearchParams(back.hash.slice(1));
        const names = { code: 'code', token: 'access_token', id_token: 'id_token' };
        const wanted = type.split(' ').map((word) => names[word as keyof typeof names]);
        expect(
          Object.values(names)
            .filter((name) => told.has(name))
            .sort(),
        ).toEqual(wanted.sort());
        expect(told.get('state')).toBe(checks.expectedState);
        if (!told.has('id_token')) return;
        const keys = createRemoteJWKSet(new URL(`${bench.issuer}/jwks`), {
          [customFetch]: bench.fetch,
        });
        const { payload } = await jwtVerify(told.get('id_token') ?? '', keys, {
          issuer: bench.issuer,
          audience: client,
          algorithms: ['RS256'],
        });
        expect(payload['nonce']).toBe(checks.expectedNonce);
        expect(
          Object.keys(payload)
            .filter((name) => name.endsWith('_hash') && name !== 's_hash')
            .sort(),
        ).toEqual(hashes);
      });

      it('redeems the code that came with an ID token', async () => {
        const app = await byBasic(client);
        openid.useCodeIdTokenResponseType(app);
        expect((await connect(app)).claims()?.aud).toBe(client);
      });
    });

    it('lets bench-device in when Ada enters its code', async () => {
      const device = await discover(bench, 'bench-device', openid.None());
      const asked = await openid.initiateDeviceAuthorization(device, { scope: 'openid email' });
      const entry = await bench.visitor.settle(asked.verification_uri_complete ?? '', ada);
      const confirmation = await bench.visitor.press(entry, 'continue');
      if (confirmation.kind === 'page') await bench.visitor.press(confirmation.page, 'allow');
      const tokens = await openid.pollDeviceAuthorizationGrant(device, { ...asked, interval: 0 });
      expect(tokens.claims()?.aud).toBe('bench-device');
    });

    it('answers bench-desk when Ada allows on her page', async () => {
      const desk = await byBasic('bench-desk');
      const parameters = {
        scope: 'openid email',
        login_hint: ada.email,
        binding_message: 'Desk 4',
      };
      const asked = await openid.initiateBackchannelAuthentication(desk, parameters);
      const page = await bench.visitor.settle(`${bench.issuer}/account`, ada);
      expect(page.html).toContain('Desk 4');
      await bench.visitor.press(page, 'request-0-allow');
      const tokens = await openid.pollBackchannelAuthenticationGrant(desk, {
        ...asked,
        interval: 0,
      });
      expect(tokens.claims()?.aud).toBe('bench-desk');
    });

    it('lets bench-service get tokens, exchange and introspect them', async () => {
      const service = await byBasic('bench-service');
      const own = await openid.clientCredentialsGrant(service, {
        resource: api,
        scope: 'accounts',
      });
      expect(await openid.tokenIntrospection(service, own.access_token)).toMatchObject({
        active: true,
        aud: api,
      });
      const subject = await connect(await byBasic('bench-client-1'));
      const words = {
        subject_token: subject.access_token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      };
      const exchanged = await openid.genericGrantRequest(service, tokenExchangeGrant, words);
      expect(exchanged.scope).toContain('accounts');
    });

    it('opens the admin API to bench-service, by the lines of the README', async () => {
      const { clients } = JSON.parse(await typeAdminLines(bench)) as {
        readonly clients: readonly { readonly client_id: string }[];
      };
      expect(clients.map((client) => client.client_id)).toContain('bench-client-hybrid-2');
    });

    it('lets whoever comes register, and asks nothing of the person but what the plans expect', async () => {
      const app = await openid.dynamicClientRegistration(
        new URL(bench.issuer),
        {
          redirect_uris: [callback],
          client_name: 'From a bench',
          contacts: ['bench@conformance.example'],
        },
        undefined,
        { [openid.customFetch]: bench.fetch as openid.CustomFetch },
      );
      const { checks, parameters } = attempt({ scope: 'openid profile address phone email' });
      const back = await bench.visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      const tokens = await openid.authorizationCodeGrant(app, back, checks);
      const person = await openid.fetchUserInfo(
        app,
        tokens.access_token,
        tokens.claims()?.sub ?? '',
      );
      expect(Object.keys(person).sort()).toEqual(standardClaims);
    });
  });
}

/** OpenID Connect Core §5.1. */
const standardClaims = [
  'address',
  'birthdate',
  'email',
  'email_verified',
  'family_name',
  'gender',
  'given_name',
  'locale',
  'middle_name',
  'name',
  'nickname',
  'phone_number',
  'phone_number_verified',
  'picture',
  'preferred_username',
  'profile',
  'sub',
  'updated_at',
  'website',
  'zoneinfo',
];
