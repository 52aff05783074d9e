import { describe, expect, it } from 'vitest';
import { readExposition } from './exposition.ts';
import { uncheckedUses } from './promql.ts';

const seen = readExposition(`# HELP keywright_a_total A.
# TYPE keywright_a_total counter
keywright_a_total{type="one"} 1
keywright_a_total{type="two.three"} 1
# TYPE keywright_b_seconds histogram
keywright_b_seconds_bucket{route="/token",le="+Inf"} 1
keywright_b_seconds_sum{route="/token"} 1
keywright_b_seconds_count{route="/token"} 1
`);

describe('a PromQL expression', () => {
  it.each([
    'sum(rate(keywright_a_total{job="$job",type=~"one|two[.]three"}[5m]))',
    'histogram_quantile(0.99, sum by (route, le) (rate(keywright_b_seconds_bucket{route="/token"}[5m])))',
    'up{job="keywright"} == 0',
  ])('uses what exists: %s', (expression) => expect(uncheckedUses(expression, seen)).toEqual([]));

  it.each([
    ['rate(keywright_c_total[5m])', 'no metric keywright_c_total'],
    ['keywright_a_total{type="three"}', 'no keywright_a_total with type="three"'],
    ['keywright_a_total{type=~"one|four"}', 'no keywright_a_total with type="four"'],
    ['keywright_a_total{kind="one"}', 'no keywright_a_total with kind="one"'],
    ['sum by (kind) (keywright_a_total)', 'no label kind'],
    ['time()', 'it asks for no metric'],
  ])('uses what does not exist, and that is reported: %s', (expression, fault) =>
    expect(uncheckedUses(expression, seen)).toEqual([fault]),
  );
});
