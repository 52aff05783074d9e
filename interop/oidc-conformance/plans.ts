/** The plans of the suite: which modules with which variants, in the suite's order. */
import type { Variant } from './run.ts';

export interface Entry {
  readonly variant: Variant;
  readonly modules: readonly string[];
}

const first = [
  'oidcc-server',
  'oidcc-response-type-missing',
  'oidcc-idtoken-signature',
  'oidcc-idtoken-unsigned',
  'oidcc-userinfo-get',
  'oidcc-userinfo-post-header',
  'oidcc-userinfo-post-body',
];
const middle = [
  'oidcc-scope-profile',
  'oidcc-scope-email',
  'oidcc-scope-address',
  'oidcc-scope-phone',
  'oidcc-scope-all',
  'oidcc-ensure-other-scope-order-succeeds',
  'oidcc-alternate-happy-flow',
  'oidcc-display-page',
  'oidcc-display-popup',
  'oidcc-prompt-login',
  'oidcc-prompt-none-not-logged-in',
  'oidcc-prompt-none-logged-in',
  'oidcc-max-age-1',
  'oidcc-max-age-10000',
  'oidcc-ensure-request-with-unknown-parameter-succeeds',
  'oidcc-id-token-hint',
  'oidcc-login-hint',
  'oidcc-ui-locales',
  'oidcc-claims-locales',
  'oidcc-ensure-request-with-acr-values-succeeds',
];
const codes = ['oidcc-codereuse', 'oidcc-codereuse-30seconds'];
const objects = [
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
  'oidcc-claims-essential',
  'oidcc-ensure-request-object-with-redirect-uri',
];
const withNonce = 'oidcc-ensure-request-without-nonce-fails';
const withoutNonce = 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow';
const registered = 'oidcc-ensure-registered-redirect-uri';
const pkce = 'oidcc-ensure-request-with-valid-pkce-succeeds';
const refresh = 'oidcc-refresh-token';
const post = 'oidcc-server-client-secret-post';

type Way = Pick<Variant, 'responseMode' | 'registration'>;

function entry(
  way: Way,
  responseType: string,
  modules: readonly string[],
  more: Partial<Variant> = {},
): Entry {
  return {
    variant: { ...way, responseType, authentication: 'client_secret_basic', ...more },
    modules,
  };
}

const byPost = { authentication: 'client_secret_post' } as const;
const byKey = { authentication: 'private_key_jwt' } as const;

const basic = (way: Way): readonly Entry[] => [
  entry(way, 'code', [
    ...first,
    withoutNonce,
    ...middle,
    ...codes,
    registered,
    'oidcc-ensure-post-request-succeeds',
  ]),
  entry(way, 'code', [post], byPost),
  entry(way, 'code', [...objects, refresh, pkce]),
];

const implicit = (way: Way): readonly Entry[] => {
  const list = [
    'oidcc-server',
    'oidcc-idtoken-signature',
    withNonce,
    ...middle,
    registered,
    ...objects,
  ];
  const userinfo = first.filter((name) => name.startsWith('oidcc-userinfo'));
  return [
    entry(way, 'id_token', list),
    entry(way, 'id_token token', [...list, ...userinfo, 'oidcc-response-type-missing']),
  ];
};

const hybrid = (way: Way): readonly Entry[] => {
  const start = first.filter((name) => name !== 'oidcc-idtoken-unsigned');
  const later = start.filter((name) => name !== 'oidcc-response-type-missing');
  return [
    entry(way, 'code id_token', [...start, withNonce, ...middle, ...codes, registered]),
    entry(way, 'code id_token', [post], byPost),
    entry(way, 'code id_token', [...objects, refresh, pkce]),
    entry(way, 'code token', [...later, withoutNonce, ...middle, ...codes, registered]),
    entry(way, 'code token', [post], byPost),
    entry(way, 'code token', [...objects, refresh]),
    entry(way, 'code id_token token', [...later, withNonce, ...middle, ...codes, registered]),
    entry(way, 'code id_token token', [post], byPost),
    entry(way, 'code id_token token', [...objects, refresh]),
  ];
};

const discovery = 'oidcc-discovery-endpoint-verification';

const dynamicModules = [
  'oidcc-idtoken-rs256',
  'oidcc-idtoken-unsigned',
  'oidcc-userinfo-rs256',
  'oidcc-ensure-redirect-uri-in-authorization-request',
  'oidcc-redirect-uri-query-OK',
  'oidcc-redirect-uri-query-mismatch',
  'oidcc-redirect-uri-query-added',
  'oidcc-redirect-uri-regfrag',
  discovery,
  'oidcc-server',
  'oidcc-registration-logo-uri',
  'oidcc-registration-policy-uri',
  'oidcc-registration-tos-uri',
  'oidcc-registration-jwks-uri',
  'oidcc-registration-sector-uri',
  'oidcc-registration-sector-bad',
  'oidcc-server-rotate-keys',
  'oidcc-refresh-token-rp-key-rotation',
  'oidcc-request-uri-unsigned',
  'oidcc-request-uri-signed-rs256',
  'oidcc-ensure-request-object-with-redirect-uri',
  refresh,
  'oidcc-ensure-client-assertion-with-iss-aud-succeeds',
];

const logoutModules = [
  'oidcc-rp-initiated-logout-discovery-endpoint-verification',
  'oidcc-rp-initiated-logout',
  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
  'oidcc-rp-initiated-logout-modified-id-token-hint',
  'oidcc-rp-initiated-logout-no-id-token-hint',
  'oidcc-rp-initiated-logout-no-params',
  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
  'oidcc-rp-initiated-logout-no-state',
  'oidcc-rp-initiated-logout-only-state',
  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
  'oidcc-rp-initiated-logout-bad-id-token-hint',
];

const asIs = { responseMode: 'default' } as const;
const formPost = { responseMode: 'form_post' } as const;
const known = { registration: 'static' } as const;
const newcomer = { registration: 'dynamic' } as const;
const dynamicWay = { ...asIs, ...newcomer };

/**
 * By the file of its configuration. Each plan with clients of one kind, Basic with both, so that
 * together they have seen everything.
 */
export const plans: Readonly<Record<string, readonly Entry[]>> = {
  'oidcc-basic': [...basic({ ...asIs, ...known }), ...basic(dynamicWay)],
  'oidcc-implicit': implicit({ ...asIs, ...known }),
  'oidcc-hybrid': hybrid(dynamicWay),
  'oidcc-formpost-basic': basic({ ...formPost, ...known }),
  'oidcc-formpost-implicit': implicit({ ...formPost, ...newcomer }),
  'oidcc-formpost-hybrid': hybrid({ ...formPost, ...known }),
  'oidcc-config': [entry({ ...asIs, ...known }, 'code', [discovery])],
  'oidcc-dynamic': ['code', 'id_token', 'code id_token token'].map((type) =>
    entry(dynamicWay, type, dynamicModules, byKey),
  ),
  'oidcc-rp-initiated-logout': [
    entry({ ...asIs, ...known }, 'code', logoutModules),
    entry(dynamicWay, 'id_token', logoutModules),
  ],
  'oidcc-backchannel-rp-initiated-logout': [
    entry(dynamicWay, 'code', [
      'oidcc-backchannel-logout-discovery-endpoint-verification',
      'oidcc-backchannel-rp-initiated-logout',
    ]),
  ],
  'oidcc-frontchannel-rp-initiated-logout': [
    entry(dynamicWay, 'code', [
      'oidcc-frontchannel-logout-discovery-endpoint-verification',
      'oidcc-frontchannel-rp-initiated-logout',
    ]),
  ],
};
