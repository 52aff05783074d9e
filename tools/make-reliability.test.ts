import { describe, expect, test } from 'vitest';
import type { FaultResult } from '../faults/report.ts';
import { mergeResults, placeTable, renderTable } from './make-reliability.ts';

const result = (file: string, changes: Partial<FaultResult> = {}): FaultResult => ({
  file,
  test: Number(file.slice(0, 2)),
  title: 'what',
  engine: 'SQLite',
  asked: 'all',
  reached: 'some',
  passed: true,
  ...changes,
});

const ran = (file: string) => ({ file });

describe('the stored figures of the fault tests:', () => {
  test('a file that ran replaces all of its figures, and no other figures', () => {
    const former = [result('01-race', { title: 'gone' }), result('11-keys'), result('11-caches')];
    const fresh = result('01-race', { reached: 'more' });
    const merged = mergeResults(former, [ran('01-race'), fresh]);
    expect(merged).toEqual([fresh, result('11-caches'), result('11-keys')]);
  });

  test('a file that ran and measured nothing has no figure', () => {
    expect(mergeResults([result('01-race')], [ran('01-race')])).toEqual([]);
  });

  test('are sorted by test, file and question', () => {
    const lines = [
      ran('09-slow'),
      result('09-slow', { title: 'z' }),
      result('09-slow', { title: 'a' }),
    ];
    const merged = mergeResults([result('10-clocks'), result('01-race')], lines);
    expect(merged.map(({ file, title }) => `${file} ${title}`)).toEqual([
      '01-race what',
      '09-slow z',
      '09-slow a',
      '10-clocks what',
    ]);
  });
});

describe('the table of the fault tests', () => {
  const rows = (results: readonly FaultResult[]) =>
    renderTable({ processors: 2, results }).split('\n').slice(4);

  test('has a row for each test, and says which has no figure and which the benchmark measures', () => {
    const table = rows([]);
    expect(table.map((row) => Number(row.split('|')[1]))).toEqual(
      table.map((_, index) => index + 1),
    );
    expect(table[0]).toBe(
      '| 1 | **Codes are redeemed at the same time.** |  | **no figure yet** |',
    );
    expect(table[14]).toContain('](../bench/README.md#a-long-run)');
    expect(table[15]).toContain('](../bench/README.md#figures)');
  });

  test('shows a question once, with the result of each engine, and with the missed targets', () => {
    const results = [
      result('01-race'),
      result('01-race', { engine: 'PostgreSQL', reached: 'less', passed: false }),
      result('01-race', { title: 'why', reached: 'a | b' }),
    ];
    expect(rows(results).slice(0, 2)).toEqual([
      '| 1 | **Codes are redeemed at the same time.** what | all | SQLite: some<br>**missed** PostgreSQL: less |',
      '|  | why | all | SQLite: a \\| b |',
    ]);
  });

  test('is written between its marks only', () => {
    const marks = [
      '<!-- Figures: made by tools/make-reliability.ts -->',
      '<!-- End of the figures -->',
    ];
    const page = `before\n${marks[0]}\n\nold\n\n${marks[1]}\nafter\n`;
    // `$&` would mean something to a replacement that is no function.
    const placed = placeTable(page, 'new $&');
    expect(placed).toBe(page.replace('old', () => 'new $&'));
    expect(placeTable(placed, 'new $&')).toBe(placed);
    expect(() => placeTable('no marks', 'new')).toThrow('does not contain the marks');
  });
});
