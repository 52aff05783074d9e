/**
 * The mistake it catches: a table of requirements that points at a test which was renamed, moved or
 * never written.
 *
 * Rows read `| section | sentence | path/of/the.test.ts › name of the test |`; several tests are
 * parted by `<br>`.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readSource, report, root } from './source-files.ts';

const table = 'docs/requirements.md';

export interface Requirement {
  readonly line: number;
  readonly section: string;
  readonly sentence: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
}

function splitCells(row: string): readonly string[] {
  return row
    .trim()
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function parseTest(text: string): { file: string; name: string } {
  const [file = '', ...name] = text.trim().split(' › ');
  return { file: file.replaceAll('`', '').trim(), name: name.join(' › ').trim() };
}

function isHeading(cells: readonly string[]): boolean {
  return cells.every((cell) => /^:?-+:?$/.test(cell)) || cells[0]?.toLowerCase() === 'section';
}

export function parseRequirements(markdown: string): readonly Requirement[] {
  return markdown.split('\n').flatMap((row, index) => {
    if (!row.trim().startsWith('|')) return [];
    const cells = splitCells(row);
    if (isHeading(cells)) return [];
    const [section = '', sentence = '', tests = ''] = cells;
    return [{ line: index + 1, section, sentence, tests: tests.split('<br>').map(parseTest) }];
  });
}

/**
 * True when a test of that name stands in the text: as a whole string of any quoting, escapes
 * aside.
 */
export function namesTest(text: string, name: string): boolean {
  const plain = text.replace(/\\(['"`])/g, '$1');
  return ["'", '"', '`'].some((mark) => plain.includes(`${mark}${name}${mark}`));
}

/** `read` answers the text of a file, or undefined when there is none. */
export function checkRequirements(
  markdown: string,
  read: (file: string) => string | undefined,
): readonly string[] {
  const requirements = parseRequirements(markdown);
  if (requirements.length === 0) return [`${table}: holds no requirement`];
  return requirements.flatMap(({ line, section, sentence, tests }) => {
    if (section === '' || sentence === '')
      return [`${table}:${line}: section and sentence must be given`];
    return tests.flatMap(({ file, name }) => {
      const text = read(file);
      if (text === undefined)
        return [`${table}:${line}: there is no test file ${file === '' ? '(none given)' : file}`];
      if (name === '' || !namesTest(text, name))
        return [`${table}:${line}: ${file} has no test "${name}"`];
      return [];
    });
  });
}

const demonstrationTest = 'interop/interop.test.ts';

/** Tests of the running demonstration stand in files of their own, which one test file runs. */
function isPartOfDemonstration(file: string): boolean {
  if (path.posix.dirname(file) !== path.posix.dirname(demonstrationTest)) return false;
  return readSource(demonstrationTest).text.includes(`from './${path.posix.basename(file)}';`);
}

/**
 * Tables of modules stand in a folder beside the test file that runs them, whose name begins with
 * the folder's.
 */
function isPartOfPlan(file: string): boolean {
  const [, folder = '', name = ''] = /^interop\/([a-z-]+)\/([a-z-]+-modules\.ts)$/.exec(file) ?? [];
  const test = `interop/${folder}-conformance.test.ts`;
  return (
    existsSync(path.join(root, test)) &&
    readSource(test).text.includes(`from './${folder}/${name}';`)
  );
}

/**
 * A test file, a contract that test files run, or a part of a test that stands in a file of its
 * own.
 */
function readTest(file: string): string | undefined {
  const isTest =
    /(?:\.test|[/-]contract)\.ts$/.test(file) || isPartOfDemonstration(file) || isPartOfPlan(file);
  return isTest && existsSync(path.join(root, file)) ? readSource(file).text : undefined;
}

if (import.meta.main) {
  const faults = existsSync(path.join(root, table))
    ? checkRequirements(readSource(table).text, readTest)
    : [`${table}: is missing`];
  report(faults, 'Each row names a test that exists: `path/of/the.test.ts › name of the test`.');
}
