import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import type { Event } from '@keywright/core';
import { createLog } from './log.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a log file that cannot be opened is reported, and has no other effect', async () => {
  const log = createLog({ level: 'info', file: path.join(folder, 'nobody', '\0') });
  await expect(log.ready).rejects.toThrow('log.file');
  const taken = createLog({ level: 'info', file: folder });
  await expect(taken.ready).rejects.toThrow(
    `log.file: ${folder} cannot be written (EISDIR): it is a folder`,
  );
  taken.events.emit({ type: 'sign_out', accountId: 'usr_1' });
  await taken.close();
  await log.close();
});

test('the reader of a named pipe gets all lines, and the pipe is not closed before the last', async () => {
  const file = path.join(folder, 'pipe');
  execFileSync('mkfifo', [file]);
  const reader = spawn('cat', [file]);
  const read = textOf(reader.stdout);
  const log = createLog({ level: 'info', file });
  await log.ready;
  log.events.emit({ type: 'sign_out', accountId: 'usr_1' });
  await log.close();
  expect(await read).toContain('sign_out');
});

test('the log file is private, has one JSON object per line, and blanks members that are named like a secret', async () => {
  const file = path.join(folder, 'server.log');
  const log = createLog({ level: 'info', file });
  await log.ready;
  log.events.emit({ type: 'sign_in.succeeded', accountId: 'usr_1', network: '192.0.2.1' });
  log.events.emit({
    type: 'refresh_token.reused',
    clientId: 'app',
    refresh_token: 'hunter2',
    detail: { password: 'hunter2' },
  } as unknown as Event);
  const used = { accountId: 'usr_1', scopes: [], advice: 'move on' };
  log.events.emit({ type: 'implicit_grant.used', clientId: 'old-app', ...used });
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
