/**
 * Counters, histograms, and values that are read on demand. The values of each label are fixed when
 * the metric is created. Any other value counts as `other`, so that a caller cannot create a
 * series. The numbers are in arrays that never grow.
 */
import type { Across, Family, MetricType, Series, Snapshot } from './snapshot.ts';

/** At most three labels, each with all its values. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;

export interface Counter {
  /** The values of its labels in their order. */
  add(amount: number, first?: string, second?: string, third?: string): void;
}

export interface Histogram {
  observe(value: number, first?: string): void;
}

export type Sample = readonly [number: number, ...values: string[]];

export interface ReadMetric {
  readonly type: 'counter' | 'gauge';
  readonly across: Across;
  readonly labels?: LabelSets;
  /** Called at each snapshot. */
  readonly read: () => readonly Sample[];
}

export interface Registry {
  counter(name: string, help: string, labels?: LabelSets): Counter;
  histogram(name: string, help: string, bounds: readonly number[], labels?: LabelSets): Histogram;
  read(name: string, help: string, metric: ReadMetric): void;
  snapshot(): Snapshot;
}

const other = 'other';

/** The positions of the values of one label. `other` is the last. */
interface Dimension {
  readonly values: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  readonly unknown: number;
}

function toDimension(set: readonly string[]): Dimension {
  const known = set.filter((value) => value !== other);
  return {
    values: [...known, other],
    places: new Map(known.map((value, place) => [value, place])),
    unknown: known.length,
  };
}

interface Grid {
  readonly size: number;
  place(first?: string, second?: string, third?: string): number;
  values(place: number): readonly string[];
  /**
   * Whether the metric is shown before the first event. This is for metrics with few series, so
   * that the first event is visible as a rise.
   */
  showsAtRest(place: number): boolean;
}

function placeIn({ places, unknown }: Dimension, value: string | undefined): number {
  return places.get(value ?? '') ?? unknown;
}

function createGrid(labels: LabelSets): Grid {
  const dimensions = Object.values(labels).map(toDimension);
  const [one, two, three] = dimensions;
  if (dimensions.length > 3) throw new Error('A metric has at most three labels.');
  const size = dimensions.reduce((product, { values }) => product * values.length, 1);
  return {
    size,
    place(first, second, third) {
      if (one === undefined) return 0;
      let place = placeIn(one, first);
      if (two !== undefined) place = place * two.values.length + placeIn(two, second);
      if (three !== undefined) place = place * three.values.length + placeIn(three, third);
      return place;
    },
    values(place) {
      let rest = place;
      return dimensions
        .toReversed()
        .map(({ values }) => {
          const value = values[rest % values.length] as string;
          rest = Math.floor(rest / values.length);
          return value;
        })
        .toReversed();
    },
    showsAtRest: (place) =>
      dimensions.length === 0 || (dimensions.length === 1 && place < size - 1),
  };
}

function shown(grid: Grid, touched: (place: number) => boolean): readonly number[] {
  return Array.from({ length: grid.size }, (_, place) => place).filter(touched);
}

type Describe = Omit<Family, 'name' | 'type' | 'series'>;

/**
 * The numbers are in one array: for each label value the buckets, the infinite one, and the sum.
 */
function createHistogram(bounds: readonly number[], grid: Grid) {
  const width = bounds.length + 2;
  const numbers = new Float64Array(grid.size * width);
  const counted = new Uint8Array(grid.size);
  const add = (at: number, amount: number): void => {
    numbers[at] = (numbers[at] as number) + amount;
  };
  return {
    observe(value: number, first?: string): void {
      const place = grid.place(first);
      const start = place * width;
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
      add(start + bucket, 1);
      add(start + width - 1, value);
      counted[place] = 1;
    },
    series: (): readonly Series[] =>
      shown(grid, (place) => counted[place] !== 0 || grid.size === 1).map((place) => ({
        values: grid.values(place),
        numbers: [...numbers.subarray(place * width, (place + 1) * width)],
      })),
  };
}

function createCounter(grid: Grid) {
  const numbers = new Float64Array(grid.size);
  return {
    add(amount: number, first?: string, second?: string, third?: string): void {
      const place = grid.place(first, second, third);
      numbers[place] = (numbers[place] as number) + amount;
    },
    series: (): readonly Series[] =>
      shown(grid, (place) => numbers[place] !== 0 || grid.showsAtRest(place)).map((place) => ({
        values: grid.values(place),
        numbers: [numbers[place] as number],
      })),
  };
}

function readSeries(labels: LabelSets, read: () => readonly Sample[]): readonly Series[] {
  const dimensions = Object.values(labels).map(toDimension);
  const closed = (values: readonly string[]) =>
    dimensions.map(
      (dimension, index) => dimension.values[placeIn(dimension, values[index])] as string,
    );
  return read().map(([number, ...values]) => ({ values: closed(values), numbers: [number] }));
}

export function createRegistry(worker: string): Registry {
  const families: (() => Family)[] = [];
  const names = new Set<string>();

  const register = (
    type: MetricType,
    name: string,
    rest: Describe,
    series: () => readonly Series[],
  ): void => {
    if (names.has(name)) throw new Error(`There are two metrics ${name}.`);
    names.add(name);
    families.push(() => ({ name, type, ...rest, series: series() }));
  };

  return {
    counter(name, help, labels = {}) {
      const counter = createCounter(createGrid(labels));
      register(
        'counter',
        name,
        { help, across: 'sum', labels: Object.keys(labels) },
        counter.series,
      );
      return counter;
    },
    histogram(name, help, bounds, labels = {}) {
      const histogram = createHistogram(bounds, createGrid(labels));
      const rest = { help, across: 'sum', labels: Object.keys(labels), bounds } as const;
      register('histogram', name, rest, histogram.series);
      return histogram;
    },
    read(name, help, { type, across, labels = {}, read }) {
      const rest = { help, across, labels: Object.keys(labels) };
      register(type, name, rest, () => readSeries(labels, read));
    },
    snapshot: () => ({ worker, families: families.map((family) => family()) }),
  };
}
