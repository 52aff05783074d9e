import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HandmadeApi } from '../contract/testing-parts/handmade-api.ts';
import { needed, secret, TestIssuer } from '../contract/testing-parts/issuer.ts';
import { useKeywright } from './testing-parts/keywright.ts';

const { run, runProcess, folder } = useKeywright();
let issuer: TestIssuer;
let right: HandmadeApi;
let wrong: HandmadeApi;

beforeAll(async () => {
  issuer = await new TestIssuer().start();
  right = await new HandmadeApi(issuer).start();
  wrong = await new HandmadeApi(issuer, '401 for scope').start();
});
afterAll(() => {
  for (const served of [issuer, right, wrong]) served.close();
});

function configure(document: unknown): string {
  const file = path.join(folder, 'contract.json');
  writeFileSync(file, JSON.stringify(document));
  return file;
}

const server = () => {
  return {
    issuer: issuer.issuer,
    client_id: 'contract',
    client_secret: secret,
    lesser_scope: 'measurements:read',
  };
};

describe('keywright contract', () => {
  test('passes a correct API with tokens of its authorization server, shows none of them, and ends with 0', async () => {
    const config = configure({ scope: needed, authorization_server: server() });
    const { out, err, code } = await run([
      'contract',
      `${right.origin}/buildings/1`,
      '--config',
      config,
    ]);
    expect([err, code]).toEqual(['', 0]);
    expect(out).toMatch(/^CHECK +ASKED +EXPECTED +GOT +VERDICT$/m);
    expect(out).toMatch(/^no_credentials +no credentials +401 without error +401 Bearer +pass$/m);
    expect(out).toMatch(/ 0 fault, \d+ skipped, /);
    expect(out).not.toMatch(/eyJ|horse/);
    expect(out).toBe(stripVTControlCharacters(out));
  });

  test('ends with 1 when a check fails, which the table names', async () => {
    const config = configure({
      url: `${wrong.origin}/buildings/1`,
      scope: needed,
      authorization_server: server(),
    });
    const { out, code } = await run(['contract', '--config', config, '--json']);
    const report = JSON.parse(out) as { lines: { id: string; verdict: string }[]; counts: object };
    expect(code).toBe(1);
    expect(report.lines.filter(({ verdict }) => verdict === 'fault').map(({ id }) => id)).toEqual([
      'scope_lesser',
    ]);
    expect(report.counts).toMatchObject({ fault: 1 });
  });

  test('treats a skipped check as a fault with --strict', async () => {
    const ask = ['contract', `${right.origin}/buildings/1`];
    expect([(await run(ask)).code, (await run([...ask, '--strict'])).code]).toEqual([0, 1]);
  });

  test.each([
    [['contract'], 'url is missing'],
    [['contract', 'not an address'], 'url must be an http or https address'],
    [['contract', 'http://localhost:1/', '--jsno'], "unknown option '--jsno'"],
    [['contract', 'http://localhost:1/', 'http://localhost:2/'], 'too many arguments'],
    [['contract', '--config', 'none.json'], 'none.json cannot be read (ENOENT)'],
  ])('ends with 2 when no check could run: %j', async (args, said) => {
    const { out, err, code } = await run(args);
    expect(err).toContain(said);
    expect([out, code]).toEqual(['', 2]);
  });

  test('ends with 2 when it gets no tokens, and does not show the secret', async () => {
    const config = configure({
      scope: needed,
      authorization_server: { ...server(), client_secret: 'wr0ng-secret' },
    });
    const { err, code } = await runProcess([
      'contract',
      `${right.origin}/buildings/1`,
      '--config',
      config,
    ]);
    expect(err).toContain('was refused by the authorization server: 401 invalid_client');
    expect(err).not.toContain('wr0ng');
    expect(code).toBe(2);
  });

  test('lists its exit codes in its help', async () => {
    const { out, code } = await run(['contract', '--help']);
    expect(out).toContain(
      'Ends with 0 if all checks that apply pass, 1 with a fault, 2 if nothing could be checked.',
    );
    expect(code).toBe(0);
  });
});
