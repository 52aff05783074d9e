/** `keywright seal rotate`, as an operator runs it, beside a server. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { configuration, useKeywright } from './testing-parts/keywright.ts';

const { folder, run, serve, write } = useKeywright();

const withKeys = (name: string, sealing: string, other?: string) =>
  write(name, {
    ...configuration,
    sealing_key_file: sealing,
    ...(other === undefined ? {} : { other_sealing_key_file: other }),
  });

it('keywright seal replaces the sealing key while a server runs, and reports when the former one may be removed', async () => {
  await serve();
  const key = randomBytes(32).toString('base64');
  writeFileSync(path.join(folder, 'next.key'), key, { mode: 0o600 });
  const both = withKeys('both.json', 'next.key', 'sealing.key');
  const next = withKeys('next.json', 'next.key');

  const early = await run(['keys', 'list', '--config', next]);
  expect([early.code, early.err]).toEqual([
    1,
    expect.stringContaining('is not the key that sealed'),
  ]);
  const { address } = await serve('--config', both);
  const done = await run(['seal', 'rotate', '--config', both]);
  expect([done.code, done.err]).toEqual([0, '']);
  expect(done.out).toContain('Everything in the database is sealed with the current key.');
  expect(done.out).toMatch(/^signing_keys +\d +0$/m);
  expect((await fetch(`${address}/jwks`)).status).toBe(200);

  const again = await run(['seal', 'rotate', '--json', '--config', next]);
  expect(again.code).toBe(0);
  for (const { resealed, left } of JSON.parse(again.out)) expect([resealed, left]).toEqual([0, 0]);
  const alone = await serve('--config', next);
  expect((await fetch(`${alone.address}/jwks`)).status).toBe(200);
  const verified = await run(['audit', 'verify', '--config', next]);
  expect([verified.code, verified.err]).toEqual([0, '']);
  const listed = await run(['audit', 'list', '--config', next]);
  expect(listed.out).toContain('sealing_key.replaced');
  const former = await run(['keys', 'list']);
  expect([former.code, former.err]).toEqual([
    1,
    expect.stringContaining('is not the key that sealed'),
  ]);
});

it('keywright seal reports what is left, and fails, where no key opens a row', async () => {
  const key = randomBytes(32).toString('base64');
  writeFileSync(path.join(folder, 'fresh.key'), key, { mode: 0o600 });
  const fresh = write('fresh.json', {
    ...configuration,
    database: 'fresh.db',
    sealing_key_file: 'fresh.key',
  });
  const added = await run(['clients', 'list', '--config', fresh]);
  expect(added.code).toBe(0);
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path.join(folder, 'fresh.db'));
  database.exec(
    `INSERT INTO pushed_requests (digest, client_id, body, expires_at) VALUES ('d', 'c', 'nothing', 0)`,
  );
  database.close();
  const done = await run(['seal', 'rotate', '--config', fresh]);
  expect(done.code).toBe(1);
  expect(done.out).toMatch(/^pushed_requests +0 +1$/m);
  expect(done.err).toContain('1 row is not sealed with the current key');
});
