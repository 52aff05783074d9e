/**
 * Unusual values in libraries: everything that must be escaped, in secrets, states and names, is
 * returned unchanged.
 */
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { describe, expect, it } from 'vitest';
import { insecure } from '../oauth4webapi-calls.ts';
import { ada } from './configuration.ts';
import { attempt, connect, discover, discoverByHand, type Setting } from './setting.ts';

const states = [
  `a&b=c#d%20e+f;g?h/i`,
  `"><script>alert(1)</script>`,
  `Grüße 世界 🙂`,
  `{"next":"/rooms?id=7&x='y'"}`,
  'x'.repeat(1500),
];

export function describeOddValues(get: () => Setting): void {
  describe('a secret of every printable character', () => {
    it.each([openid.ClientSecretBasic, openid.ClientSecretPost])(
      'is the same by %o',
      async (method) => {
        const secret = get().secrets.get('odd');
        const app = await discover(get(), 'odd', {}, method(secret));
        expect((await connect(get(), app)).tokens.token_type).toBe('bearer');
      },
    );
  });

  describe.each(states)('the state %j', (state) => {
    it.each([undefined, 'form_post'])('comes back unchanged, response_mode %s', async (mode) => {
      const app = await discover(get(), 'app');
      const { checks, parameters } = await attempt({
        state,
        nonce: state.slice(0, 200),
        ...(mode === undefined ? {} : { response_mode: mode }),
      });
      const address = openid.buildAuthorizationUrl(app, parameters);
      const back =
        mode === undefined
          ? await get().visitor.authorize(address, ada)
          : await get().visitor.authorizeByForm(address, ada);
      const expected = { ...checks, expectedState: state, expectedNonce: state.slice(0, 200) };
      const tokens = await openid.authorizationCodeGrant(app, back, expected);
      expect(tokens.claims()?.nonce).toBe(state.slice(0, 200));
    });

    it('comes back unchanged in a signed answer', async () => {
      const client: oauth.Client = {
        client_id: 'signed-ES256',
        authorization_signed_response_alg: 'ES256',
      };
      const { parameters } = await attempt({ state, response_mode: 'fragment.jwt' });
      const app = await discover(get(), 'signed-ES256');
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      const answer = new URLSearchParams(back.hash.slice(1));
      const server = await discoverByHand(get());
      const told = await oauth.validateJwtAuthResponse(server, client, answer, state, insecure);
      expect(told.get('code')).toBeTypeOf('string');
    });
  });

  it('parameters that no specification of ours knows change nothing', async () => {
    const app = await discover(get(), 'app');
    const { tokens } = await connect(get(), app, {
      display: 'popup',
      ui_locales: 'de-CH fr',
      access_type: 'offline',
      include_granted_scopes: 'true',
      acr_values: 'urn:unknown:level',
      'ext-§': 'x',
    });
    expect(tokens.token_type).toBe('bearer');
  });
}
