/**
 * Renders the text format 0.0.4 of Prometheus: one for a server, for any number of its processes.
 */
import { add, combine } from './combine.ts';
import type { Family, Series, Snapshot } from './snapshot.ts';

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function renderNumber(number: number): string {
  if (Number.isNaN(number)) return 'NaN';
  if (Number.isFinite(number)) return String(number);
  return number > 0 ? '+Inf' : '-Inf';
}

function renderLabels(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  return `{${names.map((name, index) => `${name}="${escapeValue(values[index] ?? '')}"`).join(',')}}`;
}

function renderHistogram(
  { name, labels, bounds = [] }: Family,
  { values, numbers }: Series,
): string[] {
  let total = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    total += numbers[index] ?? 0;
    return `${name}_bucket${renderLabels([...labels, 'le'], [...values, renderNumber(bound)])} ${total}`;
  });
  const own = renderLabels(labels, values);
  return [
    ...buckets,
    `${name}_sum${own} ${renderNumber(numbers.at(-1) ?? 0)}`,
    `${name}_count${own} ${total}`,
  ];
}

function renderFamily(family: Family): string[] {
  const { name, help, type, labels, series } = family;
  const lines = series.flatMap((one) =>
    type === 'histogram'
      ? renderHistogram(family, one)
      : [`${name}${renderLabels(labels, one.values)} ${renderNumber(one.numbers[0] ?? 0)}`],
  );
  return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines];
}

interface Part {
  readonly worker: string;
  readonly family: Family;
}

function joinFamily(parts: readonly Part[]): Family {
  const [{ family }] = parts as [Part];
  const families = parts.map((part) => part.family);
  if (family.across === 'sum') return { ...family, series: combine(families, add) };
  if (family.across === 'newest') return { ...family, series: combine(families, Math.max) };
  const series = parts.flatMap(({ worker, family: own }) =>
    own.series.map(({ values, numbers }) => ({ values: [worker, ...values], numbers })),
  );
  return { ...family, labels: ['worker', ...family.labels], series };
}

/**
 * For one process or several. Counters and histograms are added up. Values of single processes stay
 * separate.
 */
export function renderMetrics(snapshots: readonly Snapshot[]): string {
  const byName = new Map<string, Part[]>();
  for (const { worker, families } of snapshots)
    for (const family of families) {
      const parts = byName.get(family.name);
      if (parts === undefined) byName.set(family.name, [{ worker, family }]);
      else parts.push({ worker, family });
    }
  const lines = [...byName.values()].flatMap((parts) => renderFamily(joinFamily(parts)));
  return `${lines.join('\n')}\n`;
}
