import { expect, it } from 'vitest';
import { fillTemplate, templateMembers } from './template.ts';

const values: Readonly<Record<string, readonly string[]>> = {
  who: ['Ada', '{what}'],
  what: ['all'],
};
const valueOf = (name: string) => values[name] ?? [];

it('keeps the operator’s words and the request’s apart', () => {
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

it('a value that looks like a template is a value, and a member that is not there is nothing', () => {
  expect(fillTemplate('{who}', () => ['{what}'])).toEqual([{ text: '{what}', isGiven: true }]);
  expect(fillTemplate('a {nothing} b', valueOf).map(({ text }) => text)).toEqual(['a ', ' b']);
});

it('finds the members that are named, and takes any other brace as it is', () => {
  expect(templateMembers('{who} {} {9} { who} {what}')).toEqual(['who', 'what']);
  expect(fillTemplate('{}', valueOf)).toEqual([{ text: '{}', isGiven: false }]);
});
