/** What was measured, as plain data: it travels between processes, and is rendered or added up wherever it arrives. */

export type MetricType = 'counter' | 'gauge' | 'histogram';

/**
 * What the processes of one server mean together: `sum` adds them up, `newest` takes the largest, which is the latest of
 * times that all read from one database; `each` keeps them apart, under the label `worker`.
 */
export type Across = 'sum' | 'newest' | 'each';

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly across: Across;
  readonly labels: readonly string[];
  /** Upper bounds of the buckets of a histogram, the infinite one left out. */
  readonly bounds?: readonly number[];
  readonly series: readonly Series[];
}

/** One number; of a histogram those in each bucket alone, the infinite one too, and then the sum of what was observed. */
export interface Series {
  readonly values: readonly string[];
  readonly numbers: readonly number[];
}

export interface Snapshot {
  /** Which process of the server: `1` where there is one. */
  readonly worker: string;
  readonly families: readonly Family[];
}
