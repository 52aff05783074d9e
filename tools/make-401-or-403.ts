/**
 * Makes docs/401-or-403.md: the catalogue by the question that each reason answers, what the guard
 * itself says on the wire, and what `keywright contract` asks. The mistake it catches, with
 * `--check`: a page that tells of answers nobody gives.
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

/** A cell must not end its row. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/**
 * What an API may answer: about tokens and keys, and the few of every address that belong beside
 * them.
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

/** In the order in which an API asks them; the first that is answered with no decides. */
const questions: readonly Question[] = [
  {
    title: 'Can the request be read at all?',
    answer:
      '**400**, `invalid_request`. Two tokens, or a token in the address: whoever takes one of two in silence lets somebody else choose which.',
    covers: is(400),
  },
  {
    title: 'Can you find out what you must know to answer?',
    answer:
      '**503**, with `Retry-After`. Without the issuer’s keys nobody knows whether a token is good. 401 would send users to sign in for nothing; letting it through is worse.',
    covers: is(503),
  },
  {
    title: 'Do you know who calls, by credentials that are good here and now?',
    answer:
      '**401**, with `WWW-Authenticate`, always. It says: come back with other credentials, and it may work. None at all: a challenge without an error code. A sign-in that is too weak or too old is this question, too: a new one helps.',
    covers: is(401),
  },
  {
    title: 'Has this application been allowed to do such a thing?',
    answer:
      '**403**, `insufficient_scope`, and the challenge names the scope. The token is good, so it is not 401; a token with more in it would help, so the challenge says what.',
    covers: is(403, 'insufficient_scope'),
  },
  {
    title: 'May this caller do this to this very resource?',
    answer:
      '**403** without a challenge: no token of this caller’s helps. **404** when there is no such resource, or when not even that it exists may be known; then the same 404 for both.',
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

/** Everything with 401 or 403 that no API says. */
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

/** By which scheme the credential came that is refused. */
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

/** What the guard finds out for itself, and says. */
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

/** The guard itself says it. */
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

/** The decision is another one each time. */
function renderSaid({ status, headers, body }: Said): string {
  const lines = shownHeaders.flatMap((name) =>
    headers[name] === undefined ? [] : `${name}: ${String(headers[name])}`,
  );
  const fixed = body.replace(/"decision":"[^"]*"/, '"decision":"…"');
  return ['```http', `HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', fixed, '```'].join(
    '\n',
  );
}

/** All with a challenge, and of the others one each: they differ in their texts alone. */
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

/** With nothing configured: what holds for every API. */
function renderChecks(): string {
  const settings = { query_token: false } as Parameters<
    (typeof checks)[number]['expect']
  >[0]['settings'];
  const material = {
    settings,
    tokens: {},
    stranger: undefined,
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

**401** says: *I do not know you.* Other credentials may help, and \`WWW-Authenticate\` says which (RFC 9110 §15.5.2).
**403** says: *I know you, and no.* The same caller coming again will not help (RFC 9110 §15.5.4).

Nothing else is either. Not a redirect to a sign-in page: a program cannot sign in. Not 200 with an error inside: caches and clients
believe the status. Not 404 for who is not known: first who, then what. Not 500 for a token that cannot be read.

## Five questions

Ask them in this order. The first that is answered with no decides.

${questions.map(renderQuestion).join('\n')}

Five times yes: let it through.

The order is what keeps secrets: nobody learns whether a resource exists who may not ask for it, and nobody learns what it needs who is
not known.

## Every answer of an API

By the question that it answers. The guard gives no other, and takes none of them from anywhere else
(\`packages/wire/src/refusals.ts\`). The **error** is the specification's, for programs; the **reason** is ours, for people who look for a
cause. \`keywright why <decision>\` explains one that happened ([guide](guides/why-was-it-refused.md)).

${questions.map(renderAnswers).join('\n\n')}

Beside these there are, at every address: 405 with \`Allow\`, 413 for a body that is too large, 429 and 503 with \`Retry-After\`, 500 for a
bug. All refusals are in [errors.md](errors.md).

## At the authorization server

Here the caller is an application that authenticates itself, or a person at a page.

${renderOthers()}

\`user_denied\` travels in a redirect, where there is no status. A client whose authentication is good and that may not use a grant gets 400
\`unauthorized_client\`, as RFC 6749 §5.2 has it, and not 403.

${renderServerExample()}

## On the wire

What the guard says, word for word, for a route that needs \`${scope}\`. \`decision\` is the id of that one refusal: it stands in the log
as well. An API that takes DPoP proofs or API keys has a challenge for each scheme; the error stands in that of the scheme that was used.

${renderExamples()}

## Does an API keep to it?

\`keywright contract <url>\` asks any HTTP API, behind our guard or not, and says where it does not ([guide](guides/contract.md)):

${renderChecks()}

Then over all answers: no token in any of them, no refusal that caches may give to others, every challenge as RFC 9110 §11.6.1 has it, and
the metadata of RFC 9728 where a challenge announces it.
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
