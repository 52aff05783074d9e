import { expect, it } from 'vitest';
import { fillTemplate, templateMembers } from './template.ts';

const values: Readonly<Record<string, readonly string[]>> = {
  who: ['Ada', '{what}'],
  what: ['all'],
};
const valueOf = (name: string) => values[name] ?? [];

it('a template keeps the operator’s text and the values of the request separate', () => {
  expect(fillTemplate('See {what} of {who}.', valueOf)).toEqual([
    { text: 'See ', isGiven: false },
    { text: 'all', isGiven: true },
    { text: ' of ', isGiven: false },
    { text: 'Ada', isGiven: true },
    { text: ', ', isGiven: false },
    { text: '{what}', isGiven: true },
    { text: '.', isGiven: false },
  ]);
});

it('a value that looks like a template is used as text, and an absent member is empty', () => {
  expect(fillTemplate('{who}', () => ['{what}'])).toEqual([{ text: '{what}', isGiven: true }]);
  expect(fillTemplate('a {nothing} b', valueOf).map(({ text }) => text)).toEqual(['a ', ' b']);
});

it('the names of members are found in a template, and other braces stay as they are', () => {
  expect(templateMembers('{who} {} {9} { who} {what}')).toEqual(['who', 'what']);
  expect(fillTemplate('{}', valueOf)).toEqual([{ text: '{}', isGiven: false }]);
});
