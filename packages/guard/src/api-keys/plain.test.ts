import { describe, expect, it } from 'vitest';
import { audience, createStage, issuer } from './testing-parts/issuer.ts';

describe('a plain API key', () => {
  it('identifies the service that it was issued to, with the scopes of the key', async () => {
    const stage = createStage();
    const key = stage.issuer.issue(
      { scope: 'buildings:read buildings:write', exp: 1_900_000_000 },
      'test',
    );
    const caller = await stage.authenticate(key.text);
    expect(caller).toMatchObject({
      kind: 'service',
      credential: 'api_key',
      issuer,
      subject: 'collector',
      clientId: 'collector',
      tokenId: key.id,
    });
    expect([...caller.scopes]).toEqual(['buildings:read', 'buildings:write']);
    expect(caller.claims).toEqual({
      iss: issuer,
      sub: 'collector',
      aud: audience,
      client_id: 'collector',
      scope: 'buildings:read buildings:write',
      jti: key.id,
      environment: 'test',
      exp: 1_900_000_000,
    });
    expect(JSON.stringify(caller)).not.toContain(key.text);
    expect(Object.isFrozen(caller)).toBe(true);
  });

  it('counts as unknown if its environment is not one of the API’s', async () => {
    const stage = createStage({ environments: ['live'] });
    expect(await stage.outcome(stage.issuer.issue({}, 'live').text)).toBe('collector');
    stage.issuer.pass(4);
    for (const environment of ['test', 'alive', 'liv', 'lives'])
      expect(await stage.outcome(stage.issuer.issue({}, environment).text)).toBe('api_key_invalid');
    for (const environments of [[], ['LIVE'], ['Live'], ['live!'], 'live', [7.5]])
      expect(() => createStage({ environments: environments as string[] })).toThrow(
        'apiKeys.environments',
      );
  });

  it('is checked without a request once the manifest is cached', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    await stage.authenticate(key.text);
    const asked = stage.issuer.sent.length;
    expect(await stage.authenticate(key.text)).toMatchObject({ clientId: 'collector' });
    expect(stage.issuer.sent).toHaveLength(asked);
  });

  it('is refused without a lookup if the route does not accept plain keys (§3)', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    expect(await stage.outcome(key.text, {}, false)).toBe('api_key_plain');
    expect(await stage.outcome(stage.issuer.issue().text, {}, false)).toBe('api_key_plain');
    expect(stage.issuer.sent).toEqual([]);
  });

  it('is refused without a lookup if its text is malformed', async () => {
    const stage = createStage();
    const { text } = stage.issuer.issue();
    const bad = [
      '',
      'x',
      'kwk_',
      text.slice(0, -1),
      `${text}x`,
      text.toUpperCase(),
      ` ${text}`,
      `${text} x`,
    ];
    for (const credential of [...bad, 'a'.repeat(1_000_000), 'kwk_'.repeat(100_000)]) {
      expect(await stage.outcome(credential)).toBe('api_key_malformed');
    }
    expect(stage.issuer.sent).toEqual([]);
  });

  it('is refused if it is unknown, or if another key has its id', async () => {
    const stage = createStage();
    const [known, other] = [stage.issuer.issue(), stage.issuer.issue()];
    stage.issuer.revoke(other);
    expect(await stage.outcome(other.text)).toBe('api_key_invalid');
    // The secret of one key with the id of another and the right checksum still has another digest.
    const forged = stage.issuer.issue();
    stage.issuer.revoke(forged);
    stage.issuer.keys.set('x', { ...known, id: forged.id, entry: {} });
    stage.issuer.pass(3);
    expect(await stage.outcome(forged.text)).toBe('api_key_invalid');
    expect(await stage.outcome(known.text)).toBe('collector');
  });

  it('is refused from the second of its end on', async () => {
    const stage = createStage();
    const key = stage.issuer.issue({ exp: stage.issuer.now / 1000 + 100 });
    stage.issuer.pass(99);
    expect(await stage.outcome(key.text)).toBe('collector');
    stage.issuer.pass(1);
    expect(await stage.outcome(key.text)).toBe('api_key_expired');
  });

  it('is reported as expired only to a caller that has the whole key', async () => {
    const stage = createStage();
    const key = stage.issuer.issue({ exp: 1 });
    stage.issuer.keys.set(key.id, { ...key, digest: 'A'.repeat(43) });
    expect(await stage.outcome(key.text)).toBe('api_key_invalid');
  });
});

describe('the networks of a key', () => {
  const cases: readonly (readonly [readonly string[], string | undefined, string])[] = [
    [['192.0.2.0/24'], '192.0.2.255', 'collector'],
    [['192.0.2.0/24'], '192.0.3.0', 'api_key_network_forbidden'],
    [['192.0.2.0/24'], '::ffff:192.0.2.7', 'collector'],
    [['192.0.2.0/24'], '::ffff:192.0.3.7', 'api_key_network_forbidden'],
    [['192.0.2.7'], '192.0.2.7', 'collector'],
    [['192.0.2.7'], '192.0.2.8', 'api_key_network_forbidden'],
    [['2001:db8::/32'], '2001:db8:1::1', 'collector'],
    [['2001:db8::/32'], '2001:db9::1', 'api_key_network_forbidden'],
    [['2001:db8::/32', '10.0.0.0/8'], '10.1.2.3', 'collector'],
    [['fe80::/10'], 'fe80::1%eth0', 'collector'],
    [['0.0.0.0/0'], '192.0.2.7', 'collector'],
    [['0.0.0.0/0'], '2001:db8::1', 'api_key_network_forbidden'],
    [['0.0.0.0/0', '::/0'], undefined, 'api_key_network_forbidden'],
    [['192.0.2.0/24'], 'unix socket', 'api_key_network_forbidden'],
    [[], '192.0.2.7', 'api_key_network_forbidden'],
  ];
  it.each(cases)('%j accept %s: %s', async (networks, remoteAddress, expected) => {
    const stage = createStage();
    const key = stage.issuer.issue({ networks });
    expect(await stage.outcome(key.text, { remoteAddress })).toBe(expected);
  });

  it.each([
    ['10.0.0.0/33'],
    ['10.0.0.0/-1'],
    ['10.0.0.0/'],
    ['10.0.0.0/8/8'],
    ['10.0.0'],
    ['010.0.0.1'],
    [''],
    [8],
    [null],
    '10.0.0.0/8',
    'any',
    {},
    null,
  ])('%j is not a list of networks, so the key is refused', async (networks) => {
    const stage = createStage();
    const key = stage.issuer.issue({ networks });
    expect(await stage.outcome(key.text)).toBe('api_key_invalid');
  });
});

describe('an incomplete description', () => {
  it.each<[string, Record<string, unknown>]>([
    ['without a client', { client_id: undefined }],
    ['with an empty client', { client_id: '' }],
    ['without scopes', { scope: undefined }],
    ['with a list of scopes', { scope: ['buildings:read'] }],
    ['without an environment', { env: undefined }],
    ['without a digest', { sha256: undefined }],
    ['with an end that is text', { exp: '1900000000' }],
    ['with an end that is null', { exp: null }],
    ['with an end before all time', { exp: -1 }],
  ])('%s makes its key invalid, and does not affect other keys', async (_name, entry) => {
    const stage = createStage();
    const [bad, good] = [stage.issuer.issue(entry), stage.issuer.issue()];
    expect(await stage.outcome(bad.text)).toBe('api_key_invalid');
    expect(await stage.outcome(good.text)).toBe('collector');
  });
});
