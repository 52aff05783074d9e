import { describe, expect, it } from 'vitest';
import {
  DatabaseAddressError,
  isPostgresAddress,
  parsePostgresAddress,
  showAddress,
} from './postgres-address.ts';

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
  it('is distinguished from the path of a file by its scheme', () => {
    expect(['postgres://db/x', 'postgresql://db/x'].map(isPostgresAddress)).toEqual([true, true]);
    expect(
      [':memory:', 'keywright.db', './postgres', '/postgres://x'].map(isPostgresAddress),
    ).toEqual(Array(4).fill(false));
  });

  it('is split into the part for the store and the part for the driver', () => {
    const address =
      'postgres://kw:secret@db.example:6432/kw?sslmode=verify-full&connections=25&prepare=false';
    expect(parsePostgresAddress(address)).toEqual({
      connectionStrings: ['postgres://kw:secret@db.example:6432/kw?sslmode=verify-full'],
      connections: 25,
      prepare: false,
    });
    expect(parsePostgresAddress('postgres://kw@localhost/kw')).toMatchObject({
      connections: 10,
      prepare: true,
    });
  });

  it.each([
    [
      'postgres://kw:secret@a.example:5432,b.example/kw?sslmode=verify-full&target_session_attrs=read-write',
      [
        'postgres://kw:secret@a.example:5432/kw?sslmode=verify-full',
        'postgres://kw:secret@b.example/kw?sslmode=verify-full',
      ],
    ],
    [
      'postgres://kw@localhost/kw?host=/run/a,/run/b',
      ['postgres://kw@localhost/kw?host=%2Frun%2Fa', 'postgres://kw@localhost/kw?host=%2Frun%2Fb'],
    ],
  ])('may name several hosts, of which one is the primary: %s', (address, connectionStrings) => {
    expect(parsePostgresAddress(address)).toMatchObject({ connectionStrings });
  });

  it('is shown with all its hosts, and without its password', () => {
    expect(showAddress('postgres://kw:secret@a:1,b:2/kw?sslmode=disable')).toBe(
      'postgres://kw@a:1,b:2/kw',
    );
  });

  it('is not shown if a part of the password could be read as another part of the address', () => {
    expect(() => showAddress('postgres://kw:12/secret@a/kw')).toThrow(DatabaseAddressError);
  });

  it.each([
    'postgres://kw@localhost/kw',
    'postgres://kw@127.0.0.1/kw',
    'postgres://kw@[::1]/kw',
    'postgres:///kw?host=/run/postgresql',
    'postgres://kw@db.example/kw?sslmode=disable',
    'postgres://kw@db.example/kw?sslmode=no-verify',
  ])(
    'is accepted if the connection stays on this machine, or its protection is stated: %s',
    (address) => {
      expect(faultOf(address)).toBe('none');
    },
  );

  it.each([
    ['postgres://kw:secret@db.example/kw', /on another machine: set sslmode=verify-full/],
    ['postgres://kw:secret@localhost/kw?host=db.example', /on another machine/],
    ['postgres://kw:secret@localhost.evil.example/kw', /on another machine/],
    ['postgres://kw:secret@db.example/kw?sslmode=require', /sslmode=require is not supported/],
    ['postgres://kw:secret@localhost/kw?sslmode=prefer', /sslmode=prefer is not supported/],
    ['postgres://kw:secret@localhost/kw?pool=3', /parameter pool is not known; known are host/],
    ['postgres://kw:secret@localhost/kw?connections=0', /connections is a whole number/],
    ['postgres://kw:secret@localhost/kw?prepare=no', /prepare is true or false/],
    ['postgres://kw:secret@localhost,db.example/kw', /on another machine/],
    ['postgres://kw:secret@localhost/kw?host=/run/a,db.example', /on another machine/],
    ['postgres://kw:secret@a,,b/kw?sslmode=disable', /between commas is empty/],
    ['postgres://kw:secret@a,b/kw?sslmode=disable&host=c,d', /named in one place/],
    [`postgres://kw:secret@${Array(10).fill('a').join(',')}/kw?sslmode=disable`, /At most 9 hosts/],
    ['postgres://kw:secret@localhost/kw?target_session_attrs=any', /never works with a standby/],
    [
      'postgres://kw:secret@db.example/kw?sslmode=verify-full&sslmode=disable',
      /sslmode is given twice/,
    ],
    ['postgres://kw@localhost/kw?host=/run/a&host=db.example', /host is given twice/],
    ['postgres://kw:12/secret@db.example/kw?sslmode=disable', /In a password, write @, .* as %40/],
    ['postgres://kw:12?secret@db.example/kw', /In a password, write @, .* as %40/],
    ['postgres://kw:12#secret@db.example/kw', /In a password, write @, .* as %40/],
    ['postgres://kw:secret@local host:x/kw', /not an address of the form/],
  ])('is refused without its secret in the error: %s', (address, fault) => {
    expect(faultOf(address)).toMatch(fault);
    expect(faultOf(address)).not.toContain('secret');
  });
});
