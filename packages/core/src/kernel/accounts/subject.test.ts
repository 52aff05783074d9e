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

describe('subjects (OpenID Connect Core §8)', () => {
  it('public: the account’s id, for every client', () => {
    expect(subjectOf(core, client('a', ['https://a.example/cb']), ada)).toBe(ada);
    expect(
      subjectOf(core, client('a', ['https://a.example/cb'], { subjectType: 'public' }), ada),
    ).toBe(ada);
  });

  it('pairwise: by the host, whatever port and path; or by the sector that vouches for several hosts (§8.1)', () => {
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

  it('a client, for itself or for another, stays what it is', () => {
    const own = client('svc', ['https://a.example/cb'], pairwise);
    expect(subjectOf(core, own, 'svc')).toBe('svc');
    expect(subjectOf(core, own, 'another-service')).toBe('another-service');
  });

  it('another server makes others: nobody can compute them without its key', () => {
    const other = { vault: createVault(new Uint8Array(32).fill(2)) };
    const own = client('a', ['https://a.example/cb'], pairwise);
    expect(subjectOf(other, own, ada)).not.toBe(subjectOf(core, own, ada));
  });
});

describe('the account behind a pairwise subject', () => {
  const own = client('a', ['https://a.example/cb'], pairwise);

  it('is read out of the token’s own id, and no two of these are alike', () => {
    const serials = [sealHolder(core, ada), sealHolder(core, ada)];
    expect(new Set(serials).size).toBe(2);
    for (const serial of serials)
      expect(accountIdOf(core, own, { sub: 'x', jti: `grt_1.${serial}` })).toBe(ada);
  });

  it('is the subject itself where the client knows people by their accounts', () => {
    const open = client('a', ['https://a.example/cb']);
    expect(accountIdOf(core, open, { sub: ada, jti: 'grt_1.serial' })).toBe(ada);
  });
});
