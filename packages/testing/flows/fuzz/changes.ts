/** Changes to valid input, as data that a fixture can store: of text, and of forms. */
import fc from 'fast-check';

/** A text. A long one is described by what it repeats. */
export type Text = string | { readonly of: string; readonly times: number };

export function expand(text: Text): string {
  return typeof text === 'string' ? text : text.of.repeat(text.times);
}

/**
 * Texts at which parsers have failed: separators, escapes, lone surrogates, names of members that
 * each object has, numbers that overflow.
 */
const strange: readonly string[] = [
  '',
  ' ',
  '\0',
  '%00',
  '\r\nset-cookie: a=b',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e',
  '\u2028',
  'ﬀİ',
  '%',
  '%zz',
  '%ed%a0%80',
  '+',
  '=',
  '==',
  '&',
  ';',
  ',',
  '.',
  '..',
  '...',
  '/../',
  '//',
  '\\',
  '"',
  "'",
  '`',
  '<script>',
  '{{7*7}}',
  '${7}',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  '-1',
  '0',
  '1e400',
  '9'.repeat(40),
  '-0',
  'true',
  '[]',
  '{}',
  '[{}]',
  '{"__proto__":{"a":1}}',
  '*',
  '?',
  '#',
  '@',
  ':',
  'http://[::1',
  'https://a@b:99999/',
  'javascript:alert(1)',
  'data:,',
  'urn:',
  'eyJhbGciOiJub25lIn0.e30.',
  '....',
  'Bearer',
  'a b',
  "' OR 1=1 --",
];

const letters = fc
  .array(fc.nat({ max: 0xffff }), { maxLength: 8 })
  .map((codes) => String.fromCharCode(...codes));
const repeated = (least: number, most: number): fc.Arbitrary<Text> =>
  fc.record({
    of: fc.constantFrom(
      'a',
      '.',
      '[',
      '{"a":',
      '%41',
      ' ',
      'é',
      '\ud83d\ude00',
      ',',
      '&a=b',
      'A.',
      '-',
      '0',
      '\\',
    ),
    times: fc.integer({ min: least, max: most }),
  });

export const hostileText: fc.Arbitrary<Text> = fc.oneof(
  { weight: 600, arbitrary: fc.constantFrom(...strange) },
  { weight: 200, arbitrary: letters },
  { weight: 100, arbitrary: repeated(2, 400) },
  { weight: 10, arbitrary: repeated(5_000, 20_000) },
  { weight: 1, arbitrary: repeated(250_000, 1_000_000) },
);

/** A position from 0 to 999: thousandths of the length. */
export const place = fc.nat({ max: 999 });
export const placeIn = (at: number, length: number) => Math.floor((at * length) / 1000);

const textChanges = [
  'cut',
  'behead',
  'drop',
  'put',
  'swap',
  'double',
  'case',
  'before',
  'after',
  'instead',
] as const;
export type TextChange = readonly [change: (typeof textChanges)[number], at: number, text: Text];

export const textChange: fc.Arbitrary<TextChange> = fc.tuple(
  fc.constantFrom(...textChanges),
  place,
  hostileText,
);
export const someTextChanges = fc.array(textChange, { maxLength: 2 });

export function changeText(text: string, changes: readonly TextChange[]): string {
  return changes.reduce(changeOnce, text);
}

function changeOnce(text: string, [change, place, hostile]: TextChange): string {
  const at = placeIn(place, text.length);
  const [head, tail] = [text.slice(0, at), text.slice(at)];
  switch (change) {
    case 'cut':
      return head;
    case 'behead':
      return tail;
    case 'drop':
      return head + tail.slice(1);
    case 'put':
      return head + expand(hostile) + tail;
    case 'swap':
      return head + expand(hostile) + tail.slice(1);
    case 'double':
      return head + tail + tail;
    case 'case':
      return head + tail.toUpperCase();
    case 'before':
      return expand(hostile) + text;
    case 'after':
      return text + expand(hostile);
    case 'instead':
      return expand(hostile);
  }
}

/** Changes of a form: of its values, then of its text. */
export interface FormChanges {
  readonly values: readonly (readonly [
    change: 'value' | 'name' | 'twice' | 'drop',
    at: number,
    TextChange,
  ])[];
  readonly more: readonly (readonly [name: Text, value: Text])[];
  readonly text: readonly TextChange[];
}

export const formChanges: fc.Arbitrary<FormChanges> = fc.record({
  values: fc.array(
    fc.tuple(
      fc.constantFrom('value', 'value', 'value', 'name', 'twice', 'drop'),
      place,
      textChange,
    ),
    {
      maxLength: 2,
    },
  ),
  more: fc.array(fc.tuple(hostileText, hostileText), { maxLength: 1 }),
  text: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(textChange, { maxLength: 1 }) },
  ),
});

export function changeForm(
  good: Readonly<Record<string, string>>,
  { values, more, text }: FormChanges,
): string {
  const pairs = Object.entries(good);
  for (const [change, at, by] of values) {
    const index = placeIn(at, pairs.length);
    const [name, value] = pairs[index] ?? ['', ''];
    if (change === 'value') pairs[index] = [name, changeText(value, [by])];
    else if (change === 'name') pairs[index] = [changeText(name, [by]), value];
    else if (change === 'twice') pairs.push([name, value]);
    else pairs.splice(index, 1);
  }
  const all = [...pairs, ...more.map(([name, value]) => [expand(name), expand(value)])];
  return changeText(
    all.map(([name = '', value = '']) => `${escape(name)}=${escape(value)}`).join('&'),
    text,
  );
}

/** Writes a form. A lone surrogate, which a form cannot contain, is written as its replacement. */
function escape(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+');
}
