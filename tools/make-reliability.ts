/**
 * Makes the table in docs/reliability.md from faults/results.json. With `--check` it fails when the
 * page shows other figures. With `--keep <file>`, it first adds the results of a run of the fault
 * tests (faults/report.ts).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { FaultResult, ResultLine } from '../faults/report.ts';
import { report, root } from './source-files.ts';

const page = 'docs/reliability.md';
const pageFile = path.join(root, page);
const resultsFile = path.join(root, 'faults/results.json');

/** All tests, so that the page shows the tests without a figure. */
const tests: Readonly<Record<number, string>> = {
  1: 'Codes are redeemed at the same time',
  2: 'Refresh tokens are used at the same time',
  3: 'The answer of a refresh is lost',
  4: 'Single-use values are used at the same time',
  5: 'kill -9 while writing',
  6: 'kill -9 while revoking',
  7: 'The disk is full, or the store is read-only',
  8: 'The database fails over',
  9: 'The database is slow or hangs',
  10: 'Clocks that differ and jump',
  11: 'Keys are rotated under load, with old caches',
  12: 'Rolling restart and migration under load',
  13: 'Graceful stop',
  14: 'Backup and restore',
  15: 'Soak',
  16: 'Throughput and latency',
  17: 'Overload',
  18: 'A flood of sign-ins',
  19: 'Slow and oversized callers',
  20: 'Outbound targets that fail',
  21: 'Histories of a grant, compared with a model',
  22: 'Dead rows are deleted',
};

/** Tests that the benchmark measures, because they need its time and its peer. */
const measuredElsewhere: Readonly<Record<number, string>> = {
  15: 'by the benchmark: [a long run](../bench/README.md#a-long-run), `npm run bench -- --only soak`',
  16: 'by the benchmark: [figures](../bench/README.md#figures), `npm run bench`',
};

export interface Results {
  readonly processors: number;
  readonly results: readonly FaultResult[];
}

/** The results of a file replace all its former results, so that no old figure stays. */
export function mergeResults(
  former: readonly FaultResult[],
  lines: readonly ResultLine[],
): readonly FaultResult[] {
  const ran = new Set(lines.map(({ file }) => file));
  const reached = lines.filter((line) => 'reached' in line);
  return [...former.filter(({ file }) => !ran.has(file)), ...reached].toSorted(
    (one, other) => one.test - other.test || one.file.localeCompare(other.file),
  );
}

/** Escapes the bar and line breaks, which would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** The rows of one test: one for each measurement, with the results of each engine. */
function rowsOf(number: number, results: readonly FaultResult[]): readonly string[] {
  const own = results.filter(({ test }) => test === number);
  const name = `**${tests[number] ?? ''}.**`;
  if (own.length === 0)
    return [row([String(number), name, '', measuredElsewhere[number] ?? '**no figure yet**'])];
  const titles = [...new Set(own.map(({ title }) => title))];
  return titles.map((title, index) => {
    const answers = own.filter((result) => result.title === title);
    const what = index === 0 ? `${name} ${title}` : title;
    const asked = [...new Set(answers.map((answer) => answer.asked))].join('; ');
    return row([
      index === 0 ? String(number) : '',
      what,
      asked,
      answers.map(reachedOf).join('<br>'),
    ]);
  });
}

function reachedOf({ engine, reached, passed }: FaultResult): string {
  return [passed ? '' : '**missed** ', engine === undefined ? '' : `${engine}: `, reached].join('');
}

export function renderTable({ processors, results }: Results): string {
  return [
    `Measured on one machine with ${processors} processors, which servers, database and callers share.`,
    '',
    row(['', 'what happens', 'demanded', 'reached']),
    '|---|---|---|---|',
    ...Object.keys(tests).flatMap((number) => rowsOf(Number(number), results)),
  ].join('\n');
}

const marked =
  /(<!-- Figures: made by tools\/make-reliability\.ts -->\n)[\s\S]*?(\n<!-- End of the figures -->)/;

/** Puts the table into the page. Throws if the page does not have the marks. */
export function placeTable(text: string, table: string): string {
  if (!marked.test(text)) throw new Error(`${page} does not contain the marks of its table.`);
  return text.replace(
    marked,
    (_, before: string, after: string) => `${before}\n${table}\n${after}`,
  );
}

function readResults(): Results | undefined {
  return existsSync(resultsFile)
    ? (JSON.parse(readFileSync(resultsFile, 'utf8')) as Results)
    : undefined;
}

function keep(gathered: string): void {
  const text = existsSync(gathered) ? readFileSync(gathered, 'utf8').trim() : '';
  const lines = text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as ResultLine);
  const results = mergeResults(readResults()?.results ?? [], lines);
  const kept: Results = { processors: availableParallelism(), results };
  writeFileSync(resultsFile, `${JSON.stringify(kept, undefined, 2)}\n`);
}

function renderPage(): { readonly current: string; readonly wanted: string } {
  const results = readResults();
  const none = 'No figures are kept yet: `npm run test:faults -- --write`.';
  const current = readFileSync(pageFile, 'utf8');
  return {
    current,
    wanted: placeTable(current, results === undefined ? none : renderTable(results)),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { check: { type: 'boolean' }, keep: { type: 'string' } },
  });
  if (values.keep !== undefined) keep(values.keep);
  const { current, wanted } = renderPage();
  if (values.check !== true) writeFileSync(pageFile, wanted);
  else if (current !== wanted)
    report(
      [`${page}: is not what faults/results.json says`],
      'Run: node tools/run.cjs tools/make-reliability.ts',
    );
}
