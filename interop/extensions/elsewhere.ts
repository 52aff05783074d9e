/**
 * The user answers on another device (RFC 8628) or on the account page (CIBA). Both libraries poll
 * in real seconds.
 */
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { describe, it, vi } from 'vitest';
import { findText } from '../html-form.ts';
import { insecure } from '../oauth4webapi-calls.ts';
import { Visitor } from '../visitor.ts';
import { ada } from './configuration.ts';
import { discover, discoverByHand, send, type Setting } from './setting.ts';

const scope = 'openid email rooms:read';
/** One second, another one, and six, because the user may need longer on a busy machine. */
const patient = { timeout: 60_000 };

export function describeElsewhere(get: () => Setting): void {
  describe.concurrent('with the person elsewhere', () => {
    describeDevice(get);
    describeBackchannel(get);
  });
}

function describeDevice(get: () => Setting): void {
  describe('signing in on another device', () => {
    it(
      'polls too fast, slows down, and gets its tokens once the person has allowed',
      patient,
      async ({ expect }) => {
        const device = await discover(get(), 'screen');
        const asked = await openid.initiateDeviceAuthorization(device, { scope });
        expect(asked.interval).toBe(5);
        const heard: string[] = [];
        listen(device, heard);
        const polling = openid.pollDeviceAuthorizationGrant(device, { ...asked, interval: 1 });
        const tokens = await allowOnceHeard(
          heard,
          () => answerDevice(get(), asked, 'allow'),
          polling,
        );
        expect([heard.slice(0, 2), heard.at(-1)]).toEqual([
          ['authorization_pending', 'slow_down'],
          '200',
        ]);
        const person = await openid.fetchUserInfo(
          device,
          tokens.access_token,
          tokens.claims()?.sub ?? '',
        );
        expect(person.email).toBe(ada.email);
      },
    );

    it('binds what it gives to the key of the device, which hears the nonce while it polls', async ({
      expect,
    }) => {
      const device = await discover(get(), 'screen');
      const DPoP = openid.getDPoPHandle(device, await openid.randomDPoPKeyPair());
      const asked = await openid.initiateDeviceAuthorization(device, {
        scope: `${scope} offline_access`,
      });
      await answerDevice(get(), asked, 'allow');
      const first = await openid.pollDeviceAuthorizationGrant(
        device,
        { ...asked, interval: 0 },
        {},
        { DPoP },
      );
      const next = await openid.refreshTokenGrant(device, first.refresh_token ?? '', {}, { DPoP });
      expect([first.token_type, next.token_type]).toEqual(['dpop', 'dpop']);
      await expect(
        openid.refreshTokenGrant(device, next.refresh_token ?? ''),
      ).rejects.toMatchObject({
        status: 400,
      });
    });

    it('ends when the person declines', async ({ expect }) => {
      const device = await discover(get(), 'screen');
      const asked = await openid.initiateDeviceAuthorization(device, { scope });
      await answerDevice(get(), asked, 'deny');
      await expect(
        openid.pollDeviceAuthorizationGrant(device, { ...asked, interval: 0 }),
      ).rejects.toMatchObject({
        error: 'access_denied',
      });
    });

    it('is understood by oauth4webapi in the same way', async ({ expect }) => {
      const server = await discoverByHand(get());
      const client: oauth.Client = { client_id: 'screen' };
      const answer = await oauth.deviceAuthorizationRequest(
        server,
        client,
        oauth.None(),
        { scope },
        insecure,
      );
      const asked = await oauth.processDeviceAuthorizationResponse(server, client, answer);
      expect(asked.verification_uri_complete).toContain(asked.user_code);
      const poll = async () =>
        oauth.processDeviceCodeResponse(
          server,
          client,
          await oauth.deviceCodeGrantRequest(
            server,
            client,
            oauth.None(),
            asked.device_code,
            insecure,
          ),
        );
      await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' });
      await expect(poll()).rejects.toMatchObject({ error: 'slow_down' });
      await answerDevice(get(), asked, 'allow');
      expect((await poll()).scope).toBe(scope);
      await expect(poll()).rejects.toMatchObject({ error: 'invalid_grant' });
    });
  });
}

