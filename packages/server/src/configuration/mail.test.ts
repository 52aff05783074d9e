import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigError } from '@keywright/core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from './configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-mail-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(mail?: object) {
  const file = path.join(folder, 'keywright.json');
  const least = { issuer: 'https://login.example', sealing_key_file: 'sealing.key' };
  writeFileSync(file, JSON.stringify({ ...least, ...(mail && { mail }) }));
  const random = { bytes: (length: number) => new Uint8Array(length).fill(7) };
  const env = { MAIL_PASSWORD: 'secret' };
  return loadConfiguration({ file, env, now: 1000, random });
}

const problemsOf = (mail: object) =>
  load(mail).then(
    () => [],
    (error: ConfigError) => error.problems.map(({ path: place }) => place),
  );

const least = { host: 'smtp.example', from: 'no-reply@sunrise.example' };

describe('the mail server in the configuration', () => {
  it('is absent unless the file names one, and then no mail is sent', async () => {
    const { mail, options } = await load();
    expect([mail, options.sendsMail]).toEqual([undefined, false]);
  });

  it('is reached with STARTTLS on port 587 by default', async () => {
    const { mail, options } = await load(least);
    expect(mail).toEqual({ ...least, port: 587, tls: 'starttls' });
    expect(options.sendsMail).toBe(true);
  });

  it('may have its password in an environment variable', async () => {
    const { mail } = await load({ ...least, username: 'as', password: '${MAIL_PASSWORD}' });
    expect(mail?.password).toBe('secret');
  });

  it.each(['localhost', '127.0.0.1', '::1'])(
    'may be reached without encryption at %s',
    async (host) => {
      expect(await problemsOf({ ...least, host, tls: 'none' })).toEqual([]);
    },
  );

  it.each([
    ['in clear at another host', { ...least, tls: 'none' }, ['mail.tls']],
    ['a name without a password', { ...least, username: 'as' }, ['mail']],
    ['a password without a name', { ...least, password: 'x' }, ['mail']],
    ['no sender', { host: 'smtp.example' }, ['mail.from']],
    ['no host', { from: least.from }, ['mail.host']],
    [
      'a sender with a line break',
      { ...least, from: 'a@b.example\r\nBcc: c@d.example' },
      ['mail.from'],
    ],
    ['a sender with a name', { ...least, from: 'Sunrise <a@b.example>' }, ['mail.from']],
    ['a port that does not exist', { ...least, port: 70_000 }, ['mail.port']],
    ['an unknown setting', { ...least, secure: true }, ['mail.secure']],
  ])('is refused with %s', async (_, mail, places) => {
    expect(await problemsOf(mail)).toEqual(places);
  });
});
