import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnyEvent } from '@keywright/core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { isInFile } from './breached-file.ts';
import { openBreachedPasswords } from './breached-passwords.ts';
import { findPasswordProblem } from './password-rules.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'breached-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sha1 = (text: string) => hash('sha1', text, 'hex').toUpperCase();
const stolen = Array.from({ length: 5000 }, (_, index) => `stolen password ${index}`);
const kept = Array.from({ length: 500 }, (_, index) => `other password ${index}`);

function writeList(name: string, lines: readonly string[], end: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, lines.map((line) => `${line}${end}`).join(''));
  return file;
}

const hashes = stolen.map(sha1).toSorted();
const asDownloaded = writeList(
  'downloaded',
  hashes.map((one, index) => `${one}:${index * 7919}`),
  '\r\n',
);

let events: AnyEvent[];
beforeEach(() => {
  events = [];
});
const open = (places: { readonly file?: string; readonly rangeUrl?: string }) =>
  openBreachedPasswords(
    { file: undefined, rangeUrl: undefined, ...places },
    { emit: (event) => void events.push(event) },
  );

describe('a file of hashes', () => {
  test.each([
    ['as the downloader writes it', asDownloaded],
    ['without counts', writeList('plain', hashes, '\n')],
    [
      'in lower case',
      writeList(
        'lower',
        hashes.map((one) => one.toLowerCase()),
        '\n',
      ),
    ],
    ['with one line', writeList('one', hashes.slice(0, 1), '\n')],
    ['with two lines', writeList('two', hashes.slice(0, 2), '')],
    ['of a block', writeList('block', hashes.slice(0, 101), '\n')],
  ])('%s has each of its passwords, and no other', async (_, file) => {
    const { length } = (await import('node:fs')).readFileSync(file, 'utf8').trim().split('\n');
    const within = hashes.slice(0, length);
    const found = await Promise.all(within.map((one) => isInFile(file, one)));
    expect(found.filter((one) => !one)).toEqual([]);
    const others = await Promise.all(kept.map((one) => isInFile(file, sha1(one))));
    expect(others.filter((one) => one)).toEqual([]);
    const around = ['0', 'F'].map((digit) => isInFile(file, digit.repeat(40)));
    expect(await Promise.all(around)).toEqual([false, false]);
  });

  test('refuses a new password with a text for the user', async () => {
    const isBreached = await open({ file: asDownloaded });
    const judge = (password: string) =>
      findPasswordProblem(password, 'ada@example.com', isBreached);
    expect(await judge('stolen password 77')).toBe(
      'was stolen from another service, so attackers try it first. Choose another one',
    );
    expect(await judge('other password 77')).toBeUndefined();
    expect(events).toEqual([]);
  });

  test.each<[string, string, string]>([
    ['that does not exist', path.join(folder, 'none'), 'does not exist'],
    ['that is a folder', folder, 'it is a folder'],
    ['that is empty', writeList('empty', [], ''), 'must have a SHA-1 in hex'],
    ['of passwords', writeList('passwords', ['123456', 'secret'], '\n'), 'must have a SHA-1'],
    ['that is not sorted', writeList('unsorted', hashes.toReversed(), '\n'), 'must be sorted'],
  ])('%s is a fault of the configuration', async (_, file, message) => {
    await expect(open({ file })).rejects.toThrow(message);
  });

  test('that disappears later refuses nothing, and each check is logged', async () => {
    const file = writeList('gone', hashes, '\n');
    const isBreached = await open({ file });
    expect(await isBreached?.('stolen password 1')).toBe(true);
    rmSync(file);
    expect(await isBreached?.('stolen password 1')).toBe(false);
    expect(events).toMatchObject([{ type: 'breached_passwords.not_checked', kind: 'file' }]);
  });
});

describe('a look-up of a range', () => {
  async function serve(
    answer: (request: IncomingMessage) => { readonly status?: number; readonly text: string },
  ) {
    const asked: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      asked.push(request);
      const { status = 200, text } = answer(request);
      response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const rangeUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`;
    return { asked, rangeUrl, close: () => server.close() };
  }

  test('sends five digits of the hash, asks for padding, and does not count it', async () => {
    const digits = sha1('stolen password 3');
    const padding = sha1('other password 3').slice(5);
    const { asked, rangeUrl, close } = await serve(() => ({
      text: `${'A'.repeat(35)}:9\r\n${digits.slice(5)}:12\r\n${padding}:0`,
    }));
    const isBreached = await open({ rangeUrl });
    expect(await isBreached?.('stolen password 3')).toBe(true);
    expect(await isBreached?.('other password 3')).toBe(false);
    expect(asked[0]?.url).toBe(`/range/${digits.slice(0, 5)}`);
    expect(asked[0]?.headers['add-padding']).toBe('true');
    close();
  });

  test('that fails refuses nothing, and is logged', async () => {
    const { rangeUrl, close } = await serve(() => ({ status: 503, text: '' }));
    const isBreached = await open({ rangeUrl });
    expect(await isBreached?.('stolen password 3')).toBe(false);
    expect(events).toMatchObject([{ type: 'breached_passwords.not_checked', kind: 'range' }]);
    close();
  });

  test('is not made if the file has the password', async () => {
    const { asked, rangeUrl, close } = await serve(() => ({ text: '' }));
    const isBreached = await open({ file: asDownloaded, rangeUrl });
    expect(await isBreached?.('stolen password 3')).toBe(true);
    expect(await isBreached?.('other password 3')).toBe(false);
    expect(asked).toHaveLength(1);
    close();
  });

  test('is not made without the setting', async () => {
    expect(await open({})).toBeUndefined();
  });
});
