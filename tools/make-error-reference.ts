/**
 * Makes docs/errors.md from the refusal catalogue. With `--check` it fails when the page is not
 * current. The advice for each reason is in packages/wire/src/advice.ts.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type RefusalReason, refusal } from '@keywright/wire';
import { advice, type AdviceGroup, adviceGroups } from '@keywright/wire/advice';
import { report, root } from './source-files.ts';

const page = 'docs/errors.md';
const file = path.join(root, page);

const opening = `# Errors

This page lists every refusal of the server and the guard. \`tools/make-error-reference.ts\` makes it from the one catalogue in
\`packages/wire/src/refusals.ts\`. \`npm run check\` fails when the two differ.

A refusal has a **reason** of Keywright, which is exact and stable, and an **error** of the specification, which is less exact.
Programs should use the error. People who look for a cause need the reason.

| where | form of the refusal |
|---|---|
| \`/token\`, \`/revoke\`, \`/introspect\`, and every endpoint of OAuth | JSON: \`error\`, \`error_description\`, \`error_uri\` (RFC 6749 §5.2). |
| the redirect URI | \`error\`, \`error_description\`, \`error_uri\`, \`state\`, \`iss\` in the query or the fragment (RFC 6749 §4.1.2.1). |
| the admin API, permissions, API keys | JSON as above, with \`reason\` and \`decision\`. Below \`/access/v1/\` the name is \`decision_id\`. |
| \`/userinfo\` | The challenge in \`WWW-Authenticate\` (RFC 6750 §3), and JSON as above. |
| an API behind the guard | The challenge, and problem details (RFC 9457), with \`reason\`, \`error\` and \`decision\`. |
| a page | The text, the reason, and the decision as its reference. |

\`error_uri\` is \`<issuer>/errors/<reason>?decision=<decision>\`. It contains both, and leads to a page of the server with the
texts of this page: what was refused, what to check, and the reference to quote. A program that needs the reason reads it
from that address.

The **decision** is the id of one refusal. It is in the log too, so that the entry can be found.
\`keywright why <decision>\` explains the refusal, and also accepts the \`error_uri\` ([guide](guides/why-was-it-refused.md)).

401 always means that authentication is missing or invalid. 403 means that the caller is known and is not allowed
([401 or 403?](401-or-403.md)). \`user_denied\`, \`login_required\` and similar errors are sent in a redirect, which has no status.
`;

/** Escapes what would end the table cell. */
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

function renderGroup({ title, where, advice: own }: AdviceGroup): string {
  const rows = (Object.keys(own) as RefusalReason[]).map(row);
  const head = ['| reason | status | error | meaning | what to do |', '|---|---|---|---|---|'];
  return [`## ${title}`, '', where, '', ...head, ...rows, ''].join('\n');
}

const wanted = [opening, ...adviceGroups.map(renderGroup)].join('\n');

if (process.argv.includes('--check')) {
  const current = existsSync(file) && readFileSync(file, 'utf8') === wanted;
  report(
    current ? [] : [`${page}: is not what the catalogue says`],
    'Run: node tools/run.cjs tools/make-error-reference.ts',
  );
} else {
  writeFileSync(file, wanted);
}
