/**
 * Makes docs/reference/configuration.md from the schema of the configuration. With `--check` it
 * fails when the page is not current.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { renderConfigurationReference } from './configuration-reference.ts';
import { report, root } from './source-files.ts';

const page = 'docs/reference/configuration.md';
const file = path.join(root, page);
const wanted = renderConfigurationReference();

if (process.argv.includes('--check')) {
  const current = existsSync(file) && readFileSync(file, 'utf8') === wanted;
  report(
    current ? [] : [`${page}: is not what the schema says`],
    'Run: node tools/run.cjs tools/make-configuration-reference.ts',
  );
} else {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, wanted);
}
