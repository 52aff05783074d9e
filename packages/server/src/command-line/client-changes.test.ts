import { describe, expect, test } from 'vitest';
import { configuration, useKeywright } from './testing-parts/keywright.ts';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';

const { run, serve, write } = useKeywright();

const app =
  'clients add --name App --kind web --trust third-party --redirect-uri https://app.example/cb'.split(
    ' ',
  );
const add = (id: string, ...more: readonly string[]) =>
  run([...app, '--id', id, '--scope', 'openid read', ...more]);
const set = async (id: string, ...changes: readonly string[]) =>
  run(['clients', 'set', id, ...changes]);
const shown = async (id: string, ...changes: readonly string[]) =>
  JSON.parse((await set(id, ...changes, '--json')).out) as Record<string, unknown>;

describe('keywright clients set', () => {
  test('changes members by name, adds to lists, removes from them, and keeps the rest', async () => {
    await add('app');
    expect((await set('app', 'redirect_uris+=https://app.example/second')).out).toBe(
      'app is changed: redirect_uris.\n',
    );
    const changed = await shown(
      'app',
      'redirect_uris-=https://app.example/cb',
      'client_name=App = Two',
      'scope-=read',
      'scope+=profile email',
      'publisher=Nordwind',
      'default_max_age=60',
      'require_pkce=false',
      'contacts=["ops@app.example","dev@app.example"]',
      `jwks=@${write('keys.json', { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] })}`,
    );
    expect(changed).toMatchObject({
      client_id: 'app',
      redirect_uris: ['https://app.example/second'],
      client_name: 'App = Two',
      scope: 'openid profile email',
      publisher: 'Nordwind',
      default_max_age: 60,
      require_pkce: false,
      contacts: ['ops@app.example', 'dev@app.example'],
    });
    const removed = await shown('app', '--remove', 'publisher', '--remove', 'require_pkce');
    expect(removed).not.toHaveProperty('publisher');
    expect(removed).not.toHaveProperty('require_pkce');
    expect((await set('app', 'client_name=App = Two')).out).toBe('app has these values already.\n');
  });

  test('uses the same names as `get`, which shows all members and no secret', async () => {
    await add('seen');
    const changed = await shown(
      'seen',
      'redirect_uris+=https://app.example/second',
      'default_max_age=60',
    );
    const get = async (...more: readonly string[]) =>
      (await run(['clients', 'get', 'seen', ...more])).out;
    expect(JSON.parse(await get('--json'))).toEqual(changed);
    const text = await get();
    expect(text).toMatch(/^client_id +seen$/m);
    expect(text).toMatch(
      /^redirect_uris +https:\/\/app\.example\/cb\n +https:\/\/app\.example\/second$/m,
    );
    const key = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: '\u009b31mred' };
    await set('seen', `jwks=@${write('strange.json', { keys: [key] })}`);
    expect(await get()).toMatch(/^jwks +\{.*"\uFFFD31mred"/m);
    expect(await get()).not.toMatch(/[^\P{Cc}\n]/u);
    expect((await run(['clients', 'get', 'declared'])).out).toMatch(/^redirect_uris +\(none\)$/m);
    expect(text).toMatch(/^default_max_age +60$/m);
    expect(text).toMatch(/^created_at +20\d\d-.*Z$/m);
    expect(text).toMatch(/^secrets +sec_\S+ since 20\d\d-\S+Z$/m);
    expect(text + JSON.stringify(changed)).not.toMatch(/digest|sealed|client_secret /);
    expect((await run(['clients', 'get', 'declared'])).out).toMatch(/^origin +config$/m);
    expect((await run(['clients', 'get', 'nobody'])).err).toBe('There is no client nobody.\n');
  });

  test('reports each problem, and changes nothing', async () => {
    await add('wrong');
    const unread = await set(
      'wrong',
      'redirect_url=x',
      'require_pkce=no',
      'client_name',
      'kind+=web',
    );
    expect(unread.code).toBe(1);
    expect(unread.err).toContain(
      'redirect_url is not a member of a client; did you mean redirect_uris?',
    );
    expect(unread.err).toContain('require_pkce must be true or false');
    expect(unread.err).toContain('client_name must be member=value');
    expect(unread.err).toContain('kind is not a list');
    const refused = await set('wrong', 'redirect_uris=javascript:alert(1)', 'grant_types=password');
    expect(refused.err).toContain('redirect_uris[0]');
    expect(refused.err).toContain('grant_types[0]');
    expect((await set('wrong')).err).toContain('Give a change');
    expect((await set('nobody', 'client_name=X')).err).toBe('There is no client nobody.\n');
    expect((await run(['explain', 'wrong'])).out).toContain('https://app.example/cb');
  });

  test('shows a new secret where one is needed, and asks before the subjects of users change', async () => {
    await add('secretive');
    const { client_secret } = await shown(
      'secretive',
      'token_endpoint_auth_method=client_secret_jwt',
    );
    expect(client_secret).toMatch(/^[\w-]{43}$/);
    const refused = await set('secretive', 'subject_type=pairwise');
    expect(refused.err).toContain('subject_type would change the subjects');
    expect((await set('secretive', 'subject_type=pairwise', '--other-subjects')).code).toBe(0);
  });

  test.runIf(isLong)(
    'is replaced by a file that adopts the client, which keeps its secret',
    async () => {
      const { out } = await add('adopted', '--json');
      const { client_secret: secret } = JSON.parse(out) as { client_secret: string };
      const declared = {
        client_id: 'adopted',
        kind: 'web',
        trust: 'third-party',
        client_name: 'Adopted',
        redirect_uris: ['https://app.example/cb'],
      };
      const file = (name: string, client: object) =>
        write(name, { ...configuration, clients: [...configuration.clients, client] });
      const refused = await run([
        'serve',
        '--config',
        file('taken.json', { ...declared, client_secret: secret }),
      ]);
      expect(refused.err).toContain(
        'adopted was added by command. Take it over with `adopt: true`',
      );
      expect(refused.err).not.toContain(secret);
      const without = await run(['serve', '--config', file('without.json', declared)]);
      expect(without.err).toContain('client_secret is required for this client.');
      expect(without.err).toContain('added by command keeps its secrets with `adopt: true`');
      const adopting = ['--config', file('adopt.json', { ...declared, adopt: true })];
      const { address } = await serve(...adopting);
      const asks = (password: string, at = address) =>
        fetch(`${at}/token`, {
          method: 'POST',
          headers: { authorization: `Basic ${btoa(`adopted:${password}`)}` },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
        });
      expect([(await asks(secret)).status, (await asks('x'.repeat(43))).status]).toEqual([
        400, 401,
      ]);
      expect((await run(['clients', 'list'])).out).toMatch(/^adopted .*config/m);
      expect((await set('adopted', 'client_name=X')).err).toContain('is in the configuration');
      const renewed = await run(['clients', 'secret', 'adopted', '--json', ...adopting]);
      const { client_secret: second } = JSON.parse(renewed.out) as { client_secret: string };
      const ended = await run(['clients', 'secret', 'adopted', '--end-former', ...adopting]);
      expect(ended.out).toMatch(/^Ended: sec_/);
      const again = await serve(...adopting);
      expect([
        (await asks(secret, again.address)).status,
        (await asks(second, again.address)).status,
      ]).toEqual([401, 400]);
      const named = file('named.json', { ...declared, adopt: true, client_secret: second });
      expect((await run(['clients', 'secret', 'adopted', '--config', named])).err).toBe(
        'The secret of adopted is in the configuration: change client_secret there.\n',
      );
    },
  );
});
