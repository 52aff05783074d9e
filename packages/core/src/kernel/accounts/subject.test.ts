import { createVault } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../model/entities.ts';
import { accountIdOf, sealHolder, sectorOf, subjectOf } from './subject.ts';

const core = { vault: createVault(new Uint8Array(32).fill(1)) };
const ada = 'usr_ada';

function client(
  id: string,
  redirectUris: readonly string[],
  settings: Client['settings'] = {},
): Client {
  return { id, redirectUris, settings } as Client;
}

const pairwise = { subjectType: 'pairwise' } as const;

describe('the subject of a user (OpenID Connect Core §8)', () => {
  it('is the account’s id for each client, when it is public', () => {
    expect(subjectOf(core, client('a', ['https://a.example/cb']), ada)).toBe(ada);
    expect(
      subjectOf(core, client('a', ['https://a.example/cb'], { subjectType: 'public' }), ada),
    ).toBe(ada);
  });

  it('is computed from the host, without port and path, or from the sector of several hosts, when it is pairwise (§8.1)', () => {
    const own = client('a', ['https://a.example/cb', 'https://a.example:8443/other'], pairwise);
    const shared = { ...pairwise, sectorIdentifierUri: 'https://a.example/sector.json' };
    expect(sectorOf(own)).toBe('a.example');
    expect(subjectOf(core, client('b', ['https://b.example/cb'], shared), ada)).toBe(
      subjectOf(core, own, ada),
    );
    expect(subjectOf(core, client('b', ['https://b.example/cb'], pairwise), ada)).not.toBe(
      subjectOf(core, own, ada),
    );
  });

  it('of a client itself is the client’s id at each client', () => {
    const own = client('svc', ['https://a.example/cb'], pairwise);
    expect(subjectOf(core, own, 'svc')).toBe('svc');
    expect(subjectOf(core, own, 'another-service')).toBe('another-service');
  });

  it('is different at another server: it cannot be computed without the server’s key', () => {
    const other = { vault: createVault(new Uint8Array(32).fill(2)) };
    const own = client('a', ['https://a.example/cb'], pairwise);
    expect(subjectOf(other, own, ada)).not.toBe(subjectOf(core, own, ada));
  });
});

describe('the account of a pairwise subject', () => {
  const own = client('a', ['https://a.example/cb'], pairwise);

  it('is encrypted in the token’s id, with a different text each time', () => {
    const serials = [sealHolder(core, ada), sealHolder(core, ada)];
    expect(new Set(serials).size).toBe(2);
    for (const serial of serials)
      expect(accountIdOf(core, own, { sub: 'x', jti: `grt_1.${serial}` })).toBe(ada);
  });

  it('is the subject itself for a client with public subjects', () => {
    const open = client('a', ['https://a.example/cb']);
    expect(accountIdOf(core, open, { sub: ada, jti: 'grt_1.serial' })).toBe(ada);
  });
});
