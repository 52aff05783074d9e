/**
 * Makes examples/conformance/suite: the configuration for each plan of the OpenID Foundation's
 * suite, with the automation that signs in at our pages. Also makes the servers' configurations
 * that differ from fapi-2.yaml in a few lines. With `--check` it fails when a file is not current.
 * interop/oidc-conformance.test.ts and the two tests of the FAPI plans use these files.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fapiConfigurations, fapiServers, type Keepers } from './conformance-fapi.ts';
import { report, root } from './source-files.ts';

const folder = 'examples/conformance/suite';
const issuer = 'https://localhost:4443';
const callback = '*/test/a/keywright/callback*';
const seconds = 10;

type Command = readonly (string | number)[];

interface Task {
  readonly task: string;
  readonly match: string;
  readonly optional?: true;
  readonly commands?: readonly Command[];
}

interface Entry {
  readonly match: string;
  readonly tasks: readonly Task[];
}

/** Waits for the text, and gives the page as the screenshot that the module needs. */
const shown = (words: string, action = 'update-image-placeholder'): Command => [
  'wait',
  'xpath',
  '//*',
  seconds,
  words,
  action,
];

const fillIn: readonly Command[] = [
  ['text', 'id', 'email', 'ada@conformance.example'],
  ['text', 'id', 'password', 'correct horse battery staple 1'],
  ['click', 'id', 'signin'],
];
const signIn: Task = {
  task: 'Sign in',
  optional: true,
  match: `${issuer}/sign-in*`,
  commands: fillIn,
};
const signInShown: Task = {
  ...signIn,
  commands: [shown('Sign in', 'update-image-placeholder-optional'), ...fillIn],
};
const consent: Task = {
  task: 'Consent',
  optional: true,
  match: `${issuer}/consent*`,
  commands: [['click', 'id', 'allow']],
};
const back: Task = {
  task: 'Back at the suite',
  match: callback,
  commands: [['wait', 'id', 'submission_complete', seconds]],
};

const authorize = (...tasks: readonly Task[]): Entry => ({ match: `${issuer}/authorize*`, tasks });
const endSession = (...tasks: readonly Task[]): Entry => ({
  match: `${issuer}/end-session*`,
  tasks,
});
const whole = authorize(signIn, consent, back);

const refusedAt = (address: string, reason: string): Task => ({
  task: `Refused: ${reason}`,
  match: `${issuer}/${address}*`,
  commands: [shown(reason)],
});
const confirm: Task = {
  task: 'Confirm',
  match: `${issuer}/sign-out*`,
  commands: [['click', 'id', 'logout']],
};
const signedOut: Task = {
  task: 'Signed out',
  match: `${issuer}/signed-out*`,
  commands: [shown('You are signed out')],
};
const leave = endSession(
  {
    task: 'Past the frames',
    optional: true,
    match: `${issuer}/signed-out*`,
    commands: [['click', 'id', 'go-on']],
  },
  { task: 'Back at the suite', match: '*/test/a/keywright/post_logout_redirect*' },
);

const refusedRedirect = { browser: [authorize(refusedAt('authorize', 'redirect_uri_mismatch'))] };
const refusedLogout = (reason: string) => ({
  browser: [whole, endSession(refusedAt('end-session', reason))],
});
const askedFirst = { browser: [whole, endSession(confirm, signedOut)] };
const shownOnConsent = (words: string) => ({
  browser: [authorize(signIn, { task: 'Asked', match: consent.match, commands: [shown(words)] })],
});

/** By module: its pages, if they are not those of a successful sign-in. */
const ofSignIn = {
  'oidcc-prompt-login': { browser: [authorize(signInShown, consent, back)] },
  'oidcc-max-age-1': { browser: [authorize(signInShown, consent, back)] },
  'oidcc-ensure-registered-redirect-uri': refusedRedirect,
};
const ofRegistration = {
  'oidcc-redirect-uri-query-added': refusedRedirect,
  'oidcc-redirect-uri-query-mismatch': refusedRedirect,
  'oidcc-ensure-redirect-uri-in-authorization-request': {
    browser: [authorize(refusedAt('authorize', 'redirect_uri is required'))],
  },
  'oidcc-registration-logo-uri': shownOnConsent('act for you'),
  'oidcc-registration-policy-uri': shownOnConsent('Privacy policy'),
  'oidcc-registration-tos-uri': shownOnConsent('Terms of service'),
};
const ofLogout = {
  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri': refusedLogout(
    'post_logout_redirect_uri_mismatch',
  ),
  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri': refusedLogout(
    'post_logout_redirect_uri_mismatch',
  ),
  'oidcc-rp-initiated-logout-no-id-token-hint': refusedLogout('post_logout_redirect_uri_mismatch'),
  'oidcc-rp-initiated-logout-modified-id-token-hint': refusedLogout('id_token_hint_invalid'),
  'oidcc-rp-initiated-logout-bad-id-token-hint': refusedLogout('id_token_hint_invalid'),
  'oidcc-rp-initiated-logout-no-params': askedFirst,
  'oidcc-rp-initiated-logout-only-state': askedFirst,
  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri': {
    browser: [whole, endSession(signedOut)],
  },
};

