/**
 * Makes docs/reference/api-<package>.md from the docstrings of the exported names.
 *
 * Usage: node tools/run.cjs tools/make-api-reference.ts [--check]
 *
 * With --check it fails for an exported name without a docstring, for an entry point without an
 * example, and when a page is not current. `public-names.test.ts` compiles the examples.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocstring } from './api-docstring.ts';
import { type Package, readPackages } from './packages.ts';
import { type EntryPoint, entryPointsOf, type PublicName, publicNames } from './public-names.ts';
import { report, root } from './source-files.ts';

/**
 * Packages on which others build. The server is a program, and the other packages are parts of
 * these.
 */
export const documented = [
  'guard',
  'client',
  'core',
  'store',
  'wire',
  'jwt',
  'permissions',
  'testing',
];

const widest = 100;

export function documentedPackages(): readonly Package[] {
  return readPackages().filter(({ folderName }) => documented.includes(folderName));
}

/** Breaks lines at spaces. Lines after the first begin with `indent`. */
function wrap(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > widest && line.trim() !== '') {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line].join('\n');
}

/** The first sentence, or the whole text. */
function firstSentence(text: string): string {
  return /^.*?[.)](?= [A-Z`]|$)/s.exec(text)?.[0] ?? text;
}

function anchorOf(name: string): string {
  return name.toLowerCase();
}

function renderName({ name, doc, declaration }: PublicName): string {
  const { prose, throws, examples } = parseDocstring(doc ?? '');
  const code = (text: string) => `\`\`\`ts\n${text}\n\`\`\``;
  return [
    `### ${name}`,
    ...prose.map((paragraph) => wrap(paragraph)),
    ...throws.map((what) => wrap(`Throws ${what.replace(/\.?$/, '.')}`)),
    code(declaration),
    ...examples.flatMap((example) => ['An example:', code(example)]),
  ].join('\n\n');
}

function renderEntryPoint({ specifier, file }: EntryPoint, written: Set<string>): string {
  const names = [...publicNames(file).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const list = names.map(({ name, doc }) => {
    const { prose } = parseDocstring(doc ?? '');
    return wrap(`- [\`${name}\`](#${anchorOf(name)}): ${firstSentence(prose[0] ?? '')}`, '  ');
  });
  const fresh = names.filter(({ name, place }) => !written.has(`${name} ${place}`));
  for (const { name, place } of fresh) written.add(`${name} ${place}`);
  return [`## ${specifier}`, list.join('\n'), ...fresh.map(renderName)].join('\n\n');
}

export function renderPage(one: Package): string {
  const written = new Set<string>();
  const opening = `What \`${one.manifest.name}\` exports, made from the docstrings of its source. ${one.manifest.description}.`;
  const parts = entryPointsOf(one).map((entryPoint) => renderEntryPoint(entryPoint, written));
  return `${[`# API reference: ${one.manifest.name}`, wrap(opening), ...parts].join('\n\n')}\n`;
}

/** What is missing in the docstrings. */
export function missingIn(entryPoints: readonly EntryPoint[]): readonly string[] {
  const faults = entryPoints.flatMap(({ specifier, file }) => {
    const names = [...publicNames(file).values()];
    const bare = names.filter(({ doc }) => doc === undefined || doc.startsWith('@'));
    const hasExample = names.some(({ doc }) => doc?.includes('@example') === true);
    return [
      ...bare.map(({ name, place }) => `${place}: ${name} has no docstring`),
      ...(hasExample ? [] : [`${specifier}: no name of it has an example`]),
    ];
  });
  return [...new Set(faults)];
}

const pageOf = ({ folderName }: Package) => `docs/reference/api-${folderName}.md`;

if (import.meta.main) {
  const packages = documentedPackages();
  const faults = packages.flatMap((one) => missingIn(entryPointsOf(one)));
  if (process.argv.includes('--check')) {
    const stale = packages.filter((one) => {
      const file = path.join(root, pageOf(one));
      return !existsSync(file) || readFileSync(file, 'utf8') !== renderPage(one);
    });
    report(
      [...faults, ...stale.map((one) => `${pageOf(one)}: is not what the source says`)],
      'Write the docstrings, and run: node tools/run.cjs tools/make-api-reference.ts',
    );
  } else {
    for (const one of packages) writeFileSync(path.join(root, pageOf(one)), renderPage(one));
    report(faults, 'Write these docstrings.');
  }
}
