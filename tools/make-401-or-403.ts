/**
 * Makes docs/401-or-403.md: the catalogue of refusals by the question that each reason answers, the
 * details that the guard adds, and the checks of `keywright contract`. With `--check` it fails when
 * the page has an answer that no code gives.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import path from 'node:path';
import { errorJson, OAuthError } from '@keywright/core';
import { createGuard, GuardRefusal, type Presented } from '@keywright/guard';
import { generateDecryptionKey } from '@keywright/jwt';
import { type RefusalReason, refusal, type ResourceReason } from '@keywright/wire';
import { advice, adviceGroups } from '@keywright/wire/advice';
import { checks } from '../packages/server/src/contract/checks.ts';
import { renderExpected } from '../packages/server/src/contract/expectation.ts';
import { report, root } from './source-files.ts';

const page = 'docs/401-or-403.md';
const file = path.join(root, page);

/** Escapes what would end the table cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/**
 * What an API may answer: refusals of tokens and keys, and the general ones that belong to them.
 */
const apiReasons: readonly ResourceReason[] = [
  ...adviceGroups
    .filter(({ where }) => where.startsWith('At APIs'))
    .flatMap((group) => Object.keys(group.advice) as ResourceReason[]),
  'path_unknown',
];

interface Question {
  readonly title: string;
  readonly answer: string;
  readonly covers: (reason: RefusalReason) => boolean;
}

const is = (status: number, ...errors: readonly string[]) => {
  return (reason: RefusalReason): boolean => {
    const { status: own, error = '' } = refusal(reason);
    return own === status && (errors.length === 0 || errors.includes(error));
  };
};

/**
 * In the order in which an API asks these questions. The first question with the answer no decides.
 */
const questions: readonly Question[] = [
  {
    title: 'Can the request be read at all?',
    answer:
      '**400**, `invalid_request`. Two tokens, or a token in the address: if a server silently takes one of two, an attacker can choose which.',
    covers: is(400),
  },
  {
    title: 'Can you find out what you must know to answer?',
    answer:
      '**503**, with `Retry-After`. Without the issuer’s keys, nobody knows whether a token is valid. After a 401, users would sign in again in vain. To let the request through would be worse.',
    covers: is(503),
  },
  {
    title: 'Do you know the caller, by credentials that are valid here and now?',
    answer:
      '**401**, always with `WWW-Authenticate`. It means: other credentials may help. Without any credentials, the challenge has no error code. A sign-in that is too weak or too old belongs to this question too, because a new sign-in helps.',
    covers: is(401),
  },
  {
    title: 'May this application do this kind of action?',
    answer:
      '**403**, `insufficient_scope`, and the challenge names the scope. The token is valid, so the answer is not 401. A token with more scopes would help, so the challenge names them.',
    covers: is(403, 'insufficient_scope'),
  },
  {
    title: 'May this caller do this to this resource?',
    answer:
      '**403** without a challenge, because no token of this caller helps. **404** if there is no such resource, or if the caller may not know that it exists. Then both cases get the same 404.',
    covers: (reason) => is(403, 'access_denied')(reason) || is(404)(reason),
  },
];

function renderQuestion({ title, answer }: Question, at: number): string {
  return `${at + 1}. **${title}** If not: ${answer}`;
}

function reasonRow(reason: RefusalReason): readonly string[] {
  const { status, error, text, section } = refusal(reason);
  const code = error === undefined ? 'none' : `\`${error}\``;
  return [
    `[\`${reason}\`](errors.md#${reason})`,
    String(status),
    code,
    `${text} (${section})`,
    advice[reason],
  ];
}

const catalogueHead = ['reason', 'status', 'error', 'meaning', 'what the caller does'];

function renderAnswers({ title, covers }: Question): string {
  const rows = apiReasons.filter(covers).map(reasonRow);
  return [`### ${title}`, '', renderTable(catalogueHead, rows)].join('\n');
}

/** Each refusal with 401 or 403 that no API gives. */
function renderOthers(): string {
  const others = (Object.keys(advice) as RefusalReason[]).filter((reason) => {
    return (is(401)(reason) || is(403)(reason)) && !apiReasons.some((one) => one === reason);
  });
  return renderTable(catalogueHead, others.map(reasonRow));
}

const audience = 'https://api.example';
const scope = 'buildings:write';
const issuer = { issuer: 'https://login.example', client: { id: 'api', secret: 'made-up' } };
const plainGuard = createGuard({ issuer, audience }).route({ scope });
const keyGuard = createGuard({
  issuer,
  audience,
  apiKeys: { decryptionKeys: [generateDecryptionKey()] },
}).route({ scope });

/** The scheme of the refused credential. */
function schemeOf(reason: ResourceReason): string | undefined {
  if (reason === 'token_missing') return undefined;
  if (/key/.test(reason) && reason !== 'keys_unavailable') return 'ApiKey';
  return /^proof_|binding/.test(reason) ? 'DPoP' : 'Bearer';
}

function present(scheme: string | undefined): Presented {
  const headers: Record<string, string> =
    scheme === undefined ? {} : { authorization: `${scheme} x` };
  const header = (name: string) => headers[name];
  return {
    method: 'GET',
    target: '/buildings/1',
    remoteAddress: undefined,
    header,
    certificate: () => undefined,
  };
}

/** Details that the guard adds itself. */
const details: Readonly<
  Partial<Record<ResourceReason, ConstructorParameters<typeof GuardRefusal>[1]>>
