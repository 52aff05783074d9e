import { describe, expect, it } from 'vitest';
import { DatabaseAddressError, isPostgresAddress, parsePostgresAddress } from './postgres-address.ts';

const faultOf = (address: string): string => {
  try {
    parsePostgresAddress(address);
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseAddressError);
    return (error as Error).message;
  }
  return 'none';
};

describe('the address of a database', () => {
  it('is told from the path of a file by its scheme', () => {
    expect(['postgres://db/x', 'postgresql://db/x'].map(isPostgresAddress)).toEqual([true, true]);
    expect([':memory:', 'keywright.db', './postgres', '/postgres://x'].map(isPostgresAddress)).toEqual(
      Array(4).fill(false),
    );
  });

  it('keeps what is for us from what is for the driver', () => {
    const address =
      'postgres://kw:secret@db.example:6432/kw?sslmode=verify-full&connections=25&prepare=false';
    expect(parsePostgresAddress(address)).toEqual({
      connectionString: 'postgres://kw:secret@db.example:6432/kw?sslmode=verify-full',
      connections: 25,
      prepare: false,
    });
    expect(parsePostgresAddress('postgres://kw@localhost/kw')).toMatchObject({
      connections: 10,
      prepare: true,
    });
  });

  it.each([
    'postgres://kw@localhost/kw',
    'postgres://kw@127.0.0.1/kw',
    'postgres://kw@[::1]/kw',
    'postgres:///kw?host=/run/postgresql',
    'postgres://kw@db.example/kw?sslmode=disable',
    'postgres://kw@db.example/kw?sslmode=no-verify',
  ])('is taken when the way is on this machine, or it is said how it is protected: %s', (address) => {
    expect(faultOf(address)).toBe('none');
  });

  it.each([
    ['postgres://kw:secret@db.example/kw', /on another machine: say sslmode=verify-full/],
    ['postgres://kw:secret@localhost/kw?host=db.example', /on another machine/],
    ['postgres://kw:secret@localhost.evil.example/kw', /on another machine/],
    ['postgres://kw:secret@db.example/kw?sslmode=require', /sslmode=require is not taken/],
    ['postgres://kw:secret@localhost/kw?sslmode=prefer', /sslmode=prefer is not taken/],
    ['postgres://kw:secret@localhost/kw?pool=3', /parameter pool is not known; known are host/],
    ['postgres://kw:secret@localhost/kw?connections=0', /connections is a whole number/],
    ['postgres://kw:secret@localhost/kw?prepare=no', /prepare is true or false/],
    ['postgres://kw:secret@local host:x/kw', /not an address of the form/],
  ])('is refused without telling what is secret in it: %s', (address, fault) => {
    expect(faultOf(address)).toMatch(fault);
    expect(faultOf(address)).not.toContain('secret');
  });
});
