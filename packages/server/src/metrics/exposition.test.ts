import { describe, expect, it } from 'vitest';
import { renderMetrics } from './exposition.ts';
import { gatherSnapshots } from './gathered-snapshots.ts';
import { createRegistry } from './registry.ts';
import type { Family, Snapshot } from './snapshot.ts';

const family: Family = {
  name: 'a',
  help: 'A.',
  type: 'gauge',
  across: 'sum',
  labels: [],
  series: [],
};
const one = (change: Partial<Family>, worker = '1'): Snapshot => ({
  worker,
  families: [{ ...family, ...change }],
});

describe('the metrics text for Prometheus', () => {
  it('has name, help and type once, and escapes what would end a line or a value', () => {
    const text = renderMetrics([
      one({ help: 'Two\nlines \\.', labels: ['l'], series: [{ values: ['"\\\n'], numbers: [1] }] }),
    ]);
    expect(text).toBe('# HELP a Two\\nlines \\\\.\n# TYPE a gauge\na{l="\\"\\\\\\n"} 1\n');
  });

  it('lists each metric, also one without a value', () => {
    expect(renderMetrics([one({})])).toBe('# HELP a A.\n# TYPE a gauge\n');
  });

  it('writes numbers in the format of Prometheus', () => {
    const numbers = [
      0.1 + 0.2,
      1e21,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    const series = numbers.map((number, index) => ({ values: [String(index)], numbers: [number] }));
    const lines = renderMetrics([one({ labels: ['n'], series })]).split('\n');
    expect(lines.slice(2, -1).map((line) => line.split(' ')[1])).toEqual([
      '0.30000000000000004',
      '1e+21',
      'NaN',
      '+Inf',
      '-Inf',
    ]);
  });
});

describe('the metrics of several processes of one server', () => {
  function measured(worker: string, factor: number): Snapshot {
    const registry = createRegistry(worker);
    registry.counter('requests_total', 'R.', { route: ['/token', '/jwks'] }).add(factor, '/token');
    registry.histogram('lag_seconds', 'L.', [1]).observe(factor);
    for (const across of ['newest', 'each'] as const)
      registry.read(`gauge_${across}`, 'G.', { type: 'gauge', across, read: () => [[factor]] });
    // As it travels between them.
    return JSON.parse(JSON.stringify(registry.snapshot())) as Snapshot;
  }

  it('are the sum of the counters, and separate gauges for each process', () => {
    const text = renderMetrics([measured('1', 1), measured('2', 10)]);
    expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
      'requests_total{route="/token"} 11',
      'requests_total{route="/jwks"} 0',
      'lag_seconds_bucket{le="1"} 1',
      'lag_seconds_bucket{le="+Inf"} 2',
      'lag_seconds_sum 11',
      'lag_seconds_count 2',
      'gauge_newest 10',
      'gauge_each{worker="1"} 1',
      'gauge_each{worker="2"} 10',
      '',
    ]);
    expect(text.match(/^# TYPE/gm)).toHaveLength(4);
  });

  it('include the counts of a process that has ended', () => {
    const gathered = gatherSnapshots();
    gathered.keep(measured('1', 1));
    gathered.keep(measured('2', 10));
    gathered.keep(measured('2', 20));
    expect(renderMetrics(gathered.all())).toContain('requests_total{route="/token"} 21\n');
    gathered.end('2');
    gathered.keep(measured('3', 100));
    gathered.end('3');
    gathered.end('never seen');
    const text = renderMetrics(gathered.all());
    expect(text).toContain('requests_total{route="/token"} 121\n');
    expect(text).toContain('lag_seconds_count 3\n');
    expect(text.match(/^gauge_\w+.*$/gm)).toEqual(['gauge_newest 1', 'gauge_each{worker="1"} 1']);
  });
});
