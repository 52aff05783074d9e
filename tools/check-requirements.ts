/**
 * Reports a row of the requirement table whose test was renamed, moved or never written.
 *
 * Rows read `| section | sentence | path/of/the.test.ts › name of the test |`. Several tests are
 * separated by `<br>`.
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
 * True if the text contains a test of that name: as a whole string with any quotes, without
 * escapes.
 */
export function namesTest(text: string, name: string): boolean {
  const plain = text.replace(/\\(['"`])/g, '$1');
  return ["'", '"', '`'].some((mark) => plain.includes(`${mark}${name}${mark}`));
}

/** `read` returns the text of a file, or undefined if the file does not exist. */
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

/** Tests of the running demonstration are in files of their own, which one test file runs. */
function isPartOfDemonstration(file: string): boolean {
  if (path.posix.dirname(file) !== path.posix.dirname(demonstrationTest)) return false;
  return readSource(demonstrationTest).text.includes(`from './${path.posix.basename(file)}';`);
}

/**
 * Tables of modules are in a folder beside the test file that runs them. The name of the test file
 * begins with the name of the folder.
 */
function isPartOfPlan(file: string): boolean {
  const [, folder = '', name = ''] = /^interop\/([a-z-]+)\/([a-z-]+-modules\.ts)$/.exec(file) ?? [];
  const test = `interop/${folder}-conformance.test.ts`;
  return (
    existsSync(path.join(root, test)) &&
    readSource(test).text.includes(`from './${folder}/${name}';`)
  );
}

/** Whether a file is a test file, a contract that test files run, or a part of a test. */
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
