/**
 * Parses the text for Prometheus in tests. Written from the description of the format, not from our
 * writer of it.
 */

export interface MetricSample {
  /** With its labels, as it stands in the text. */
  readonly series: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly text: string;
  /** Names of the metrics; of a histogram without `_bucket`, `_sum` and `_count`. */
  readonly families: ReadonlySet<string>;
  readonly samples: readonly MetricSample[];
  samplesOf(name: string): readonly MetricSample[];
  /** The only series with at least these labels. Undefined if there is none, or more than one. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

const sampleLine = /^(([a-zA-Z_:][\w:]*)(?:\{(.*)\})?) (\S+)$/;
const labelPair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Throws at a line that does not follow the format. */
export function readExposition(text: string): Exposition {
  const lines = text.split('\n').filter((line) => line !== '');
  const samples = lines.filter((line) => !line.startsWith('#')).map(readSample);
  const families = lines.flatMap(
    (line) => /^# TYPE (\S+) (?:counter|gauge|histogram)$/.exec(line)?.[1] ?? [],
  );
  const samplesOf = (name: string) => samples.filter((sample) => sample.name === name);
  return {
    text,
    families: new Set(families),
    samples,
    samplesOf,
    value(name, labels = {}) {
      const fitting = samplesOf(name).filter((sample) =>
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      return fitting.length === 1 ? fitting[0]?.value : undefined;
    },
  };
}

function readSample(line: string): MetricSample {
  const [, series, name, labels = '', value] = sampleLine.exec(line) ?? [];
  if (series === undefined || name === undefined) throw new Error(`no line of the format: ${line}`);
  const pairs = [...labels.matchAll(labelPair)].map(
    ([, label = '', text = '']) => [label, text] as const,
  );
  return {
    series,
    name,
    labels: Object.fromEntries(pairs),
    value: Number(value?.replace('Inf', 'Infinity')),
  };
}
