/**
 * Measured values as plain data. They are sent between processes, and rendered or added up by the
 * receiver.
 */

export type MetricType = 'counter' | 'gauge' | 'histogram';

/**
 * How the values of the processes of one server are combined. `sum` adds them. `newest` takes the
 * largest, which is the latest of several times that were read from one database. `each` keeps them
 * apart, with the label `worker`.
 */
export type Across = 'sum' | 'newest' | 'each';

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly across: Across;
  readonly labels: readonly string[];
  /** The upper bounds of the buckets of a histogram, without the infinite one. */
  readonly bounds?: readonly number[];
  readonly series: readonly Series[];
}

/**
 * One number. For a histogram, the number in each single bucket, including the infinite one, and
 * then the sum of the observed values.
 */
export interface Series {
  readonly values: readonly string[];
  readonly numbers: readonly number[];
}

export interface Snapshot {
  /** The process of the server: `1` if there is only one. */
  readonly worker: string;
  readonly families: readonly Family[];
}
