/**
 * Makes docs/errors.md out of the refusal catalogue. The mistake it catches, with `--check`: a reason that was added or
 * changed while the page still tells the old story. A reason without advice does not compile.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type RefusalReason, refusal } from '@keywright/wire';
import { report, root } from './source-files.ts';

const page = 'docs/errors.md';
const file = path.join(root, page);

type Advice = Partial<Record<RefusalReason, string>>;

const request = {
  parameter_missing: 'Send the parameter that the description names.',
  parameter_repeated: 'Send each parameter once. Only `resource` may be repeated.',
  parameter_malformed: 'Look at the value’s form: its length, its percent-encoding, no NUL.',
  parameter_unsupported: 'Use one of the values that the metadata lists.',
  content_type_wrong: 'Send the parameters as a form, with that Content-Type.',
  credentials_in_query:
    'Move every parameter into the body. Replace what stood in the address: it may be in logs now.',
  body_too_large: 'Send less: 64 KiB is the most.',
  path_unknown: 'Take addresses from the metadata. At an API: there is no such resource.',
  method_not_allowed: 'Use one of the methods in `Allow`.',
} as const satisfies Advice;

const client = {
  client_authentication_missing:
    'Send the client’s id and secret, or `client_id` alone for a client without a secret.',
  client_authentication_failed:
    'Check id, secret and method with `keywright explain`. The answer is the same for unknown and disabled clients.',
  client_authentication_twice: 'Use the Authorization header or the body, not both.',
  client_not_permitted:
    'See `keywright explain`: the tier forbids it, or the client’s `grant_types` do not name it.',
  client_unknown:
    'Shown to the user, never sent back. Check `client_id`, and that the client is not disabled.',
  redirect_uri_mismatch:
    'Shown to the user, never sent back. Compare with the registered URI, letter by letter.',
} as const satisfies Advice;

const authorization = {
  response_type_unsupported: 'Use `code`.',
  request_object_unsupported: 'Send plain parameters, without `request`.',
  request_uri_unsupported: 'Send plain parameters, without `request_uri`.',
  registration_unsupported: 'Register the client first, and leave `registration` out.',
  code_challenge_missing: 'Use PKCE: every client must.',
  user_denied: 'Respect it, and let the user start again.',
  login_required: 'Send the user again without `prompt=none`.',
  consent_required: 'Send the user again without `prompt=none`.',
} as const satisfies Advice;

const token = {
  grant_type_unsupported: 'Use one of `grant_types_supported` in the metadata.',
  code_invalid: 'Start a new authorization. A code is for one use, within 60 seconds.',
  code_redirect_uri_mismatch: 'Send the very same `redirect_uri` as in the authorization request.',
  code_verifier_wrong: 'Send the verifier that this request’s challenge was made of.',
  refresh_token_invalid: 'Forget the tokens and send the user through authorization again.',
  refresh_token_reused:
    'The same. Then look for the cause: two processes with one token, or a thief. It is a warning in the server’s log.',
  credentials_wrong: 'Let the user type again.',
  scope_invalid: 'Ask for scopes that the client is registered for, of the API that `resource` names.',
  target_invalid: 'Name one API that was granted, by its identifier.',
  token_type_unsupported: 'Revoke the refresh token.',
} as const satisfies Advice;

const pages = {
  sign_in_wrong: 'Try again. Whether the address has an account is not told.',
  request_expired:
    'Go back to the application and start again: half an hour has passed, or the page was sent before.',
  form_foreign: 'Reload the page and send it again. Cookies must be allowed; another site’s form is refused.',
} as const satisfies Advice;

const load = {
  throttled: 'Wait as `Retry-After` says.',
  overloaded: 'Wait as `Retry-After` says, and send it again.',
  fault: 'A bug, or a fault of the store. Its line in the server’s log has the cause.',
} as const satisfies Advice;

const bearer = {
  token_missing: 'Send `Authorization: Bearer`.',
  token_twice: 'Send the token in one way, once.',
  token_in_query: 'Send the token in the Authorization header.',
  token_malformed: 'Send the access token just as it was given.',
  token_type_wrong: 'Send the access token, not the ID token.',
  token_signature_wrong: 'Get a new token. If that fails too, the API trusts another issuer or has old keys.',
  token_issuer_wrong: 'Get a token of the issuer that this API trusts.',
  token_audience_wrong: 'Get a token for this API: name it by `resource`.',
  token_expired: 'Refresh, and try once more.',
  token_not_yet_valid: 'Look at the clocks.',
  token_ended: 'Access was taken back. Send the user through authorization again.',
  scope_insufficient: 'Ask the user for the scope that the challenge names, if you need it.',
  resource_forbidden: 'Do not repeat it. This caller may not do this, with whatever token.',
  keys_unavailable: 'Wait as `Retry-After` says. The API’s operator looks at its way to the issuer.',
} as const satisfies Advice;

const advice: Readonly<Record<RefusalReason, string>> = {
  ...request,
  ...client,
  ...authorization,
  ...token,
  ...pages,
  ...load,
  ...bearer,
};

interface Group {
  readonly title: string;
  readonly where: string;
  readonly advice: Advice;
}

const groups: readonly Group[] = [
  { title: 'The request', where: 'At every address.', advice: request },
  { title: 'The client', where: 'Who calls, and whether it may.', advice: client },
  {
    title: 'The way to a code',
    where: 'At `/authorize`, sent back to the redirect URI.',
    advice: authorization,
  },
  {
    title: 'Tokens',
    where: 'At `/token` and `/revoke`; scope and target at `/authorize` too.',
    advice: token,
  },
  { title: 'The pages', where: 'Shown to the user.', advice: pages },
  { title: 'Load and faults', where: 'At every address.', advice: load },
  { title: 'A bearer token', where: 'At APIs behind the guard, and at `/userinfo`.', advice: bearer },
];

const opening = `# Errors

Every way in which the server or the guard says no. This page is made from the one catalogue in \`packages/wire/src/refusals.ts\` by
\`tools/make-error-reference.ts\`; \`npm run check\` fails when the two differ.

A refusal has a **reason**, which is ours, exact and stable, and an **error**, which is the specification's and coarser. Programs
should act on the error; people who look for a cause want the reason.

| where | how it is said |
|---|---|
| \`/token\`, \`/revoke\`, \`/introspect\` | JSON: \`error\`, \`error_description\`, \`reason\`, \`decision\` (RFC 6749 §5.2). |
| the redirect URI | \`error\`, \`error_description\`, \`state\`, \`iss\` in the query, or in the fragment (RFC 6749 §4.1.2.1). |
| \`/userinfo\` | The challenge in \`WWW-Authenticate\` (RFC 6750 §3), and JSON as above. |
| an API behind the guard | The challenge, and problem details (RFC 9457), with \`reason\`, \`error\` and \`decision\`. |
| a page | The text, the reason, and the decision as its reference. |

The **decision** is the id of this one refusal. It stands in the log as well, so that a complaint finds its line.

401 always means that authentication is missing or bad; 403 that the caller is known and may not. \`user_denied\`,
\`login_required\` and the like travel in a redirect, where there is no status.
`;

/** A cell must not end its row. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function row(reason: RefusalReason): string {
  const { error, status, text, section } = refusal(reason);
  const cells = [
    `<a id="${reason}"></a>\`${reason}\``,
    String(status),
    error === undefined ? 'none' : `\`${error}\``,
    `${text} (${section})`,
    advice[reason],
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function renderGroup({ title, where, advice: own }: Group): string {
  const rows = (Object.keys(own) as RefusalReason[]).map(row);
  const head = ['| reason | status | error | meaning | what to do |', '|---|---|---|---|---|'];
  return [`## ${title}`, '', where, '', ...head, ...rows, ''].join('\n');
}

const wanted = [opening, ...groups.map(renderGroup)].join('\n');

if (process.argv.includes('--check')) {
  const current = existsSync(file) && readFileSync(file, 'utf8') === wanted;
  report(
    current ? [] : [`${page}: is not what the catalogue says`],
    'Run: node tools/run.cjs tools/make-error-reference.ts',
  );
} else {
  writeFileSync(file, wanted);
}
