import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createLog } from './log.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the log is private, has one JSON object a line, and blanks what is named like a secret', async () => {
  const file = path.join(folder, 'server.log');
  const log = createLog({ level: 'info', file });
  await log.ready;
  log.events.emit({ type: 'sign_in.succeeded', accountId: 'usr_1' });
  log.events.emit({
    type: 'refresh_token.reused',
    clientId: 'app',
    refresh_token: 'hunter2',
    detail: { password: 'hunter2' },
  });
  log.events.emit({ type: 'implicit_grant.used', clientId: 'old-app' });
  log.events.emit({ type: 'fault', error: new Error('broken') });
  await log.close();
  const text = readFileSync(file, 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([
    { level: 30, msg: 'sign_in.succeeded', accountId: 'usr_1' },
    { level: 40, msg: 'refresh_token.reused' },
    { level: 40, msg: 'implicit_grant.used', clientId: 'old-app' },
    { level: 50, msg: 'fault', err: { message: 'broken' } },
  ]);
  expect(text).not.toContain('hunter2');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
