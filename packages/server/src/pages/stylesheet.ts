import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Accent, accentRules } from './accent.ts';

/** The style sheet of the pages: first the values, then the rules. */
const body = [new URL('./tokens.css', import.meta.url), new URL('./pages.css', import.meta.url)]
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/**
 * Served unchanged. The path contains a digest of the body. So it may be cached for ever (`public,
 * max-age=31536000, immutable`), and a new release never gets an old style sheet.
 */
export const stylesheet = sheetOf(body);

/** The same in the colour of the operator. Without one, the style sheet itself. */
export function brandedStylesheet(accent: Accent | undefined): typeof stylesheet {
  return accent === undefined ? stylesheet : sheetOf(`${body}\n${accentRules(accent)}`);
}

function sheetOf(text: string) {
  return {
    path: `/assets/keywright-${hash('sha256', text, 'hex').slice(0, 16)}.css`,
    body: text,
    contentType: 'text/css; charset=utf-8',
  } as const;
}
