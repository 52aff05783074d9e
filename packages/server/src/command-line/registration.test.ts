import { describe, expect, test } from 'vitest';
import { configuration, useKeywright } from './testing-parts/keywright.ts';

const { run, serve, write } = useKeywright();

describe('keywright registration', () => {
  test('makes an initial access token for a number of registrations', async () => {
    const config = write('open.json', {
      ...configuration,
      features: { registration: 'initial-token' },
    });
    const { address } = await serve('--config', config);
    const made = await run([
      'registration',
      'token',
      '--uses',
      '1',
      '--expires',
      '1h',
      '--config',
      config,
    ]);
    const token = /^initial_access_token {2}(\S+)$/m.exec(made.out)?.[1] ?? '';
    expect(made.err).toContain('The token is shown only once. It is for 1');
    const register = () =>
      fetch(`${address}/register`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: ['https://app.example/cb'] }),
      });
    const registered = await register();
    expect(registered.status).toBe(201);
    const { client_id: id } = (await registered.json()) as { client_id: string };
    expect((await register()).status).toBe(401);
    const { out } = await run(['clients', 'list', '--config', config]);
    expect(out).toMatch(new RegExp(`^${id} .*unverified.*registration`, 'm'));
    const json = await run(['registration', 'token', '--json', '--config', config]);
    expect(JSON.parse(json.out)).toMatchObject({ uses: 1 });
  });

  test('reports wrong input, and that registration is off', async () => {
    expect((await run(['registration', 'token', '--uses', '0'])).err).toContain(
      'No token was made: its uses must be',
    );
    expect((await run(['registration', 'token', '--expires', 'soon'])).err).toContain(
      '--expires must be a time span',
    );
    expect((await run(['registration', 'token'])).err).toContain('Registration is off');
  });
});