> = {
  authentication_insufficient: { acrValues: 'urn:example:second-factor', maxAgeSeconds: 300 },
};
const extras: Readonly<Partial<Record<ResourceReason, Record<string, string>>>> = {
  proof_nonce_missing: { 'dpop-nonce': '(of this API, good for minutes)' },
};

interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

/** The answer of the guard itself. */
function say(reason: ResourceReason): Said {
  const scheme = schemeOf(reason);
  const guard = scheme === 'ApiKey' ? keyGuard : plainGuard;
  const detail = { scope, ...details[reason] };
  const refused = new GuardRefusal(reason, detail, { headers: extras[reason] ?? {} });
  return guard.refuse(refused, present(scheme));
}

const shownHeaders = [
  'www-authenticate',
  'dpop-nonce',
  'retry-after',
  'cache-control',
  'content-type',
];

/** The decision id is different each time. */
function renderSaid({ status, headers, body }: Said): string {
  const lines = shownHeaders.flatMap((name) =>
    headers[name] === undefined ? [] : `${name}: ${String(headers[name])}`,
  );
  const fixed = body.replace(/"decision":"[^"]*"/, '"decision":"…"');
  return ['```http', `HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', fixed, '```'].join(
    '\n',
  );
}

/**
 * All refusals with a challenge, and one example of each other kind, because these differ only in
 * their texts.
 */
function renderExamples(): string {
  const shown = apiReasons.filter((reason) => {
    const { 'www-authenticate': challenge } = say(reason).headers;
    return (
      challenge !== undefined ||
      ['resource_forbidden', 'path_unknown', 'keys_unavailable'].includes(reason)
    );
  });
  return shown.map((reason) => `### \`${reason}\`\n\n${renderSaid(say(reason))}`).join('\n\n');
}

function renderServerExample(): string {
  const error = new OAuthError('client_authentication_failed');
  const request = { headers: { authorization: 'Basic …' } };
  return renderSaid(errorJson(error, { issuer: issuer.issuer, decision: '…', request }));
}

/** Without configuration: the checks for every API. */
function renderChecks(): string {
  const settings = { query_token: false } as Parameters<
    (typeof checks)[number]['expect']
  >[0]['settings'];
  const material = {
    settings,
    tokens: {},
    foreignToken: undefined,
    forger: undefined,
    publicKey: undefined,
  };
  const rows = checks.map(({ id, asked, expect, section }) => {
    const expected = renderExpected(expect(material), {
      allowedStatus: undefined,
      scope: undefined,
    });
    return [`\`${id}\``, asked, expected, section];
  });
  return renderTable(['check', 'asked with', 'must be answered', 'by'], rows);
}

const wanted = `<!-- Made by tools/make-401-or-403.ts from the catalogue, the guard and the checks: change it there. -->

# 401 or 403?

**401** means: the server does not know the caller. Other credentials may help, and \`WWW-Authenticate\` says which ones
(RFC 9110 §15.5.2). **403** means: the server knows the caller, and refuses. The same request of the same caller will not
succeed (RFC 9110 §15.5.4).

No other answer takes the place of these two:

- no redirect to a sign-in page, because a program cannot sign in
- no 200 with an error inside, because caches and clients trust the status
- no 404 for an unknown caller: the caller is checked before the resource
- no 500 for a token that cannot be read

## Five questions

Ask them in this order. The first one that is answered with no decides.

${questions.map(renderQuestion).join('\n')}

If all five answers are yes, let the request through.

The order protects secrets. A caller that may not ask for a resource does not learn whether it exists. An unknown caller does not
learn which scope the resource needs.

## Every answer of an API

The answers are ordered by the five questions. The guard gives no other answer, and takes all of them from
\`packages/wire/src/refusals.ts\`. The **error** is from the specification, for programs. The **reason** is from Keywright, for
people who look for a cause. \`keywright why <decision>\` explains a refusal ([guide](guides/why-was-it-refused.md)).

${questions.map(renderAnswers).join('\n\n')}

Every address can also answer 405 with \`Allow\`, 413 for a body that is too large, 429 and 503 with \`Retry-After\`, and 500 for a
bug. All refusals are in [errors.md](errors.md).

## At the authorization server

Here the caller is an application that authenticates itself, or a user at a page.

${renderOthers()}

\`user_denied\` is sent in a redirect, which has no status of its own. A client that is authenticated but may not use a grant gets 400
\`unauthorized_client\` (RFC 6749 §5.2), and not 403.

${renderServerExample()}

## On the wire

These are the exact answers of the guard for a route that needs \`${scope}\`. \`decision\` is the id of one refusal, which is in the log
too. An API that accepts DPoP proofs or API keys sends a challenge for each scheme. The error is in the challenge of the scheme that was used.

${renderExamples()}

## Test an API

\`keywright contract <url>\` tests any HTTP API, behind our guard or not, and reports the differences ([guide](guides/contract.md)):

${renderChecks()}

All answers are also checked for these rules: no answer contains a token, no cache may give a refusal to another caller, every
challenge has the form of RFC 9110 §11.6.1, and the metadata of RFC 9728 exists if a challenge names it.
`;

if (process.argv.includes('--check')) {
  const current = existsSync(file) && readFileSync(file, 'utf8') === wanted;
  report(
    current ? [] : [`${page}: is not what the catalogue and the guard say`],
    'Run: node tools/run.cjs tools/make-401-or-403.ts',
  );
} else {
  writeFileSync(file, wanted);
}
