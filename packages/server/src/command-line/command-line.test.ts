import { hash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configuration, secret, useKeywright } from './testing-parts/keywright.ts';

const { folder, file, run, runProcess, serve, write } = useKeywright();

function basic(id: string, password: string) {
  return { authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}` };
}

describe('keywright serve', () => {
  test('serves the declared clients, and ends with 0 at SIGTERM', async () => {
    const { child, address } = await serve('--config', file);
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    const response = await fetch(`${address}/token`, {
      method: 'POST',
      headers: basic('declared', secret),
      body,
    });
    expect(await response.json()).toMatchObject({ token_type: 'Bearer', scope: 'read' });
    expect((await fetch(`${address}/health/ready`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test.skipIf(process.platform !== 'linux')(
    'runs with an allocator that returns the memory of a hashed password',
    async () => {
      const { child } = await serve('--config', file);
      const environment = readFileSync(`/proc/${child.pid}/environ`, 'utf8').split('\0');
      expect(environment).toContain('MALLOC_MMAP_THRESHOLD_=1048576');
    },
  );

  test('names a port that is in use in one sentence', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { err, code } = await run(['serve', '--config', file, '--port', String(port)]);
    taken.close();
    expect(err).toBe(
      `Port ${port} is in use: stop the program that listens there, or choose another port with --port.\n`,
    );
    expect(code).toBe(1);
  });

  test('reports each problem of its configuration, with the name that the operator used', async () => {
    const { err, code } = await run(['serve', '--config', file, '--port', 'many']);
    expect(err).toMatch(/^The configuration has problems:\n {2}--port must be/);
    expect(code).toBe(1);
  });
});

test('keywright --version prints the version', async () => {
  const { out, code } = await runProcess(['--version']);
  expect([out, code]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+\n$/), 0]);
});

describe('keywright clients', () => {
  test('adds with the same checks as the configuration, and shows the secret once', async () => {
    const add = [
      'clients',
      'add',
      '--name',
      'App',
      '--kind',
      'web',
      '--trust',
      'third-party',
      '--json',
    ];
    const refused = await run([
      ...add,
      '--redirect-uri',
      'http://app.example/cb',
      '--grant-type',
      'password',
    ]);
    expect(refused.err).toContain('redirect_uris[0]');
    expect(refused.err).toContain('password is never available');
    const added = JSON.parse(
      (await run([...add, '--redirect-uri', 'https://app.example/cb', '--scope', 'openid read']))
        .out,
    ) as {
      client_id: string;
      client_secret: string;
    };
    expect(added.client_secret).toMatch(/^[\w-]{43}$/);
    const { out } = await run(['clients', 'list', '--json']);
    expect(JSON.parse(out)).toContainEqual(
      expect.objectContaining({
        client_id: added.client_id,
        scope: 'openid read',
        former_secret: '',
      }),
    );
    expect(out).not.toContain(added.client_secret);
    expect(out).not.toContain('digest');
  });

  test('makes a new secret beside the former one, and disables, while a server runs', async () => {
    await run([
      'clients',
      'add',
      '--id',
      'robot',
      '--name',
      'Robot',
      '--kind',
      'service',
      '--trust',
      'first-party',
      '--scope',
      'read',
    ]);
    const { address } = await serve();
    const { client_secret } = JSON.parse(
      (await run(['clients', 'secret', 'robot', '--json'])).out,
    ) as {
      client_secret: string;
    };
    const token = () =>
      fetch(`${address}/token`, {
        method: 'POST',
        headers: basic('robot', client_secret),
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
    expect((await token()).status).toBe(200);
    expect((await run(['clients', 'disable', 'robot'])).out).toContain('Robot (robot) is disabled');
    expect((await run(['clients', 'secret', 'robot'])).err).toContain(
      'robot got no new secret: it is disabled',
    );
    await expect
      .poll(async () => (await token()).status, { timeout: 30_000, interval: 200 })
      .toBe(401);
  });

  test('shows when the former secret was used, and can end it', async () => {
    await run([
      'clients',
      'add',
      '--id',
      'pair',
      '--name',
      'Pair',
      '--kind',
      'service',
      '--trust',
      'first-party',
    ]);
    expect((await run(['clients', 'secret', 'pair', '--end-former'])).err).toBe(
      'pair has no former secret.\n',
    );
    await run(['clients', 'secret', 'pair']);
    const shown =
      /pair .*sec_[\w-]+ since [\d-]+, no use known, ends \S+: the newer secret is younger than one day, so wait/;
    expect((await run(['clients', 'list'])).out).toMatch(shown);
    expect((await run(['explain', 'pair'])).out.match(/^Secret {10}sec_/gm)).toHaveLength(2);
    expect((await run(['clients', 'secret', 'pair', '--end-former'])).out).toMatch(/^Ended: sec_/);
    expect((await run(['explain', 'pair'])).out.match(/^Secret {10}sec_/gm)).toHaveLength(1);
  });

  test('adds clients with keys and without a secret', async () => {
    const jwks = write('jwks.json', { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] });
    const args = [
      'clients',
      'add',
      '--name',
      'Signer',
      '--kind',
      'service',
      '--trust',
      'first-party',
    ];
    const { out } = await run([
      ...args,
      '--auth-method',
      'private_key_jwt',
      '--jwks',
      jwks,
      '--json',
    ]);
    expect(JSON.parse(out)).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      secrets: [],
    });
    expect(JSON.parse(out)).not.toHaveProperty('client_secret');
    const { err } = await run([...args, '--auth-method', 'private_key_jwt', '--jwks', file]);
    expect(err).toContain('client.jwks must be a JWK set');
    const missing = await run([...args, '--auth-method', 'private_key_jwt', '--jwks', 'none.json']);
    expect(missing.err).toContain(
      'none.json cannot be read (ENOENT): the file or folder does not exist',
    );
  });

  test('explains a client', async () => {
    const { out } = await run(['explain', 'declared']);
    expect(out).toContain('Its tier is service');
    expect((await run(['explain', 'nobody'])).err).toBe('There is no client nobody.\n');
  });
});

describe('keywright accounts', () => {
  const add = ['accounts', 'add', '--name', 'Ada', '--email'];

  test('takes the password from standard input or a file', async () => {
    expect((await runProcess([...add, 'ada@example.com'], 'tangle ember orbit\n')).out).toMatch(
      /^ada@example.com has the account usr_/,
    );
    const passwordFile = path.join(folder, 'password');
    writeFileSync(passwordFile, 'tangle ember orbit\n');
    expect((await run([...add, 'bob@example.com', '--password-file', passwordFile])).code).toBe(0);
    expect((await run([...add, 'ADA@example.com'], 'tangle ember orbit')).err).toContain(
      'has an account already',
    );
    const { out } = await run(['accounts', 'list', '--json']);
    expect(JSON.parse(out)).toHaveLength(2);
    expect(out).not.toContain('argon2');
  });

  test('adds claims about the user, as texts or in JSON, and reports wrong ones', async () => {
    const said = [
      'birthdate=1815-12-10',
      'website=https://a.example/?q=1',
      'address={"locality":"London"}',
      'updated_at=5',
    ];
    const flags = said.flatMap((claim) => ['--claim', claim]);
    const { out } = await run(
      [...add, 'cora@example.com', ...flags, '--json'],
      'tangle ember orbit',
    );
    expect(JSON.parse(out)).toMatchObject({
      claims: {
        birthdate: '1815-12-10',
        website: 'https://a.example/?q=1',
        address: { locality: 'London' },
        updated_at: 5,
      },
    });
    const refused = async (claim: string) =>
      (await run([...add, 'eve@example.com', '--claim', claim], 'tangle ember orbit')).err;
    expect(await refused('birthdate')).toContain('must be name=value');
    expect(await refused('email=other@example.com')).toContain('with one of given_name');
    expect(await refused('address=London')).toContain('the value must be JSON');
    expect(await refused('birthdate=soon')).toContain('claims.birthdate must be YYYY-MM-DD');
  });

  test('never takes a password from the command line', async () => {
    const { err, code } = await run([
      ...add,
      'eve@example.com',
      '--password',
      'tangle ember orbit',
    ]);
    expect(err).toContain('Every process of this machine can read a password');
    expect(code).toBe(1);
  });

  test('refuses a common password', async () => {
    expect((await run([...add, 'eve@example.com'], 'iloveyou')).err).toContain(
      'password is a common password',
    );
  });

  test('disables an account by address', async () => {
    await run([...add, 'gone@example.com'], 'tangle ember orbit');
    expect((await run(['accounts', 'disable', 'GONE@example.com'])).out).toContain('is disabled');
    const accounts = JSON.parse((await run(['accounts', 'list', '--json'])).out) as {
      email: string;
      status: string;
    }[];
    expect(accounts.find(({ email }) => email === 'gone@example.com')?.status).toBe('disabled');
  });
});

describe('for disabled objects and passwords, the commands work as follows:', () => {
  test('an account is enabled again once, and gets another password, with which alone it signs in', async () => {
    const email = 'back@example.com';
    await run(['accounts', 'add', '--name', 'Back', '--email', email], 'tangle ember orbit');
    expect((await run(['accounts', 'enable', email])).err).toBe(`${email} is not disabled.\n`);
    await run(['accounts', 'disable', email]);
    const set = await run(['accounts', 'set-password', email], 'lantern gravel umbrella');
    expect(set.out).toContain('has a new password. Its sign-ins have ended');
    expect(set.err).toContain('The account is still disabled: keywright accounts enable usr_');
    expect((await run(['accounts', 'enable', email])).out).toContain(`${email} is active again`);
    const ended = await run(
      ['accounts', 'set-password', email, '--end-grants'],
      'harbour quilt sparrow',
    );
    expect(ended.out).toContain('all access that it granted');
    expect(ended.out + set.out).not.toMatch(/lantern|harbour/);
  });

  test('a second factor that was lost is removed from an account that has one', async () => {
    const email = 'ada@example.com';
    await run(['accounts', 'add', '--name', 'Ada', '--email', email], 'tangle ember orbit');
    const none = await run(['accounts', 'remove-second-factor', email]);
    expect([none.err, none.code]).toEqual([`${email} has no second factor.\n`, 1]);
    const { err } = await run(['accounts', 'remove-second-factor', 'nobody@example.com']);
    expect(err).toBe('There is no account nobody@example.com.\n');
  });

  test.each([
    [['nobody@example.com'], 'tangle ember orbit', 'There is no account nobody@example.com.'],
    [['ada@example.com'], 'short', 'the password must be at least 8 characters long.'],
    [
      ['ada@example.com', '--password', 'hunter2hunter2'],
      '',
      'Every process of this machine can read a password',
    ],
    [
      ['ada@example.com', '--password-file', 'none'],
      '',
      'none cannot be read (ENOENT): the file or folder does not exist',
    ],
  ])('a password is not set by %j %s', async (args, password, said) => {
    await run(
      ['accounts', 'add', '--name', 'Ada', '--email', 'ada@example.com'],
      'tangle ember orbit',
    );
    const { out, err, code } = await run(['accounts', 'set-password', ...args], password);
    expect(err).toContain(said);
    expect([out, code]).toEqual(['', 1]);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  test('refuses a password that is in the list of stolen passwords', async () => {
    const stolen = 'tangle marble quill';
    writeFileSync(path.join(folder, 'stolen'), `${hash('sha1', stolen, 'hex')}:3\n`);
    const file = write('breached.json', {
      ...configuration,
      breached_passwords: { file: 'stolen' },
    });
    const email = 'eve@example.com';
    const add = ['accounts', 'add', '--name', 'Eve', '--email', email, '--config', file];
    const added = await run(add, stolen);
    expect([added.err.includes('password was stolen from another service'), added.code]).toEqual([
      true,
      1,
    ]);
    expect((await run(add, 'tangle ember orbit')).code).toBe(0);
    const set = await run(['accounts', 'set-password', email, '--config', file], stolen);
    expect(set.err).toContain('Nothing was changed: the password was stolen');
  });

  test('wrong input of a command is not reported as a fault of the configuration', async () => {
    const add = ['accounts', 'add', '--name', 'Eve', '--email', 'eve'];
    const { err, code } = await run(add, 'short');
    expect(err).toMatch(
      /^Nothing was done. The input has problems:\n {2}email must be .*\n {2}password must be/,
    );
    expect(code).toBe(1);
  });

  test('a client that was removed from the configuration is enabled only by the configuration', async () => {
    await run(['clients', 'disable', 'declared']);
    expect((await run(['clients', 'enable', 'declared'])).out).toContain(
      'Declared (declared) is active again',
    );
    expect((await run(['clients', 'enable', 'declared'])).err).toBe('declared is not disabled.\n');
    const without = write('without.json', { ...configuration, clients: [] });
    const gone = await run(['clients', 'enable', 'declared', '--config', without]);
    expect([gone.err.includes('Put it back into the configuration'), gone.code]).toEqual([true, 1]);
    expect((await run(['clients', 'enable', 'nobody'])).err).toBe('There is no client nobody.\n');
  });

  test('a log that cannot be written is reported in one sentence', async () => {
    const log = write('log.json', { ...configuration, log: { file: folder } });
    const { err, code } = await run(['serve', '--config', log]);
    expect(err).toBe(
      `The configuration has problems:\n  log.file ${folder} cannot be written (EISDIR): it is a folder\n`,
    );
    expect(code).toBe(1);
  });
});

describe('keywright keys and apis', () => {
  test('rotate signing keys while a server runs: the new key is published at once, without its private half', async () => {
    const { address } = await serve();
    const [key] = JSON.parse(
      (await run(['keys', 'rotate', '--algorithm', 'ES256', '--json'])).out,
    ) as {
      kid: string;
    }[];
    const published = async () =>
      (await (await fetch(`${address}/jwks`)).text()).includes(key?.kid ?? '-');
    await expect.poll(published, { timeout: 30_000, interval: 200 }).toBe(true);
    expect((await run(['keys', 'list', '--json'])).out).not.toContain('sealed');
  });

  test('withdraw signing keys that were stolen', async () => {
    const rotated = await run(['keys', 'rotate', '--algorithm', 'ES256', '--withdraw']);
    expect(rotated.err).toContain('refuses signatures of the former keys within seconds');
    const [former, key] = JSON.parse((await run(['keys', 'list', '--json'])).out) as {
      activeAt: number;
      retiredAt?: number;
    }[];
    // By every clock, also one that is behind.
    expect(former?.retiredAt).toBe((key?.activeAt ?? 0) - 3600);
    expect(key?.retiredAt).toBeUndefined();
  });

  test('list signing keys and APIs', async () => {
    expect((await run(['apis', 'list'])).out).toContain('https://api.example');
  });
});

test('an unknown command or flag is answered with the known ones', async () => {
  const { err, code } = await runProcess(['clients', 'ad']);
  expect(err).toContain("unknown command 'ad'");
  expect(code).toBe(1);
});
