import { assert, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readObject } from './schema.ts';
import type { ObjectSchema } from '../../model/api-settings.ts';

const schema: ObjectSchema = {
  type: 'object',
  properties: {
    first: { type: 'string' },
    list: { type: 'array', items: { type: 'string', enum: ['a', 'b'] }, maxItems: 2 },
    inner: {
      type: 'object',
      properties: { count: { type: 'integer', maximum: 9 } },
      required: ['count'],
    },
    flag: { type: 'boolean' },
  },
  required: ['first'],
};

class Refused extends Error {}
const read = (value: unknown) => readObject(value, schema, 'it', (message) => new Refused(message));

describe('parsing a value by its schema', () => {
  it('gives the members in the order of the schema, so that equal values make equal text', () => {
    const inner = { count: 1 };
    const one = read({ flag: true, inner, list: ['b'], first: 'x' });
    expect(JSON.stringify(one)).toBe(
      JSON.stringify({ first: 'x', list: ['b'], inner, flag: true }),
    );
  });

  it.each<[unknown, string]>([
    [null, 'it must be an object.'],
    [[], 'it must be an object.'],
    [{}, 'it.first is required.'],
    [{ first: '' }, 'it.first must be a string of 1 to 200 characters.'],
    [{ first: 'x', other: 1 }, 'it has a member that its type does not have.'],
    [{ first: 'x', list: ['c'] }, 'it.list[] has a value that its type does not allow.'],
    [{ first: 'x', list: ['a', 'b', 'a'] }, 'it.list must be an array of 1 to 2 strings.'],
    [{ first: 'x', inner: {} }, 'it.inner.count is required.'],
    [
      { first: 'x', inner: { count: 10 } },
      'it.inner.count must be a whole number within the limits.',
    ],
    [{ first: 'x', flag: 'true' }, 'it.flag must be true or false.'],
    [{ first: 'a\u200bb' }, 'it.first must not have control or invisible characters.'],
    [{ first: '\ud800' }, 'it.first must not have control or invisible characters.'],
  ])('reports %j with the name of the member, and without its value', (value, message) => {
    expect(() => read(value)).toThrow(new Refused(message));
  });

  it('either refuses a JSON value or returns a part of it, for random values', () => {
    assert(
      property(jsonValue(), (value) => {
        try {
          expect(read(value)).toEqual(value);
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
        }
      }),
    );
  });

  it('reports a required member as missing when only the prototype has it', () => {
    const named: ObjectSchema = { type: 'object', properties: {}, required: ['constructor'] };
    expect(() => readObject({}, named, 'it', (message) => new Refused(message))).toThrow(Refused);
  });
});
