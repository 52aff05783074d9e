import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { secret, useKeywright } from './testing-parts/keywright.ts';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';

const { folder, file, run, runProcess, serve } = useKeywright();
const rules = path.join(folder, 'rules.cedar');

beforeAll(() => {
  const configuration = JSON.parse(readFileSync(file, 'utf8')) as { clients: { scope: string }[] };
  const [client] = configuration.clients;
  if (client !== undefined) client.scope = 'read permissions:check';
  // Named from the folder of the configuration, wherever the command is run.
  writeFileSync(
    file,
    JSON.stringify({ ...configuration, permissions: { policies: 'rules.cedar' } }),
  );
  writeFileSync(
    rules,
    '@id("archive")\nforbid (principal, action == Action::"write", resource in folder::"archive");\n',
  );
});

const keywright = (...words: readonly string[]) => run([...words, '--config', file]);

describe('keywright permissions', () => {
  test('sets, checks with the policies, lists and deletes, and a denied check ends with 1', async () => {
    const permission = ['user:ada', 'read', 'building:b:1'];
    const said = async (...words: readonly string[]) =>
      (await keywright('permissions', ...words)).out;
    expect(await said('set', ...permission)).toBe('user:ada may read on building:b:1.\n');
    expect(await said('set', ...permission)).toBe(
      'user:ada may read on building:b:1, as before.\n',
    );
    expect(await keywright('permissions', 'check', ...permission)).toMatchObject({
      out: 'permitted: stored permission: user:ada may read on building:b:1\n',
      code: 0,
    });
    expect(JSON.parse(await said('list', '--subject', 'user:ada', '--json'))).toMatchObject([
      {
        subject: { type: 'user', id: 'ada' },
        action: 'read',
        resource: { type: 'building', id: 'b:1' },
      },
    ]);
    expect(await said('list', '--resource', 'building:other')).toBe('The list is empty.\n');
    expect(await said('delete', ...permission)).toContain('Deleted.');
    expect(await keywright('permissions', 'delete', ...permission)).toMatchObject({
      err: 'user:ada has no permission to read on building:b:1.\n',
      code: 1,
    });
    const check = ['permissions', 'check', ...permission, '--json', '--config', file];
    expect(await runProcess(check)).toMatchObject({
      out: expect.stringContaining('"decision": false') as string,
      code: 1,
    });
  });

  test.runIf(isLong)('reach over groups and folders, which never close a circle', async () => {
    for (const words of [
      ['memberships', 'set', 'user:bob', 'group:staff'],
      ['parents', 'set', 'building:2', 'folder:archive'],
      ['permissions', 'set', 'group:staff', '*', 'folder:archive'],
    ])
      expect((await keywright(...words)).code).toBe(0);
    expect((await keywright('permissions', 'check', 'user:bob', 'read', 'building:2')).code).toBe(
      0,
    );
    expect((await keywright('permissions', 'check', 'user:bob', 'write', 'building:2')).out).toBe(
      'denied: forbidden by policy "archive"\n',
    );
    expect(await keywright('parents', 'set', 'folder:archive', 'building:2')).toMatchObject({
      err: 'building:2 is folder:archive itself, or is contained in it already.\n',
      code: 1,
    });
    expect((await keywright('memberships', 'list', '--group', 'group:staff')).out).toContain(
      'user:bob',
    );
    expect((await keywright('parents', 'delete', 'building:2', 'folder:archive')).code).toBe(0);
    expect((await keywright('parents', 'delete', 'building:2', 'folder:archive')).code).toBe(1);
  });

  test('needs a type and an id, and text that can be stored', async () => {
    for (const subject of ['ada', ':ada', 'user:', `user:${'x'.repeat(2001)}`, 'user:a\nb']) {
      const { err, code } = await keywright('permissions', 'set', subject, 'read', 'building:1');
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/^(?:The id of the )?subject must .+\.\n$/),
      ]);
    }
  });

  test.runIf(isLong)(
    'set by command count at once in the server that runs, whose own API is in the list of APIs',
    async () => {
      const { address } = await serve('--config', file);
      const form = { grant_type: 'client_credentials', scope: 'permissions:check' };
      const authorization = `Basic ${Buffer.from(`declared:${secret}`).toString('base64')}`;
      const issued = await fetch(`${address}/token`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams(form),
      });
      const { access_token: token } = (await issued.json()) as { access_token: string };
      const may = async () => {
        const answer = await fetch(`${address}/access/v1/evaluation`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            'x-request-id': 'one',
          },
          body: JSON.stringify({
            subject: { type: 'user', id: 'eve' },
            action: { name: 'read' },
            resource: { type: 'building', id: '9' },
          }),
        });
        expect([answer.status, answer.headers.get('x-request-id')]).toEqual([200, 'one']);
        return ((await answer.json()) as { decision: boolean }).decision;
      };
      expect(await may()).toBe(false);
      await keywright('permissions', 'set', 'user:eve', 'read', 'building:9');
      expect(await may()).toBe(true);
      await keywright('permissions', 'delete', 'user:eve', 'read', 'building:9');
      expect(await may()).toBe(false);
      expect((await keywright('apis', 'list')).out).toContain(
        'http://localhost:4000/admin  Keywright administration',
      );
    },
  );

  test('does not start with policies that cannot be parsed, and names the line', async () => {
    writeFileSync(rules, '// archive\nforbid (principal, action == Action::"write" resource);\n');
    const { err, code } = await keywright('serve');
    expect(code).toBe(1);
    expect(err).toMatch(
      /^The configuration has problems:\n {2}\S+rules\.cedar line 2, column 46: unexpected token `resource`/,
    );
  });
});
