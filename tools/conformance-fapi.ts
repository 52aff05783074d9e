/**
 * The FAPI plans of the OpenID Foundation's suite: the configuration of each plan, and the servers'
 * configurations that are made from fapi-2.yaml.
 */
import { createPrivateKey, type JsonWebKeyInput } from 'node:crypto';

const issuer = 'https://localhost:4444';
const seconds = 10;

export interface Keeper {
  readonly keys: readonly [JsonWebKeyInput['key']];
  readonly certificate: string;
}
export type Keepers = Readonly<Record<'fapi-client-1' | 'fapi-client-2' | 'fapi-service', Keeper>>;

/**
 * For each module: the automation answers each page, and an error page gives the screenshot that
 * some modules need.
 */
const anyway = (answer: 'allow' | 'deny') => ({
  match: `${issuer}/authorize*`,
  tasks: [
    {
      task: 'Sign in',
      optional: true,
      match: `${issuer}/sign-in*`,
      commands:
        answer === 'deny'
          ? [['click', 'id', 'deny']]
          : [
              ['text', 'id', 'email', 'ada@conformance.example'],
              ['text', 'id', 'password', 'correct horse battery staple 1'],
              ['click', 'id', 'signin'],
            ],
    },
    {
      task: 'Consent',
      optional: true,
      match: `${issuer}/consent*`,
      commands: [['click', 'id', answer]],
    },
    {
      task: 'Refused at a page',
      optional: true,
      match: `${issuer}/authorize*`,
      commands: [
        [
          'wait',
          'xpath',
          '//*',
          seconds,
          'quote the reference',
          'update-image-placeholder-optional',
        ],
      ],
    },
    {
      task: 'Back at the suite',
      optional: true,
      match: '*/test/a/keywright/callback*',
      commands: [['wait', 'id', 'submission_complete', seconds]],
    },
  ],
});

type Authentication = 'private_key_jwt' | 'mtls';

function certificateOf({ keys: [jwk], certificate }: Keeper) {
  const key = createPrivateKey({ key: jwk, format: 'jwk' }).export({
    type: 'pkcs8',
    format: 'pem',
  });
  return { cert: certificate, key };
}

interface Choice {
  readonly plan: string;
  readonly by: Authentication;
  readonly ids: readonly [string, string];
  readonly keepers: readonly [Keeper, Keeper];
  readonly scope: string;
  readonly resource: string;
  readonly more?: object;
  readonly rejects?: string;
}

function configurationOf({
  plan,
  by,
  ids,
  keepers,
  scope,
  resource,
  more,
  rejects,
}: Choice): object {
  const client = (index: 0 | 1) => ({
    client_id: ids[index],
    scope,
    jwks: { keys: keepers[index].keys },
    dpop_signing_alg: 'ES256',
    ...more,
  });
  return {
    alias: 'keywright',
    description: `Keywright, ${plan}, ${by}`,
    server: { discoveryUrl: `${issuer}/.well-known/openid-configuration` },
    client: client(0),
    client2: client(1),
    mtls: certificateOf(keepers[0]),
    mtls2: certificateOf(keepers[1]),
    resource: { resourceUrl: `${issuer}${resource}` },
    ...(rejects === undefined
      ? {}
      : { browser: [anyway('allow')], override: { [rejects]: { browser: [anyway('deny')] } } }),
  };
}

const authentications = ['private_key_jwt', 'mtls'] as const;
const prefixes = { private_key_jwt: '', mtls: 'mtls-' } as const;

