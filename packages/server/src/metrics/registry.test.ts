import { describe, expect, it } from 'vitest';
import { renderMetrics } from './exposition.ts';
import { createRegistry } from './registry.ts';

const linesOf = (registry: ReturnType<typeof createRegistry>) =>
  renderMetrics([registry.snapshot()])
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

describe('a counter', () => {
  it('is exposed before the first event, so that the first event is an increase', () => {
    const registry = createRegistry('1');
    registry.counter('a_total', 'A.');
    registry.counter('b_total', 'B.', { kind: ['one', 'two'] });
    expect(linesOf(registry)).toEqual([
      'a_total 0',
      'b_total{kind="one"} 0',
      'b_total{kind="two"} 0',
    ]);
  });

  it('with several labels exposes only the combinations that occurred, because there would be too many', () => {
    const registry = createRegistry('1');
    const counter = registry.counter('c_total', 'C.', { x: ['a', 'b'], y: ['c', 'd'], z: ['e'] });
    expect(linesOf(registry)).toEqual([]);
    counter.add(1, 'a', 'd', 'e');
    counter.add(2, 'a', 'd', 'e');
    counter.add(5, 'b', 'c', 'e');
    expect(linesOf(registry)).toEqual([
      'c_total{x="a",y="d",z="e"} 3',
      'c_total{x="b",y="c",z="e"} 5',
    ]);
  });

  it('has no more series than declared, with any label values', () => {
    const registry = createRegistry('1');
    const counter = registry.counter('d_total', 'D.', {
      method: ['GET'],
      status: ['200', 'other'],
    });
    for (let number = 0; number < 10_000; number += 1) counter.add(1, `M${number}`, String(number));
    counter.add(1, 'GET');
    expect(linesOf(registry)).toEqual([
      'd_total{method="GET",status="other"} 1',
      'd_total{method="other",status="200"} 1',
      'd_total{method="other",status="other"} 9999',
    ]);
  });
});

describe('a histogram', () => {
  it('counts a value in each bucket whose bound it does not exceed', () => {
    const registry = createRegistry('1');
    const histogram = registry.histogram('e_seconds', 'E.', [0.5, 1]);
    for (const value of [0.25, 0.5, 0.75, 1, 8]) histogram.observe(value);
    expect(linesOf(registry)).toEqual([
      'e_seconds_bucket{le="0.5"} 2',
      'e_seconds_bucket{le="1"} 4',
      'e_seconds_bucket{le="+Inf"} 5',
      'e_seconds_sum 10.5',
      'e_seconds_count 5',
    ]);
  });

  it('keeps values with different labels separate', () => {
    const registry = createRegistry('1');
    const histogram = registry.histogram('f_seconds', 'F.', [1], { route: ['/a', '/b'] });
    histogram.observe(1, '/b');
    histogram.observe(3, '/nobody/serves/this');
    expect(linesOf(registry)).toEqual([
      'f_seconds_bucket{route="/b",le="1"} 1',
      'f_seconds_bucket{route="/b",le="+Inf"} 1',
      'f_seconds_sum{route="/b"} 1',
      'f_seconds_count{route="/b"} 1',
      'f_seconds_bucket{route="other",le="1"} 0',
      'f_seconds_bucket{route="other",le="+Inf"} 1',
      'f_seconds_sum{route="other"} 3',
      'f_seconds_count{route="other"} 1',
    ]);
  });
});

describe('a metric that is computed at the scrape', () => {
  it('is absent when it has no value, and refuses undeclared label values', () => {
    const registry = createRegistry('1');
    let samples: readonly (readonly [number, ...string[]])[] = [];
    registry.read('g', 'G.', {
      type: 'gauge',
      across: 'sum',
      labels: { kind: ['a'] },
      read: () => samples,
    });
    expect(linesOf(registry)).toEqual([]);
    samples = [
      [1, 'a'],
      [2, 'b'],
    ];
    expect(linesOf(registry)).toEqual(['g{kind="a"} 1', 'g{kind="other"} 2']);
  });
});

it('the registry refuses two metrics of one name, and more than three labels', () => {
  const registry = createRegistry('1');
  registry.counter('h_total', 'H.');
  expect(() => registry.counter('h_total', 'H.')).toThrow('two metrics h_total');
  expect(() => registry.counter('i_total', 'I.', { a: [], b: [], c: [], d: [] })).toThrow(
    'three labels',
  );
});
