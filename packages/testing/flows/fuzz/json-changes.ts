/** Changes to valid JSON, as data that a fixture can store: of its structure, and of its text. */
import fc from 'fast-check';
import { expand, hostileText, place, placeIn, type Text } from './changes.ts';

/** JSON that replaces a valid value. `raw` is not a JSON value, but is written anyway. */
type Hostile = { readonly json: unknown } | { readonly text: Text } | { readonly raw: Text };

const hostileValue: fc.Arbitrary<Hostile> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      json: fc.constantFrom<unknown>(
        null,
        true,
        false,
        0,
        -1,
        1.5,
        2 ** 31,
        2 ** 53,
        1e21,
        1e300,
        -1e300,
        '',
        [],
        [[]],
        [null],
        {},
        { a: 1 },
        [{}],
        ['a', 1],
        { length: 3 },
        { keys: [] },
        Array.from({ length: 300 }, (_, at) => at),
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ text: hostileText }) },
  {
    weight: 2,
    arbitrary: fc.record({
      raw: fc.constantFrom<Text>(
        '1e400',
        '-1e-400',
        '"\\ud800"',
        '"\\u0000"',
        '{"a":1,"a":2}',
        '{"__proto__":{"admin":true}}',
        '{"constructor":{"prototype":{}}}',
        '01',
        'undefined',
        "'a'",
        { of: '[', times: 3_000 },
        { of: '{"a":', times: 3_000 },
        { of: '[1],', times: 4_000 },
        `${'['.repeat(12)}1${']'.repeat(12)}`,
        `${'['.repeat(40)}${']'.repeat(40)}`,
      ),
    }),
  },
);

const jsonChanges = ['set', 'drop', 'add', 'wrap', 'rename', 'twice'] as const;
export type JsonChange = readonly [
  change: (typeof jsonChanges)[number],
  at: number,
  value: Hostile,
];
export const jsonChange: fc.Arbitrary<JsonChange> = fc.tuple(
  fc.constantFrom(...jsonChanges),
  place,
  hostileValue,
);
export const someJsonChanges = fc.array(jsonChange, { maxLength: 3 });

type Holder = Record<string, unknown>;

/** Every position of a value in the changed object. */
function placesIn(value: unknown): [Holder, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((name): [Holder, string][] => [
    [holder, name],
    ...placesIn(holder[name]),
  ]);
}

/** The text of a valid value after these changes. */
export function changeJson(good: unknown, changes: readonly JsonChange[]): string {
  const root: Holder = { root: structuredClone(good) };
  const raws: string[] = [];
  const doubled: string[] = [];
  const write = (value: Hostile): unknown => {
    if ('json' in value) return structuredClone(value.json);
    if ('text' in value) return expand(value.text);
    raws.push(expand(value.raw));
    return `@raw${raws.length - 1}@`;
  };
  for (const [change, at, value] of changes) {
    const places = placesIn(root);
    const [holder, name] = places[placeIn(at, places.length)] ?? [root, 'root'];
    if (change === 'set') holder[name] = write(value);
    else if (change === 'drop') delete holder[name];
    else if (change === 'add')
      holder['text' in value ? expand(value.text).slice(0, 40) : 'extra'] = write(value);
    else if (change === 'wrap') holder[name] = [holder[name], write(value)];
    else if (change === 'rename') [holder[`${name}x`], holder[name]] = [holder[name], undefined];
    else doubled.push(JSON.stringify(name));
  }
  const text = JSON.stringify(root['root']) ?? '';
  const twice = doubled.reduce(
    (all, name) => all.replace(`${name}:`, () => `${name}:null,${name}:`),
    text,
  );
  return raws.reduce((all, raw, index) => all.replace(`"@raw${index}@"`, () => raw), twice);
}