/** Plans by the name of their file, without its extension. */
export function fapiConfigurations(keepers: Keepers): Readonly<Record<string, object>> {
  const both = [keepers['fapi-client-1'], keepers['fapi-client-2']] as const;
  const service = [keepers['fapi-service'], keepers['fapi-client-2']] as const;
  const flows: readonly (readonly [file: string, plan: string, rejects: string])[] = [
    [
      'fapi2-security-profile',
      'fapi2-security-profile-final-test-plan',
      'fapi2-security-profile-final',
    ],
    [
      'fapi2-message-signing',
      'fapi2-message-signing-final-test-plan',
      'fapi2-security-profile-final',
    ],
    ['fapi1-advanced', 'fapi1-advanced-final-test-plan', 'fapi1-advanced-final'],
  ];
  const entries = authentications.flatMap((by) => {
    const end = by.replaceAll('_', '-');
    const of = (plan: string) => ({ plan, by, keepers: both, resource: '/userinfo' });
    const ids = (kind: string) =>
      [`fapi-${prefixes[by]}${kind}-1`, `fapi-${prefixes[by]}${kind}-2`] as const;
    return [
      ...flows.map(([file, plan, family]) => [
        `${file}-${end}`,
        configurationOf({
          ...of(plan),
          ids: ids('client'),
          scope: 'openid offline_access accounts',
          rejects: `${family}-user-rejects-authentication`,
        }),
      ]),
      [
        `fapi2-client-credentials-${end}`,
        configurationOf({
          ...of('fapi2-security-profile-final-client-credentials-grant-test-plan'),
          ids: [`fapi-${prefixes[by]}service`, `fapi-${prefixes[by]}service-2`],
          keepers: service,
          scope: 'clients:read',
          // The admin API is the only resource of the server that a program without a user may
          // request.
          resource: '/admin/v1/clients',
        }),
      ],
      ...(['poll', 'ping'] as const).map((mode) => [
        `fapi-ciba-${mode}-${end}`,
        configurationOf({
          ...of('fapi-ciba-id1-test-plan'),
          ids: ids(`${mode}-client`),
          scope: 'openid offline_access accounts',
          more: { hint_type: 'login_hint', hint_value: 'ada@conformance.example' },
        }),
      ]),
    ] as [string, object][];
  });
  return Object.fromEntries(entries);
}

const ofAll = `# Made from fapi-2.yaml by tools/make-conformance-suite.ts: change that.
`;

const pinged = 'https://www.certification.openid.net/test/a/keywright/ciba-notification-endpoint';

/** For the mode poll or ping, with a key or a certificate: two clients each. */
function cibaClients(): string {
  return authentications
    .flatMap((by) =>
      (['poll', 'ping'] as const).flatMap((mode) =>
        [1, 2].map((number) => {
          const id = `fapi-${prefixes[by]}${mode}-client-${number}`;
          const method = by === 'mtls' ? 'self_signed_tls_client_auth' : by;
          return `  - client_id: ${id}
    kind: web
    trust: third-party
    client_name: FAPI-CIBA client ${number}, ${mode}, ${by}
    grant_types: ["urn:openid:params:grant-type:ciba", refresh_token]
    scope: openid profile email offline_access accounts payments
    token_endpoint_auth_method: ${method}
    id_token_signed_response_alg: ES256
    backchannel_authentication_request_signing_alg: ES256
    backchannel_token_delivery_mode: ${mode}
${mode === 'ping' ? `    backchannel_client_notification_endpoint: ${pinged}\n` : ''}    jwks: *keys-${number}
`;
        }),
      ),
    )
    .join('');
}

const bounds = `# Each module leaves requests behind that nobody answers.
backchannel_requests: { waiting_of_client: 100, waiting_of_account: 100, burst: 1000 }

`;

/** The servers' configurations, by the name of the file. */
export function fapiServers(base: string): Readonly<Record<string, string>> {
  const under = (name: string, profile: string) =>
    replaced(base, [
      [/^(?:#[^\n]*\n)+/, ofAll],
      [/^profile: .*$/m, `profile: ${profile}`],
      [/^database: .*$/m, `database: ${name}.db`],
    ]);
  return {
    'fapi-2-message-signing.yaml': under('fapi-2-message-signing', 'fapi-2-message-signing'),
    'fapi-1-advanced.yaml': under('fapi-1-advanced', 'fapi-1-advanced'),
    'fapi-ciba.yaml': replaced(under('fapi-ciba', 'fapi-1-advanced'), [
      [/^ {2}mutual_tls: true$/m, '  mutual_tls: true\n  backchannel_authentication: true'],
      [/^apis:$/m, `${bounds}apis:`],
      [/\naccounts:\n/, `${cibaClients()}\naccounts:\n`],
    ]),
  };
}

function replaced(text: string, changes: readonly (readonly [RegExp, string])[]): string {
  let changed = text;
  for (const [pattern, by] of changes) {
    if (!pattern.test(changed)) throw new Error(`fapi-2.yaml has nothing like ${String(pattern)}`);
    changed = changed.replace(pattern, () => by);
  }
  return changed;
}
