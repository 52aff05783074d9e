import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const body = readFileSync(new URL('./passkey-script.js', import.meta.url), 'utf8');

/** The one script of the pages. Served unchanged, and cached for ever, like the style sheet. */
export const passkeyScript = {
  path: `/assets/passkeys-${hash('sha256', body, 'hex').slice(0, 16)}.js`,
  body,
  contentType: 'text/javascript; charset=utf-8',
} as const;
