/**
 * The colours of the pages that follow from one colour of an operator. The operator chooses any
 * colour. Text on it is black or white. Where it is itself text, or a line that means something, it
 * is mixed with black or white until its contrast is enough (WCAG 2.2, 1.4.3 and 1.4.11).
 */
import { hash } from 'node:crypto';

/** `#rrggbb`, in lower case. */
export type Colour = `#${string}`;

export interface Accent {
  readonly light: Colour;
  /** In a dark page. Default: `light`, mixed with white until it can be seen. */
  readonly dark?: Colour | undefined;
}

type Rgb = readonly [red: number, green: number, blue: number];

export function isColour(text: string): text is Colour {
  return /^#[0-9a-f]{6}$/.test(text);
}

function toRgb(colour: Colour): Rgb {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function toColour(rgb: Rgb): Colour {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** WCAG 2.2, relative luminance. */
function luminanceOf(colour: Colour): number {
  const [red, green, blue] = toRgb(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2, contrast ratio: 1 to 21. */
export function contrastOf(one: Colour, other: Colour): number {
  const [high, low] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => b - a) as [
    number,
    number,
  ];
  return (high + 0.05) / (low + 0.05);
}

function mix(colour: Colour, other: Colour, share: number): Colour {
  const [from, to] = [toRgb(colour), toRgb(other)];
  return toColour(
    from.map((part, at) => Math.round(part + ((to[at] ?? 0) - part) * share)) as never,
  );
}

/** The colour, or the nearest mixture with `towards` that has this contrast on each ground. */
function readable(
  colour: Colour,
  towards: Colour,
  grounds: readonly Colour[],
  least: number,
): Colour {
  for (let percent = 0; percent < 100; percent += 1) {
    const mixed = mix(colour, towards, percent / 100);
    if (grounds.every((ground) => contrastOf(mixed, ground) >= least)) return mixed;
  }
  return towards;
}

/** One of the two always has at least 4.58. */
export function textOn(colour: Colour): Colour {
  return contrastOf(colour, white) >= leastOfText ? white : black;
}

const [white, black] = ['#ffffff', '#000000'] as const;
const leastOfText = 4.5;
const leastOfSign = 3;

/** Without the hue of our own colours, which would be seen beside another one. */
const neutral = {
  light: {
    paper: '#f4f5f6',
    surface: '#ffffff',
    ink: '#16191d',
    'ink-soft': '#4d545c',
    line: '#dee1e5',
    control: '#767d85',
  },
  dark: {
    paper: '#0e1012',
    surface: '#16191c',
    ink: '#ebedf0',
    'ink-soft': '#a9b0b8',
    line: '#2d3237',
    control: '#767d85',
  },
} as const satisfies Record<string, Readonly<Record<string, Colour>>>;

/** The values that replace those of tokens.css, without the two dashes. */
export type Tokens = Readonly<Record<string, Colour>>;

/** The values of a light or a dark page. */
export function accentTokens({ light, dark }: Accent, scheme: 'light' | 'dark'): Tokens {
  const grey = neutral[scheme];
  const away = scheme === 'light' ? black : white;
  const button =
    scheme === 'light' ? light : (dark ?? readable(light, white, [grey.surface], leastOfSign));
  const tint = mix(grey.surface, button, scheme === 'light' ? 0.07 : 0.14);
  const grounds = [grey.surface, grey.paper, tint];
  const accent = readable(button, away, grounds, leastOfText);
  const onButton = textOn(button);
  const isSeen = contrastOf(button, grey.surface) >= leastOfSign;
  return {
    ...grey,
    accent,
    'accent-strong': mix(accent, away, 0.3),
    'accent-tint': tint,
    focus: accent,
    button,
    // Away from its text, so that the contrast grows.
    'button-strong': mix(button, onButton === white ? black : white, 0.15),
    'button-line': isSeen ? button : accent,
    'on-button': onButton,
    plate: button,
    brass: onButton,
    'brass-line': grey.control,
  };
}

/** The rules for a style sheet, after tokens.css. */
export function accentRules(accent: Accent): string {
  const rules = (scheme: 'light' | 'dark') =>
    Object.entries(accentTokens(accent, scheme))
      .map(([name, colour]) => `--${name}:${colour};`)
      .join('');
  return `:root{${rules('light')}}\n@media (prefers-color-scheme:dark){:root{${rules('dark')}}}\n`;
}

/** Changes with the rules. So an address never has the colours of an earlier release. */
const release = hash('sha256', accentRules({ light: '#635bff' }), 'hex').slice(0, 8);

/** The path of a style sheet that has only the rules of one colour, below the issuer. */
export function accentPath(accent: Accent): string {
  const names = [accent.light, ...(accent.dark === undefined ? [] : [accent.dark])];
  return `/assets/accent-${names.map((name) => name.slice(1)).join('-')}.${release}.css`;
}

const pathPattern = /^\/assets\/accent-([0-9a-f]{6})(?:-([0-9a-f]{6}))?\.([0-9a-f]{8})\.css$/;

/**
 * The style sheet of such a path. It depends on nothing else, so nothing of it is stored, and no
 * text of anybody gets into it.
 */
export function accentSheetAt(path: string): string | undefined {
  const [, light, dark, of] = pathPattern.exec(path) ?? [];
  if (light === undefined || of !== release) return undefined;
  return accentRules({ light: `#${light}`, dark: dark === undefined ? undefined : `#${dark}` });
}
