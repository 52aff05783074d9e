import { expect, test } from 'vitest';
import { agoInWords, dateInWords, daysInWords, timestamp } from './date.ts';

const now = Date.UTC(2026, 10, 24, 9, 30) / 1000;
const hour = 3600;
const day = 24 * hour;

test.each([
  [-5, 'just now'],
  [0, 'just now'],
  [59, 'just now'],
  [60, '1 minute ago'],
  [hour - 1, '59 minutes ago'],
  [hour, '1 hour ago'],
  [day - 1, '23 hours ago'],
  [day, 'yesterday'],
  [29 * day, '29 days ago'],
  [30 * day, 'last month'],
  [75 * day, '2 months ago'],
  [365 * day, 'last year'],
  [800 * day, '2 years ago'],
])('a time of %d seconds ago is shown as "%s"', (age, words) => {
  expect(agoInWords(now - age, now)).toBe(words);
});

test('a date is shown in UTC, as text and in a machine format', () => {
  expect(dateInWords(now)).toBe('24 November 2026');
  expect(dateInWords(Date.UTC(2026, 0, 1, 23, 59, 59) / 1000)).toBe('1 January 2026');
  expect(timestamp(now)).toBe('2026-11-24T09:30:00Z');
});

test.each([
  [1, '1 day'],
  [30, '30 days'],
  [365, '1 year'],
  [400, '400 days'],
  [730, '2 years'],
])('a duration of %d days is shown as "%s"', (days, words) => {
  expect(daysInWords(days)).toBe(words);
});
