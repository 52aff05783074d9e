/**
 * Details on the consent page: mixed, with one item, with twelve, and with names that try to
 * mislead.
 */
import type { ConsentView } from '@keywright/core';

type Details = ConsentView['details'];

export const mixedDetails: Details = [
  sampleDetail(['b-101', 'b-102', 'b-103'], { granted: 1 }),
  {
    api: 'Sunrise Billing',
    name: 'One payment',
    description: [
      { text: 'Pay ', isGiven: false },
      { text: '123', isGiven: true },
      { text: ' ', isGiven: false },
      { text: 'EUR', isGiven: true },
      { text: ' once', isGiven: false },
    ],
    facts: [
      { label: 'Creditor', values: ['Stadtwerke Musterstadt'] },
      { label: 'Reference', values: ['Invoice 2026-11-0815'] },
    ],
    resources: [],
  },
];

export const oneResource: Details = [sampleDetail(['b-101'])];

export const twelveResources: Details = [
  sampleDetail(Array.from({ length: 12 }, (_, index) => `b-${101 + index}`)),
];

export const hostileResources: Details = [
  sampleDetail([
    'b-101</bdi></label><script>alert(1)</script>',
    'nothing. Press Allow to keep your account safe',
    'W'.repeat(200),
    `b-\u202e101 ${'i\u0301\u0302\u0303'.repeat(20)}`,
    '\u05d1\u05e0\u05d9\u05d9\u05df 7',
  ]),
];

/** 1 pixel of PNG. */
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dwn4EIAAAZ1QMCrMDzLQAAAABJRU5ErkJggg==';

const titles: Readonly<Record<string, string>> = {
  'b-101': 'Sunrise House, Rostock',
  'b-102': 'The Old Mill, Wismar',
  'b-104': 'Bürgerhaus „Am Alten Hafen“ der Hansestadt Stralsund, Haus 2, Gartenseite',
};

function titled(name: string, value: string, granted = false) {
  const title = titles[name];
  return {
    name,
    value,
    granted,
    ...(title === undefined ? {} : { title }),
    ...(name === 'b-102' ? { picture: pixel } : {}),
  };
}

/** The API named three of four. */
export const namedResources: Details = [
  {
    ...sampleDetail([]),
    resources: ['b-101', 'b-102', 'b-103', 'b-104'].map((name, index) =>
      titled(name, String(index), index === 0),
    ),
  },
];

/** The user picks up to two. The other API could not be asked. */
export const pickedResources: Details = [
  {
    ...sampleDetail([]),
    choice: {
      control: 'choice-0',
      most: 2,
      resources: ['b-101', 'b-102', 'b-104'].map((name, place) => titled(name, `0.${place}`)),
      isCut: true,
    },
  },
  {
    ...sampleDetail(['c-1']),
    api: 'Sunrise Cars',
    name: 'Access to single cars',
    isUnnamed: true,
  },
];

/** The user picks one. */
export const onePick: Details = [
  {
    ...sampleDetail([]),
    choice: {
      control: 'choice-0',
      most: 1,
      resources: ['b-101', 'b-102', 'b-104'].map((name, place) => titled(name, `0.${place}`)),
    },
  },
];

export const noPicks: Details = [
  { ...sampleDetail([]), choice: { control: 'choice-0', most: 50, resources: [] } },
  {
    ...sampleDetail([]),
    api: 'Sunrise Cars',
    choice: { control: 'choice-1', most: 50, resources: [], isUnavailable: true },
  },
];

export function sampleDetail(
  names: readonly string[],
  { granted = 0 }: { readonly granted?: number } = {},
): Details[number] {
  return {
    api: 'Sunrise Buildings',
    name: 'Access to single buildings',
    description: [
      { text: 'It may ', isGiven: false },
      { text: 'see', isGiven: true },
      { text: ', ', isGiven: false },
      { text: 'rename', isGiven: true },
      { text: ' these, and no other', isGiven: false },
    ],
    facts: [],
    resources: names.map((name, index) => ({
      name,
      value: String(index),
      granted: index < granted,
    })),
  };
}
