/**
 * Names that borrow the operator's own: `Sunrise Security Check`, where the service is called
 * Sunrise Buildings. A person would take the application for a part of the service. Compared is
 * what a name looks like: without marks and signs, in one case, and with letters that are drawn
 * alike made one. The table is short on purpose; UTS 39 has all such letters, and no library of
 * them is kept up for JavaScript.
 */

/**
 * Each letter, and those that are drawn like it: of Cyrillic, Greek, Armenian, Cherokee, Lisu and
 * the phonetic alphabet; and digits.
 */
const drawnAlike: Readonly<Record<string, string>> = {
  a: 'аαɑᴀꭺꓮ4@',
  b: 'вьβʙᏼꓐ8ꮟ',
  c: 'сϲᴄꮯꓚ',
  d: 'ԁᴅꭰꓓđ',
  e: 'еєεᴇꭼꓰ3',
  f: 'ꓝƒ',
  g: 'ɡɢꮐꓖց',
  h: 'һннʜꮋꓧհħ',
  i: 'іιıɪl1ӏ|!ꭵꓲʟꮮꓡłյ',
  j: 'јᴊꭻꓙ',
  k: 'кκᴋꮶꓗ',
  m: 'мᴍꮇꓟ',
  n: 'пηнոᴎꓠɴ',
  o: 'оοσօᴏꓳ0ø',
  p: 'рρᴘꮲꓑ',
  q: 'ԛզ',
  r: 'гʀꭱꓣ',
  s: 'ѕꜱꮪꓢ5$ſ',
  t: 'тτᴛꭲꓔ7ŧ',
  u: 'υսᴜꓴц',
  v: 'νѵᴠꓦ',
  w: 'ѡωԝᴡꮃꓪ',
  x: 'хχꓫ',
  y: 'уγʏꓬ',
  z: 'ζᴢꮓꓜ',
};

const letterOf = new Map(
  Object.entries(drawnAlike).flatMap(([letter, alike]) =>
    Array.from(alike, (one) => [one, letter] as const),
  ),
);

/**
 * Regional indicators, of which flags are made, are drawn as letters where there is no such flag.
 */
const firstIndicator = 0x1f1e6;

/** What a name looks like, as words of letters and digits. */
function wordsSeenIn(name: string): readonly string[] {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[\u{1F1E6}-\u{1F1FF}]/gu, (one) =>
      String.fromCharCode(97 + (one.codePointAt(0) ?? firstIndicator) - firstIndicator),
    )
    .toLowerCase();
  return Array.from(plain, (one) => letterOf.get(one) ?? one)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** A shorter name is a part of too many words: it is borrowed only as a word of its own. */
const shortest = 5;

/** Whether a name would be read as one of the reserved ones, or as having one in it. */
export function borrowsName(name: string, reserved: readonly string[]): boolean {
  const words = wordsSeenIn(name);
  const whole = words.join('');
  return reserved.some((one) => {
    const own = wordsSeenIn(one).join('');
    if (own === '') return false;
    return own.length < shortest ? words.includes(own) || whole === own : whole.includes(own);
  });
}

const articles = new Set(['a', 'an', 'das', 'der', 'die', 'el', 'la', 'le', 'les', 'my', 'the']);

/**
 * The names that unverified clients must not use for a service of this name: the name, and its
 * first word that is not an article.
 */
export function namesOfService(serviceName: string): readonly string[] {
  const first = serviceName
    .split(/[^\p{L}\p{N}]+/u)
    .find((word) => word.length > 2 && !articles.has(word.toLowerCase()));
  return first === undefined ? [serviceName] : [serviceName, first];
}
