import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { registerClient } from '../registration.ts';

describe('the registration for CIBA (CIBA §4)', () => {
  const register = (over: object) => () =>
    registerClient(
      {
        kind: 'web',
        trust: 'third-party',
        client_name: 'Desk',
        grant_types: ['urn:openid:params:grant-type:ciba'],
        ...over,
      },
      { now: 0, random: { bytes: (length) => randomBytes(length) }, apis: [], origin: 'command' },
    );
  const ping = { backchannel_token_delivery_mode: 'ping' };
  const endpoint = 'https://desk.example/ping';

  it.each([
    ['push', { backchannel_token_delivery_mode: 'push' }],
    ['ping without an address', ping],
    [
      'ping over http',
      { ...ping, backchannel_client_notification_endpoint: 'http://desk.example/ping' },
    ],
    ['ping at no address', { ...ping, backchannel_client_notification_endpoint: 'ping' }],
    [
      'ping with a password',
      { ...ping, backchannel_client_notification_endpoint: 'https://a:b@desk.example' },
    ],
    ['an address without ping', { backchannel_client_notification_endpoint: endpoint }],
    ['user codes', { backchannel_user_code_parameter: true }],
    ['signed requests without keys', { backchannel_authentication_request_signing_alg: 'ES256' }],
    [
      'requests signed by a secret',
      {
        backchannel_authentication_request_signing_alg: 'HS256',
        jwks_uri: 'https://desk.example/keys',
      },
    ],
    ['a public client', { kind: 'native' }],
    ['a service', { kind: 'service', trust: 'first-party' }],
  ])('refuses %s', (_, over) => {
    expect(register(over)).toThrow();
  });

  it('accepts the mode poll, no mode, and ping at an https address', () => {
    expect(register({})().client.settings?.backchannelTokenDeliveryMode).toBeUndefined();
    expect(
      register({ ...ping, backchannel_client_notification_endpoint: endpoint })().client.settings,
    ).toMatchObject({
      backchannelTokenDeliveryMode: 'ping',
      backchannelClientNotificationEndpoint: endpoint,
    });
  });
});
