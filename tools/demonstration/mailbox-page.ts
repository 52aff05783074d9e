/** The page on which a visitor of the demonstration reads mails. */
import { html } from 'hono/html';
import { asString } from '../../packages/server/src/pages/markup.ts';
import type { CapturedMail } from './mailbox.ts';

const style = `
:root { color-scheme: light dark; --line: #dbe3df; --soft: #4b5c55; }
@media (prefers-color-scheme: dark) { :root { --line: #2a3732; --soft: #a6b6af; } }
body { margin: 0 auto; max-width: 44rem; padding: 2rem 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 0.25rem; }
.soft { color: var(--soft); margin: 0; }
ul { list-style: none; margin: 1.5rem 0; padding: 0; display: grid; gap: 1rem; }
li { border: 1px solid var(--line); border-radius: 0.75rem; padding: 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.0625rem; margin: 0 0 0.25rem; }
summary { cursor: pointer; padding: 0.5rem 0; }
iframe { width: 100%; height: 26rem; border: 1px solid var(--line); border-radius: 0.5rem; }
pre { white-space: pre-wrap; margin: 0.75rem 0 0; font: 0.875rem/1.5 ui-monospace, monospace; }
`;

export function renderMailbox(mails: readonly CapturedMail[]): string {
  return asString(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Mails of the demonstration</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${style}</style>
</head>
<body>
<h1>Mails of the demonstration</h1>
<p class="soft">Every mail that the server sends arrives here. Nothing leaves this machine. Load the page again to see new mails.</p>
${mails.length === 0 ? html`<p>There is no mail yet.</p>` : html`<ul role="list">${mails.map(renderMail)}</ul>`}
</body>
</html>
`);
}

function renderMail({ to, from, subject, text, html: body, receivedAt }: CapturedMail) {
  return html`<li>
<h2>${subject}</h2>
<p class="soft">To <bdi>${to}</bdi>, from <bdi>${from}</bdi>, at <time datetime="${receivedAt}">${receivedAt.slice(11, 19)}</time></p>
<pre>${text}</pre>
<details><summary>As a mail program shows it</summary><iframe sandbox title="The mail: ${subject}" srcdoc="${body}"></iframe></details>
</li>`;
}
