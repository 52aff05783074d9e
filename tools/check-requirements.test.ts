import { describe, expect, test } from 'vitest';
import { checkRequirements } from './check-requirements.ts';

const heading = '| section | sentence | test |\n|---|---|---|\n';
const read = (file: string) =>
  file === 'a.test.ts'
    ? `test('a code is single use', () => {});\ntest('the user\\'s consent', () => {});`
    : undefined;
const check = (row: string) => checkRequirements(`# Table\n\n${heading}${row}\n`, read);

describe('checkRequirements', () => {
  test('accepts a row whose tests exist', () => {
    expect(
      check(
        "| RFC 6749 §4.1.2 | Single use. | `a.test.ts` › a code is single use<br>a.test.ts › the user's consent |",
      ),
    ).toEqual([]);
  });

  test('reports a test file that does not exist', () => {
    expect(check('| RFC 6749 §4.1.2 | Single use. | b.test.ts › a code is single use |')).toEqual([
      'docs/requirements.md:5: there is no test file b.test.ts',
    ]);
  });

  test('reports a test name that does not exist, or only as part of another', () => {
    expect(check('| RFC 6749 §4.1.2 | Single use. | a.test.ts › single use |')).toEqual([
      'docs/requirements.md:5: a.test.ts has no test "single use"',
    ]);
  });

  test('reports a row without a test, and a table without rows', () => {
    expect(check('| RFC 6749 §4.1.2 | Single use. | |')).toHaveLength(1);
    expect(check('')).toEqual(['docs/requirements.md: holds no requirement']);
  });
});
