import { describe, expect, it } from 'vitest';
import { isWorthRepeating, keepsConnection, toStoreError } from './postgres-faults.ts';
import { StoreUnavailableError } from './unavailable.ts';

const told = (code: string, message = 'it is so') => Object.assign(new Error(message), { code });
const system = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), {
  code: 'ECONNREFUSED',
  syscall: 'connect',
});

describe('a fault of PostgreSQL', () => {
  it('causes a repetition only if the database has said that nothing of the act was stored', () => {
    expect(['40001', '40P01'].map((code) => isWorthRepeating(told(code)))).toEqual([
      'always',
      'always',
    ]);
    expect(isWorthRepeating(told('23505'))).toBe('few times');
    // It is not known whether these were written, or a repetition would not help.
    for (const error of [
      told('57P01'),
      told('08006'),
      told('53100'),
      told('42601'),
      system,
      new Error('x'),
    ])
      expect(isWorthRepeating(error)).toBe('never');
  });

  it.each([
    '08006',
    '28P01',
    '3D000',
    '53100',
    '53300',
    '55P03',
    '57014',
    '57P01',
    '57P03',
    '58030',
    '25006',
    '40001',
  ])('means that the store is unavailable: %s', (code) => {
    expect(toStoreError(told(code), 'The database cannot write')).toBeInstanceOf(
      StoreUnavailableError,
    );
  });

  it.each([
    system,
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
  ])('of the way there means the same: %s', (error) => {
    expect(toStoreError(error, 'The database cannot write')).toBeInstanceOf(StoreUnavailableError);
  });

  it('in the statement is a mistake in the act, and is reported without its values', () => {
    const error = Object.assign(told('23505', 'duplicate key'), {
      detail: 'Key (id)=(grt_secret) already exists.',
    });
    const passedOn = toStoreError(error, 'The database cannot write');
    expect(passedOn).not.toBeInstanceOf(StoreUnavailableError);
    expect(passedOn).toEqual(new Error('duplicate key (23505)'));
    expect(passedOn).not.toHaveProperty('detail');
  });

  it('that the act itself has thrown is not changed', () => {
    const own = new Error('A grant was neither started nor found.');
    expect(toStoreError(own, 'The database cannot write')).toBe(own);
  });

  it('closes the connection if the server ends it, only reads, or did not answer', () => {
    expect(['40001', '23505', '57014', '55P03'].map((code) => keepsConnection(told(code)))).toEqual(
      Array(4).fill(true),
    );
    for (const error of [told('57P01'), told('08P01'), told('25006'), system])
      expect(keepsConnection(error)).toBe(false);
  });
});