const client = (name: string) => ({
  client_id: `bench-client-${name}`,
  client_secret: `conformance-client-${name}-secret-that-everyone-knows`,
});
const code = { client: client('1'), client2: client('2'), client_secret_post: client('post') };
const hybrid = {
  client: client('hybrid'),
  client2: client('hybrid-2'),
  client_secret_post: client('hybrid-post'),
};

interface Plan {
  /**
   * For `client_registration=static_client`. With `dynamic_client` the suite registers its own
   * client.
   */
  readonly clients?: object;
  readonly browser?: readonly Entry[];
  readonly override?: object;
}

const plans: Readonly<Record<string, Plan>> = {
  'oidcc-basic': { clients: code, browser: [whole], override: ofSignIn },
  'oidcc-implicit': { clients: hybrid, browser: [whole], override: ofSignIn },
  'oidcc-hybrid': { clients: hybrid, browser: [whole], override: ofSignIn },
  'oidcc-formpost-basic': { clients: code, browser: [whole], override: ofSignIn },
  'oidcc-formpost-implicit': { clients: hybrid, browser: [whole], override: ofSignIn },
  'oidcc-formpost-hybrid': { clients: hybrid, browser: [whole], override: ofSignIn },
  'oidcc-config': {},
  'oidcc-dynamic': { browser: [whole], override: ofRegistration },
  'oidcc-rp-initiated-logout': { clients: code, browser: [whole, leave], override: ofLogout },
  'oidcc-backchannel-rp-initiated-logout': { browser: [whole, leave] },
  'oidcc-frontchannel-rp-initiated-logout': { browser: [whole, leave] },
};

function configurationOf(plan: string, { clients, browser, override }: Plan): object {
  return {
    alias: 'keywright',
    description: `Keywright, ${plan}-certification-test-plan`,
    server: {
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      login_hint: 'ada@conformance.example',
    },
    ...clients,
    browser,
    override,
  };
}

function isCurrent(file: string, wanted: object): boolean {
  // Line breaks are as the formatter makes them.
  return existsSync(file) && isDeepStrictEqual(JSON.parse(readFileSync(file, 'utf8')), wanted);
}

const place = path.join(root, 'examples/conformance');
const keepers = JSON.parse(
  readFileSync(path.join(place, 'fapi-2-client-keys.json'), 'utf8'),
) as Keepers;
const servers = fapiServers(readFileSync(path.join(place, 'fapi-2.yaml'), 'utf8'));
const configurations: Readonly<Record<string, object>> = {
  ...Object.fromEntries(
    Object.entries(plans).map(([plan, about]) => [plan, configurationOf(plan, about)]),
  ),
  ...fapiConfigurations(keepers),
};

const stale: string[] = [];
for (const [name, wanted] of Object.entries(servers)) {
  const file = path.join(place, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue;
  if (process.argv.includes('--check'))
    stale.push(`examples/conformance/${name}: is not what the tool makes`);
  else writeFileSync(file, wanted);
}
for (const [plan, about] of Object.entries(configurations)) {
  const file = path.join(root, folder, `${plan}.json`);
  // Removes undefined members, which JSON does not have.
  const wanted = JSON.parse(JSON.stringify(about)) as object;
  if (isCurrent(file, wanted)) continue;
  if (process.argv.includes('--check'))
    stale.push(`${folder}/${plan}.json: is not what the tool makes`);
  else writeFileSync(file, `${JSON.stringify(wanted, undefined, 2)}\n`);
}
report(stale, 'Run: node tools/run.cjs tools/make-conformance-suite.ts, and the formatter');
