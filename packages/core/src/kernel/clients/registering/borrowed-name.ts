/**
 * Names that resemble the operator's own: `Sunrise Security Check`, if the service is called
 * Sunrise Buildings. A user would think that the application is a part of the service. Names are
 * compared by their look: without accents and punctuation, in lower case, and with similar letters
 * mapped to one. The table is short on purpose. UTS 39 has all similar letters, but no maintained
 * JavaScript library has them.
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

/** A name as it looks, in words of letters and digits. */
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

/** A shorter name is a part of too many words, so only a whole word counts. */
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
