import { describe, expect, it } from 'vitest';
import { formOf, settleBody } from './node-form.ts';

const said = (body: unknown) => formOf(body)?.toString();

describe('a form that a parser has read', () => {
  it('is turned into a form again', () => {
    expect(said({ access_token: 'a', name: 'Zoë', list: ['1', '2'] })).toBe(
      'access_token=a&name=Zo%C3%AB&list=1&list=2',
    );
    expect(said('access_token=a&x=%20')).toBe('access_token=a&x=+');
    expect(said(Buffer.from('access_token=a'))).toBe('access_token=a');
    expect(said(new URLSearchParams('access_token=a'))).toBe('access_token=a');
    expect(decodeURIComponent(said({ a: { b: { c: '1' }, d: ['2', '3'] }, e: ['4'] })!)).toBe(
      'a[b][c]=1&a[d]=2&a[d]=3&e[]=4',
    );
  });

  it('counts as no form if it is empty', () => {
    for (const body of [undefined, null, 1, true, new DataView(new ArrayBuffer(1))])
      expect(formOf(body)).toBeUndefined();
  });

  it.each([
    ['a list of one', ['good']],
    ['an object', { x: 'good' }],
    ['an empty list', []],
    ['a list of objects', [{ x: 'good' }, { y: 'good' }]],
    ['nothing', null],
    ['a number', 1],
  ])('never gives a token that came as %s', (_name, value) => {
    expect(formOf({ access_token: value })?.getAll('access_token')).not.toContain('good');
  });

  it('counts a token in brackets as sent twice, because a parser may have joined repeated ones', () => {
    expect(formOf({ access_token: ['a'] })?.getAll('access_token')).toEqual(['', '']);
    expect(formOf({ access_token: ['a', 'b'] })?.getAll('access_token')).toEqual(['a', 'b']);
  });

  it('does not follow nesting without end', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    expect(formOf({ deep, access_token: 'a' })?.getAll('access_token')).toEqual(['a']);
    const round: Record<string, unknown> = { access_token: 'a' };
    round['round'] = round;
    expect(formOf(round)?.getAll('access_token')).toEqual(['a']);
  });
});

describe('the body for later handlers', () => {
  it('is the parsed body without the token, and otherwise unchanged', () => {
    const holder = { body: { access_token: 'a', nested: { x: ['1'] } } };
    const { body } = holder;
    settleBody(holder, new URLSearchParams());
    expect(holder.body).toBe(body);
    expect(body).toEqual({ nested: { x: ['1'] } });
  });

  it.each([undefined, {}])('is the form that the guard read, if the body was %s', (body) => {
    const holder: { body: unknown } = { body };
    settleBody(holder, new URLSearchParams('a=1&b=2&b=3&__proto__=4'));
    expect(Object.entries(holder.body as object)).toEqual([
      ['a', '1'],
      ['b', ['2', '3']],
      ['__proto__', '4'],
    ]);
  });
});