function describeBackchannel(get: () => Setting): void {
  describe('a request that the person answers on their own page (CIBA)', () => {
    const binding = 'Room 7-Kappa';

    it(
      'polls too fast, slows down, and gets its tokens once the person has allowed',
      patient,
      async ({ expect }) => {
        const desk = await discover(get(), 'desk');
        const asked = await openid.initiateBackchannelAuthentication(desk, {
          scope,
          login_hint: ada.email,
          binding_message: binding,
        });
        const heard: string[] = [];
        listen(desk, heard);
        const polling = openid.pollBackchannelAuthenticationGrant(desk, { ...asked, interval: 1 });
        const tokens = await allowOnceHeard(
          heard,
          () => answerWaiting(get(), binding, 'allow'),
          polling,
        );
        expect([heard.slice(0, 2), heard.at(-1)]).toEqual([
          ['authorization_pending', 'slow_down'],
          '200',
        ]);
        expect(tokens.claims()?.sub).toMatch(/^usr_/);
      },
    );

    it('is taken signed, in the request object that the library makes', async ({ expect }) => {
      const { pair, kid } = get().keys.signing;
      const key = { key: pair.privateKey, kid };
      const desk = await discover(get(), 'signed-desk', {}, openid.PrivateKeyJwt(key));
      const parameters = { scope, login_hint: ada.email, binding_message: 'Signed 9-Rho' };
      const client: oauth.Client = { client_id: 'signed-desk' };
      const request = await oauth.issueRequestObject(
        desk.serverMetadata(),
        client,
        parameters,
        key,
      );
      const asked = await openid.initiateBackchannelAuthentication(desk, { request });
      await answerWaiting(get(), 'Signed 9-Rho', 'deny');
      const polling = openid.pollBackchannelAuthenticationGrant(desk, { ...asked, interval: 0 });
      await expect(polling).rejects.toMatchObject({ error: 'access_denied' });
    });

    it('is refused for somebody whom the server does not know', async ({ expect }) => {
      const desk = await discover(get(), 'desk');
      const parameters = { scope, login_hint: 'nobody@example.com' };
      await expect(
        openid.initiateBackchannelAuthentication(desk, parameters),
      ).rejects.toMatchObject({
        error: 'unknown_user_id',
        status: 400,
      });
    });
  });
}

/** Records the answers of the token endpoint. */
function listen(config: openid.Configuration, heard: string[]): void {
  config[openid.customFetch] = async (address, options) => {
    const response = await send(address, options);
    if (new URL(address).pathname !== '/token') return response;
    const { error } = (await response.clone().json()) as { readonly error?: string };
    heard.push(error ?? String(response.status));
    return response;
  };
}

/** The user answers after the library had to slow down. The library continues to poll. */
async function allowOnceHeard<T>(
  heard: readonly string[],
  answer: () => Promise<void>,
  polling: Promise<T>,
) {
  await Promise.race([
    polling,
    vi.waitUntil(() => heard.includes('slow_down'), { timeout: 20_000 }),
  ]);
  await answer();
  return polling;
}

async function answerDevice(
  { issuer }: Setting,
  asked: oauth.DeviceAuthorizationResponse,
  answer: 'allow' | 'deny',
): Promise<void> {
  const visitor = new Visitor(issuer);
  const entry = await visitor.settle(asked.verification_uri_complete ?? '', ada);
  const confirmation = await visitor.press(entry, 'continue');
  if (confirmation.kind === 'left') throw new Error(`left for ${confirmation.address.href}`);
  const done = await visitor.press(confirmation.page, answer);
  const id = answer === 'allow' ? 'connected' : 'declined';
  if (done.kind === 'left' || !done.page.html.includes(`id="${id}"`))
    throw new Error('the answer was not taken');
}

async function answerWaiting(
  { issuer }: Setting,
  binding: string,
  answer: 'allow' | 'deny',
): Promise<void> {
  const visitor = new Visitor(issuer);
  const page = await visitor.settle(`${issuer}/account`, ada);
  const place =
    page.html.split('class="connection asking"').findIndex((part) => part.includes(binding)) - 1;
  if (place < 0) throw new Error('the page does not show the binding message');
  const done = await visitor.press(page, `request-${place}-${answer}`);
  if (done.kind === 'left' || findText(done.page.html, 'answered') === undefined)
    throw new Error('the answer was not taken');
}
