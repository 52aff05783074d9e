import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { type Line, renderReport, toReport } from './report.ts';

const line = (id: string, verdict: Line['verdict'], more: Partial<Line> = {}): Line => {
  return { id, asked: 'a thing', expected: '401', got: '401', verdict, section: 'RFC 1', ...more };
};
const report = toReport(
  'https://api.example/',
  [
    line('first', 'pass'),
    line('the_second', 'fault', { got: '200', why: 'let in' }),
    line('the_next', 'fault', { why: 'no challenge (RFC 2)' }),
    line('third', 'skipped', { got: '', why: 'needs x' }),
    line('another', 'skipped', { got: '', why: 'needs x' }),
    line('fourth', 'not applicable', { got: '', why: 'no JWT' }),
  ],
  ['A note.'],
);

it('the report of the contract check is an aligned table, with the reasons below and the total at its end', () => {
  expect(renderReport(report, false)).toBe(`The 401/403 contract of https://api.example/

CHECK       ASKED    EXPECTED  GOT  VERDICT
first       a thing  401       401  pass
the_second  a thing  401       200  fault
the_next    a thing  401       401  fault
third       a thing  401            skipped
another     a thing  401            skipped
fourth      a thing  401            not applicable

Faults
  the_second  let in [RFC 1]
  the_next    no challenge (RFC 2)

Skipped
  needs x
    third, another

Not applicable
  no JWT
    fourth

Notes
  A note.

1 pass, 2 fault, 2 skipped, 1 not applicable`);
});

it('colour does not change the columns of the report', () => {
  const plain = renderReport(report, false);
  const coloured = renderReport(report, true);
  expect(coloured).not.toBe(plain);
  expect(stripVTControlCharacters(coloured)).toBe(plain);
});
