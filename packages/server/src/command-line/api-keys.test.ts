import { describe, expect, test } from 'vitest';
import { useKeywright } from './testing-parts/keywright.ts';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';

const { run, serve } = useKeywright();

describe('keywright api-keys', () => {
  const add = [
    'api-keys',
    'add',
    '--client',
    'declared',
    '--environment',
    'live',
    '--name',
    'Night job',
  ];

  test('adds with all problems reported, shows once, lists without the key, rotates and revokes', async () => {
    const { address } = await serve();
    const refused = await run([
      ...add,
      '--scope',
      'read write',
      '--network',
      '10.0.0.1/8',
      '--expires',
      '10y',
    ]);
    expect(refused.err).toContain('--expires must be a time span such as 90d');
    const wrong = await run([...add, '--scope', 'read write', '--network', '10.0.0.1/8']);
    expect(wrong.err).toContain('api_key.scope write is not a scope of a declared API');
    expect(wrong.err).toContain('api_key.networks[0] has bits behind its prefix');
    const added = await run([
      ...add,
      '--scope',
      'read',
      '--expires',
      '90d',
      '--network',
      '127.0.0.0/8',
    ]);
    const key = /^api_key {2}(kwk_live_\w+)$/m.exec(added.out)?.[1] ?? '';
    const id = /^id {7}(\w{16})$/m.exec(added.out)?.[1] ?? '';
    expect(key.split('_')[2]).toBe(id);
    expect(added.err).toContain('The key is shown only once');

    const exchange = (presented: string) =>
      fetch(`${address}/token`, {
        method: 'POST',
        headers: { authorization: `ApiKey ${presented}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
    expect(await (await exchange(key)).json()).toMatchObject({ scope: 'read' });
    expect((await run(['explain', 'declared'])).out).toContain(
      'API keys        1 active, issued by command: live at https://api.example',
    );

    const rotated = await run(['api-keys', 'rotate', id, '--overlap', '1h', '--json']);
    const successor = JSON.parse(rotated.out) as { id: string; api_key: string; replaces: string };
    expect(successor.replaces).toBe(id);
    expect(rotated.err).toContain(`The former key, ${id}, works until `);
    expect((await run(['api-keys', 'rotate', id])).err).toContain('has a successor already');
    const both = [await exchange(key), await exchange(successor.api_key)];
    expect(both.map(({ status }) => status)).toEqual([200, 200]);

    expect(
      (await run(['api-keys', 'revoke', successor.id, '--because', 'lost laptop'])).out,
    ).toContain(`Night job (${successor.id}) is revoked`);
    expect((await run(['api-keys', 'revoke', successor.id])).out).toContain('was revoked before');
    expect((await exchange(successor.api_key)).status).toBe(401);

    const { out } = await run(['api-keys', 'list', '--client', 'declared']);
    expect(out).toMatch(new RegExp(`^${id} .*Night job .*Z {2}alive until `, 'm'));
    expect(out).toMatch(new RegExp(`^${successor.id} .*revoked .*: lost laptop$`, 'm'));
    const json = (await run(['api-keys', 'list', '--json'])).out;
    for (const text of [out, json]) {
      expect(text).not.toContain('kwk_');
      expect(text).not.toContain('digest');
    }
    expect((await run(['api-keys', 'list', '--client', 'nobody'])).out).toBe(
      'The list is empty.\n',
    );
  });

  test.runIf(isLong)('are only ever of services, and are named by their ids', async () => {
    await run([
      'clients',
      'add',
      '--id',
      'site',
      '--name',
      'Site',
      '--kind',
      'web',
      '--trust',
      'first-party',
      '--redirect-uri',
      'https://site.example/cb',
      '--scope',
      'read',
    ]);
    const site = [
      'api-keys',
      'add',
      '--client',
      'site',
      '--environment',
      'live',
      '--name',
      'x',
      '--scope',
      'read',
    ];
    expect((await run(site)).err).toContain('its tier cannot have API keys');
    expect((await run(['explain', 'site'])).out).toContain(
      'API keys        never for the tier first_party_app',
    );
    const nobody = site.map((word) => (word === 'site' ? 'nobody' : word));
    expect((await run(nobody)).err).toBe('There is no client nobody.\n');
    expect((await run(['api-keys', 'revoke', 'unknown'])).err).toBe(
      'There is no API key unknown.\n',
    );
    const whole = await run(['api-keys', 'revoke', `kwk_live_${'a'.repeat(16)}_${'b'.repeat(49)}`]);
    expect(whole.err).toBe(
      'Give the id of the key, not the key. The id is the third part of the key.\n',
    );
  });
});
